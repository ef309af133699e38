"""Joins the lines that a printed page was set in, as a PDF gives them: "års-" and "möte" are one word."""

import re
from itertools import groupby, pairwise

from common.richtext.paste.lines import PLAIN, SOFT_HYPHEN, join_runs, split_runs, text_of

HYPHENS = f"-‐¬{SOFT_HYPHEN}"  # some programs write a soft hyphen as "¬"
END = re.compile(rf"(\S*)([{HYPHENS}])$")
# What comes after a hyphen that stands for a word: "in- och utflyttning".
SUSPENDED = {"och", "eller", "samt", "respektive", "resp.", "till", "som", "men", "och/eller"}
LINE_LABEL = re.compile(r"[^\s:]{1,20}:(?:\s|$)")  # "Plats: Malmvägen 12" begins a line of its own
WIDE = 32  # characters; shorter lines are an address or a poem
WIDE_PAIR = 60  # characters of two lines, which say less about the page that they were set on
FULL = 0.85  # of the longest line: with the next word, a line that was broken for want of room is longer


def flow(runs):
    """Return the runs of a paragraph without the line breaks that only show how wide its page was."""
    lines = split_runs(runs, "\n")
    texts = [text_of(line).strip(" \xa0\t") for line in lines]
    if len(lines) < 2:
        return runs
    flows, flowed = is_set_in_lines(texts), lines[0]
    for (before, after), line in zip(pairwise(texts), lines[1:], strict=True):
        gap = "\n"
        if before and after and (flows or is_cut_word(before, after)):
            cut, gap, _ = joint(before, after)
            drop_end(flowed, cut)
            line = without_start(line)
        flowed += [(gap, PLAIN), *line]
    return flowed


def joint(before, after):
    """Return what stands at the border of two lines: how much to cut off the first, a space or nothing, and
    whether a word goes on over it.
    """
    end = END.search(before) if before.endswith((*HYPHENS,)) else None
    first = after.split(maxsplit=1)[0]
    if not end or not end[1][-1:].isalnum():
        return 0, " ", False
    if first.lower() in SUSPENDED:
        return 0, " ", True
    # "e-post", "tv-program", "HGF-medlem", "80-talet", "12-14", an address have theirs anywhere on a line.
    letters = re.split(r"\W", end[1])[-1]
    is_cut = re.fullmatch(r"[^\W\d_]*[aeiouyåäöéü][^\W\d_]*", letters) and not re.search("[/@]", end[1])
    is_cut = is_cut and len(letters) > 1 and letters[-2:].islower() and first[0].islower()
    goes_on = first[0].islower() or first[0].isdigit()
    return (1 if is_cut or end[2] in f"¬{SOFT_HYPHEN}" else 0), "" if first[0].isalnum() else " ", goes_on


def is_cut_word(before, after):
    return joint(before, after)[2]


def is_set_in_lines(texts):
    """Tell whether each line ends where the next word had no more room, and some in a sentence."""
    neighbours = list(pairwise(texts))
    is_cut = any(is_cut_word(*pair) for pair in neighbours if all(pair))
    longest = max(map(len, texts))
    if not is_cut and longest < (WIDE if len(texts) > 2 else WIDE_PAIR):
        return False
    return (is_cut or any(after[:1].islower() for _, after in neighbours)) and all(
        before
        and after
        and len(before) + 1 + len(after.split(maxsplit=1)[0]) > FULL * longest
        and not LINE_LABEL.match(after)
        for before, after in neighbours
    )


def join_cut_paragraphs(lines):
    """Return lines in which paragraphs that are the lines of one page's paragraph have become so."""
    joined, last = [], ""  # last: the text of the line before
    for line in join_page_lines(lines):
        text = line.text.strip()
        before = joined[-1] if joined else None
        if (
            before
            and (before.tag, line.tag) == ("p", "p")
            and before.is_quoted == line.is_quoted
            and is_one_line(line)
            and is_cut_word(last, text)
        ):
            before.runs += [("\n", PLAIN), *line.runs]
        else:
            joined.append(line)
        last = text
    return joined


def join_page_lines(lines):
    """Yield lines; those of one page's paragraph, each a paragraph of its own, as one."""
    for (tag, is_one, _), group in groupby(
        lines, key=lambda line: (line.tag, is_one_line(line), line.is_quoted)
    ):
        group = list(group)
        if (
            tag == "p"
            and is_one
            and len(group) > 2
            and is_set_in_lines([line.text.strip() for line in group])
        ):
            group[0].runs = join_runs([line.runs for line in group])
            group = group[:1]
        yield from group


def is_one_line(line):
    return bool(line.text.strip()) and "\n" not in line.text.strip()


def drop_end(runs, length):
    """Take the last `length` characters that are no spaces away from a list of runs."""
    while not runs[-1][0].strip(" \xa0\t"):
        runs.pop()
    text, form = runs[-1]
    text = text.rstrip(" \xa0\t")
    runs[-1] = (text[: len(text) - length], form)


def without_start(runs):
    return [(runs[0][0].lstrip(" \xa0\t"), runs[0][1]), *runs[1:]] if runs else runs
