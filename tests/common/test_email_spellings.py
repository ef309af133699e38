"""Whatever a robot or a reader still reads as an e-mail address is one; ordinary sentences are not."""

import re
from html import escape
from pathlib import Path

import pytest

from common.email_protection.detect import find_addresses, may_hold_address
from common.email_protection.harvester import scan_for_leaks
from common.email_protection.obfuscate import obfuscate_header, obfuscate_html
from contacts.reveal import reveal

A, ANNA_EK = "anna@example.org", "anna.ek@example.org"
FORM = '<form id="epost" method="post"></form>'
BUTTON = re.compile(r'<button class="reveal in-text"[^>]*/kontakt/e-post/([\w-]+)/">[^<]*</button>')
SENTENCES = Path(__file__).with_name("ordinary_sentences.txt").read_text("utf-8").splitlines()


def obfuscated(html):
    return obfuscate_html(html + FORM).removesuffix(FORM)


def with_addresses(html):
    return BUTTON.sub(lambda match: f"[{reveal(match[1]).email}]", obfuscated(html))


IGNORED = "\u00ad\u034f\u115f\u17b4\u180b\u200b\u2060\u206f\u3164\ufe0f\uffa0\U000e0041"
SPELLINGS = {
    "white space around the at sign": [
        ("anna @ example.org", A),
        ("anna @example.org", A),
        ("anna@ example.org", A),
        ("anna&nbsp;@&nbsp;example.org", A),
        ("anna\n   @\n   example.org", A),
        ("anna.ek  @  EXAMPLE.ORG", "anna.ek@EXAMPLE.ORG"),
    ],
    "white space around the dots": [
        ("anna@example . org", A),
        ("anna@example .org", A),
        ("anna@example. org", A),
        ("anna @ mail . example . org", "anna@mail.example.org"),
        ("anna . ek @ example . org", ANNA_EK),
        ("anna@mail.example\n.\norg", "anna@mail.example.org"),
    ],
    "at in words before a name with dots": [
        ("anna at example.org", A),
        ("anna snabel-a example.org", A),
        ("anna snabel a example.org", A),
        ("anna (at) example.org", A),
        ("anna [snabel-a] example.org", A),
        ("anna.ek AT example.org", ANNA_EK),
        ("anna &lt;at&gt; example.org", A),
        ("anna {at} example.org", A),
        ("anna alfakrull example.org", A),
        ("Mejla anna at example.org", A),
        ("Write to anna at example.org", A),
        ("anna (a) example.org", A),
    ],
    "at between hyphens and other signs": [
        ("anna-at-example.org", A),
        ("anna-at-example-dot-org", A),
        ("anna_at_example.org", A),
        ("anna_at_example_dot_org", A),
        ("anna.ek-at-example.org", ANNA_EK),
        ("anna*at*example.org", A),
        ("anna|at|example|dot|org", A),
        ("anna -at- example.org", A),
    ],
    "other alphabets, accents and quoted names": [
        ("anna@räksmörgås.se", "anna@räksmörgås.se"),
        ("anna@xn--rksmrgs-5wao1o.se", "anna@xn--rksmrgs-5wao1o.se"),
        ("анна@пример.рф", "анна@пример.рф"),
        ("anna@उदाहरण.भारत", "anna@उदाहरण.भारत"),
        ("anna@malmo\u0308.se", "anna@malmö.se"),
        ('"anna ek"@example.org', '"anna ek"@example.org'),
        ("”anna.ek”@example.org", '"anna.ek"@example.org'),
        ("&quot;anna@hemma&quot;@example.org", '"anna@hemma"@example.org'),
        ("d’arcy@example.org", "d'arcy@example.org"),
    ],
    "characters without a width, and styled letters": [
        *((f"anna{character}@exa{character}mple.org", A) for character in IGNORED),
        ("ａｎｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ", A),
        ("𝐚𝐧𝐧𝐚@𝐞𝐱𝐚𝐦𝐩𝐥𝐞.org", A),
        ("anna ⓐ example.org", A),
        ("a\u0332nna@example.org", A),
        ("anna @ \u200b example\u200b.org", A),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "address"), [pair for pairs in SPELLINGS.values() for pair in pairs], ids=ascii
)
def test_a_spelling_becomes_a_button_with_the_address_that_is_meant(spelling, address):
    assert with_addresses(f"<p>{spelling}</p>").replace("Mejla ", "").replace("Write to ", "") == (
        f"<p>[{address}]</p>"
    )


@pytest.mark.parametrize(
    "href",
    [
        "mailto:anna at example.org",
        "mailto:anna%20at%20example.org",
        "mailto:anna(at)example.org",
        "mailto:anna%20snabel-a%20example%20punkt%20org?subject=x",
        "mailto:anna%20@%20example.org",
        "mailto:anna-at-example.org",
        "mailto:anna%EF%BC%A0example.org",
    ],
)
def test_a_mail_link_in_words_becomes_a_button(href):
    assert with_addresses(f'<a href="{href}">Mejla</a>') == f"Mejla [{A}]"


@pytest.mark.parametrize(
    "path",
    [
        "/x/anna%EF%BC%A0example.org/",
        "/x/?m=anna%ef%bc%a0example.org&y=1",
        "/x/?m=anna%25EF%25BC%25A0example.org",
        "/x/?m=anna\uff20example.org",
        "/x/?m=anna%EF%B9%ABexample%2Eorg",
        "/x/?m=anna%E2%80%8B%40example.org",
        "/x/?m=anna%20at%20example.org",
        "/x/anna%C2%AD%40%61example.org/",
    ],
)
def test_a_wide_or_coded_sign_in_a_path_leaks_in_no_link_and_no_redirect(path):
    link = obfuscated(f'<a href="{path}">x</a>')
    for answer in (link, obfuscate_header("Location", path), obfuscate_header("X-Path", path)):
        assert "example" not in answer
        assert scan_for_leaks(answer) == []
    assert link.endswith(">x</a>")


@pytest.mark.parametrize(
    "html",
    [
        "<ul><li>anna@</li><li>example.org</li></ul>",
        "<table><tr><td>anna</td><td>@example.org</td></tr></table>",
        "<table><tr>\n<td>anna</td>\n<td>@</td>\n<td>example</td>\n<td>.org</td>\n</tr></table>",
        "<table><tr><td>anna</td><td>at</td><td>example.org</td></tr></table>",
        "<table><tr><td>anna</td><td>(at)</td><td>example</td><td>punkt</td><td>org</td></tr></table>",
        "<p>anna</p> <p>snabel-a</p> <p>example.org</p>",
        "<h2>anna@example</h2><p>.org</p>",
        "<p>anna<br>@example.org</p>",
    ],
)
def test_an_address_in_two_cells_or_list_items_becomes_one_button_in_the_second(html):
    result = with_addresses(html)
    assert result.count(f"[{A}]") == 1
    assert re.search(rf"(<(td|li|p|br)>)\[{A}\]", result)
    assert scan_for_leaks(BUTTON.sub("", obfuscated(html)), known=[A]) == []


@pytest.mark.parametrize(
    "html",
    [
        "<p>Följ <b>@hgf.sollentuna</b> på Instagram</p>",
        "<table><tr><td>Instagram</td><td>@hgf.sollentuna</td></tr></table>",
        "<ul><li>Facebook</li><li>@hgf.sollentuna.nu</li></ul>",
        "<p>Läs mer.</p><p>See at hemsidan.se</p>",
        '<p><a href="https://stay-at-home.example/look-at-me.se">Läs</a></p>',
    ],
)
def test_a_handle_and_a_link_stay_as_they_are(html):
    assert re.sub(r"> @", ">@", obfuscated(html)) == html
    assert scan_for_leaks(obfuscated(html)) == []


def test_two_hundred_ordinary_sentences_hold_no_address():
    assert len(SENTENCES) >= 200
    assert [sentence for sentence in SENTENCES if find_addresses(sentence)] == []
    assert [sentence for sentence in SENTENCES if scan_for_leaks(f"<p>{escape(sentence)}</p>")] == []


@pytest.mark.parametrize("tag", ["p", "li", "td"])
def test_ordinary_sentences_stay_as_they_are_one_after_the_other(tag):
    html = "".join(f"<{tag}>{escape(sentence, quote=False)}</{tag}>" for sentence in SENTENCES)
    result = obfuscated(html)
    assert result.replace(f"<{tag}> ", f"<{tag}>") == html
    assert scan_for_leaks(result) == []


def test_the_quick_look_sees_every_spelling():
    for spelling, _ in [pair for pairs in SPELLINGS.values() for pair in pairs]:
        text = spelling.replace("&nbsp;", "\u00a0").replace("&lt;", "<").replace("&gt;", ">")
        assert may_hold_address(text), text


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.org. Se mer",
        "anna@example.org.Välkommen",
        "anna@example.org, se mer",
        "(anna@example.org)",
    ],
)
def test_the_end_of_a_sentence_is_no_part_of_an_address(text):
    assert [found.address for found in find_addresses(text)] == [A]
