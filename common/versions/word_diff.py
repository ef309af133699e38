"""The differences of two texts, word by word, so that a person who has never seen a diff can read them."""

import re
from dataclasses import dataclass

from common.versions.matching import Matcher

WORD_OR_SIGN = re.compile(r"(?:\w+|[^\w\s])\s*|\s+")


@dataclass(frozen=True)
class TextPart:
    text: str
    changed: bool


def differences(old, new):
    """Return two lists of TextParts, of `old` and of `new`; those that are changed are not in the other."""
    old_parts, new_parts, matcher = [], [], Matcher()
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for kind, a, b, c, d in matcher.opcodes(old_lines, new_lines):
        was, now = "".join(old_lines[a:b]), "".join(new_lines[c:d])
        if kind == "replace":
            compare_words(WORD_OR_SIGN.findall(was), WORD_OR_SIGN.findall(now), old_parts, new_parts, matcher)
        else:
            add(old_parts, was, kind != "equal")
            add(new_parts, now, kind != "equal")
    return trimmed(old_parts), trimmed(new_parts)


def compare_words(was, now, old_parts, new_parts, matcher):
    keys = [[word.strip() for word in words] for words in (was, now)]
    found = matcher.opcodes(*keys, autojunk=True)
    for number, (kind, a, b, c, d) in enumerate(found):
        # One word that happens to be the same between two changes tells the reader nothing.
        lonely = kind == "equal" and b - a == 1 and 0 < number < len(found) - 1
        changed = kind != "equal" or lonely
        add(old_parts, "".join(was[a:b]), changed)
        add(new_parts, "".join(now[c:d]), changed)


def trimmed(parts):
    """The same TextParts, but the white space after a changed word is not marked as changed."""
    result = []
    for part in parts:
        text = part.text.rstrip() if part.changed else part.text
        add(result, text, part.changed)
        add(result, part.text[len(text) :], False)
    return result


def add(parts, text, changed):
    """Add a TextPart, or lengthen the last one when it is of the same kind."""
    if not text:
        return
    if parts and parts[-1].changed == changed:
        text = parts.pop().text + text
    parts.append(TextPart(text, changed))
