"""Tables, lines and numbering of a pasted text say what they said. Inputs after public bug reports."""

import pytest

from common.richtext.blocks import html_to_text
from common.richtext.paste import normalize_html
from common.richtext.tokenizer import tokens
from tests.helpers.properties import given, st


def normalized(html):
    return normalize_html(html).html


def one_line(html):
    return normalized(html).replace("\n", "")


# --- Tables ---


def grid(html):
    """Return a table as a browser lays it out: for each row the text that stands in each of its columns."""
    rows, place, text = [], {}, None
    for token in tokens(html):
        if isinstance(token, str):
            text = text + token if text is not None else None
        elif token.name == "tr" and not token.is_end:
            rows.append(len(rows))
            column = 0
        elif token.name in ("td", "th") and not token.is_end:
            text, cell = "", token.attributes
        elif token.name in ("td", "th"):
            while (rows[-1], column) in place:
                column += 1
            for row in range(int(cell.get("rowspan", 1))):
                for right in range(int(cell.get("colspan", 1))):
                    place[rows[-1] + row, column + right] = text
            text = None
    assert all(row < len(rows) for row, _ in place)
    width = max(column for _, column in place) + 1
    return [[place[row, column] for column in range(width)] for row in rows]


def table(*rows):
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


@pytest.mark.parametrize(
    ("pasted", "cells"),
    [
        (
            table("<th>Dag</th><th colspan=2>Tid</th>",
                  "<td rowspan=2>Måndag</td><td>09.00</td><td>Tvättstugan</td>",
                  "<td>13.00</td><td>Gården</td>",
                  "<td>Tisdag</td><td>10.00</td><td>Kontoret</td>"),
            ["Dag Tid Tid", "Måndag 09.00 Tvättstugan", "Måndag 13.00 Gården", "Tisdag 10.00 Kontoret"],
        ),
        (table("<td>9</td><td></td><td>kr</td>", "<td colspan=3>Summa</td>"), ["9  kr", "Summa Summa Summa"]),
        (table("<td>A</td><td rowspan=9>B</td>", "<td>C</td>"), ["A B", "C B"]),
        (table("<td>A</td><td>B</td><td>C</td>", "<td>D</td>"), ["A B C", "D  "]),
        (table("<td rowspan=0>A</td><td>B</td>", "<td>C</td>", "<td>D</td>"), ["A B", "A C", "A D"]),
        (table("<td rowspan=2>A</td><td rowspan=2>B</td>", "", "<td>C</td><td>D</td>"), ["A B", "C D"]),
        (
            table("<td colspan=2>A</td><td rowspan=2>B</td>", "<td>C</td><td colspan=3>D</td>",
                  "<td>E</td><td>F</td><td>G</td>"),
            ["A A B", "C D B", "E F G"],
        ),
        (
            table("<th rowspan=2>Dag</th><th colspan=2>Tid</th>", "<th>Från</th><th>Till</th>",
                  "<td>I dag</td><td>9</td><td>10</td>"),
            ["Dag Tid Tid", "Dag Från Till", "I_dag 9 10"],
        ),
        ("<table><td>A<td>B<tr><td>C<td>D</table>", ["A B", "C D"]),
        ("<table><caption>Tider<tr><td>A<td>B<tbody><tr><td>C<td>D</table>", ["A B", "C D"]),
        ("<table><tfoot><tr><td>Summa<td>9</tfoot><tr><td>A<td>B</table>", ["A B", "Summa 9"]),
        (table("<td colspan='2.0'>A</td><td>B</td>", "<td>C</td><td colspan=' 2px'>D</td>"),
         ["A A B", "C D D"]),
        (table("<td>A</td><td style='display:none'>X</td><td>B</td>",
               "<td>C</td><td style='display:none !important'>X</td><td>D</td>"), ["A B", "C D"]),
        (table("<td>Hej</td>", f"<td>{table('<td>A</td><td>B</td>', '<td>C</td><td>D</td>')}</td>"),
         ["A B", "C D"]),
        (table(f"<td>{table('<td>9</td><td>Gård</td>', '<td>10</td><td>Hall</td>')}</td><td>B</td>"),
         ["9_Gård10_Hall B"]),
        (  # with its last row Word says how wide the columns are
            table("<td rowspan=2>A</td><td>B</td>", "<td>C</td>").replace(
                "</table>", "<tr height=0><td width=9></td><td width=9></td></tr></table>"
            ),
            ["A B", "A C"],
        ),
    ],
)  # fmt: skip
def test_every_cell_of_a_table_stays_below_and_beside_its_own(pasted, cells):
    assert [" ".join(text.replace(" ", "_") for text in row) for row in grid(normalized(pasted))] == cells


CELL = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    "<td colspan={0[0]} rowspan={0[1]}>x</td>".format
)


@given(
    st.lists(st.lists(CELL, max_size=5).map("".join), min_size=2, max_size=8).map(lambda rows: table(*rows))
)
def test_every_row_of_any_table_covers_the_same_columns_and_no_cell_is_lost(html):
    clean = normalized(html)
    if "<table>" in clean:
        grid(clean)  # it fails where a row is short
    assert html_to_text(clean).count("x") == html.count("x")


@pytest.mark.parametrize(
    ("top", "caption"),
    [
        ("<td colspan=2><b>Öppettider hösten 2026</b></td>", "Öppettider hösten 2026"),
        ("<td colspan=99>Tider</td>", "Tider"),
        (
            "<th colspan=2><p class=MsoNormal>Tider</p><p class=MsoNormal>vecka 12</p></th>",
            "Tider<br>vecka 12",
        ),
    ],
)
def test_a_top_row_over_all_columns_is_the_caption(top, caption):
    html = one_line(table(top, "<td>A</td><td>B</td>"))
    assert html == f"<table><caption>{caption}</caption><tbody><tr><td>A</td><td>B</td></tr></tbody></table>"


def test_a_caption_stays_and_a_row_over_all_columns_below_it_too():
    html = "<table><caption>Tider</caption><tr><td colspan=2>Vecka 12<tr><td>A<td>B</table>"
    assert '<caption>Tider</caption><tbody><tr><td colspan="2">Vecka 12</td></tr>' in one_line(html)


def test_headings_that_reach_over_two_rows_are_both_rows_headings():
    html = normalized(
        table("<td rowspan=2><b>Dag</b></td><td><b>Tid</b></td>", "<td>Från</td>", "<td>A</td><td>B</td>")
    )
    assert html.partition("</thead>")[0].count("<tr>") == 2


# --- Lines of a PDF ---


@pytest.mark.parametrize(
    ("lines", "flowed"),
    [
        ("Hyresgästföreningen i Sollentuna bjuder in till års-|möte torsdagen den 12 mars. "
         "Vi träffas i förenings-|lokalen på Malmvägen 12.",
         "Hyresgästföreningen i Sollentuna bjuder in till årsmöte torsdagen den 12 mars. Vi träffas i "
         "föreningslokalen på Malmvägen 12."),
        ("Styrelsen har i år haft tolv möten, och|arbetat med hyror, gårdar och grannfrågor|i hela området.",
         "Styrelsen har i år haft tolv möten, och arbetat med hyror, gårdar och grannfrågor i hela området."),
        ("Vi ses på Malmvägen för års\u00ad|möte och kaffe.", "Vi ses på Malmvägen för årsmöte och kaffe."),
        ("Hjälp med in-|och utflyttning", "Hjälp med in- och utflyttning"),
        ("Öppet 12-|14 varje dag", "Öppet 12-14 varje dag"),
        ("Skriv till oss på e-|post eller ring", "Skriv till oss på e-post eller ring"),
        ("Bli HGF-|medlem i dag", "Bli HGF-medlem i dag"),
        ("Se ett tv-|program om huset", "Se ett tv-program om huset"),
        ("Se hgf.example/lag-|enhet/", "Se hgf.example/lag-enhet/"),
        ("Vi samlar alla i bostads¬|rätten", "Vi samlar alla i bostadsrätten"),
        ("Årsmötet hålls torsdagen den 12 mars|klockan 18.30 i föreningslokalen på|Malmvägen 12. Anmäl dig "
         "senast den|5 mars till styrelsen.",
         "Årsmötet hålls torsdagen den 12 mars klockan 18.30 i föreningslokalen på Malmvägen 12. Anmäl dig "
         "senast den 5 mars till styrelsen."),
        ("Här kommer ett brev som är satt i rader om sjuttio tecken så som gamla|mejlprogram gör när de "
         "skickar ren text, och det är ett stycke.",
         "Här kommer ett brev som är satt i rader om sjuttio tecken så som gamla mejlprogram gör när de "
         "skickar ren text, och det är ett stycke."),
        ("Huset är från 80-|talet", "Huset är från 80-talet"),
        ("Malmvägen 12|191 60 Sollentuna|Portkod: nej",) * 2,
        ("Vi bjuder alla grannar på kaffe och bullar på gården|den 12 maj klockan 18.00",) * 2,
        ("Välkommen till årsmötet i föreningslokalen på Malmvägen|Tid: torsdag den 12 mars klockan 18.30|"
         "Plats: föreningslokalen på Malmvägen 12",) * 2,
        ("Ros och viol|Lilja och akvileja|Kom hjärtans fröjd|Kom ljuva krusmynta",) * 2,
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_html", [False, True])
def test_the_lines_of_a_pdf_become_paragraphs_and_lines_that_were_meant_stay(lines, flowed, as_html):
    pasted = f"<p>{lines.replace('|', '<br>')}</p>" if as_html else lines.replace("|", "\n")
    assert normalized(pasted) == f"<p>{flowed.replace('|', '<br>')}</p>"


def test_each_line_of_a_pdf_may_be_a_paragraph_and_a_heading_may_be_cut():
    lines = [
        "Årsmötet hålls torsdagen den 12 mars",
        "klockan 18.30 i föreningslokalen på",
        "Malmvägen 12, i källaren.",
    ]
    assert normalized("".join(f"<p class=p1>{line}</p>" for line in lines)) == f"<p>{' '.join(lines)}</p>"
    assert normalized("<h2>Kallelse till års-<br>möte</h2>") == "<h2>Kallelse till årsmöte</h2>"


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\u2028"])
def test_no_sign_that_breaks_a_line_glues_words(sign):
    assert normalized(f"Sollentuna{sign}Sidan 2") == "<p>Sollentuna<br>Sidan 2</p>"
    assert normalized(f"<p>Sollentuna{sign}Sidan 2</p>") == "<p>Sollentuna Sidan 2</p>"


def test_what_a_style_sets_on_lines_of_their_own_is_not_glued():
    assert normalized("<b style='display: block'>9.00</b><span style='display:flex'>13.00</span>") == (
        "<p><strong>9.00</strong></p>\n<p>13.00</p>"
    )


def test_a_word_that_is_cut_between_two_paragraphs_is_whole_again():
    assert (
        normalized("<div>Vi bjuder in till års-</div><div>möte i mars.</div>")
        == "<p>Vi bjuder in till årsmöte i mars.</p>"
    )
    assert (
        normalized("- Kom till städ-\ndagen\n- Kaffe")
        == "<ul>\n<li>Kom till städdagen</li>\n<li>Kaffe</li>\n</ul>"
    )


# --- Numbering ---


def word_list(*marks):
    item = "<p style='mso-list:l0 level1'><span style='mso-list:Ignore'>{}<span>&nbsp; </span></span>x</p>"
    return "".join(map(item.format, marks))


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("<ol start=0><li>noll<li>ett</ol>", '<ol start="0"><li>noll</li><li>ett</li></ol>'),
        ("<ol reversed><li>tre<li>två</ol>", '<ol reversed=""><li>tre</li><li>två</li></ol>'),
        ("<ol reversed start=10><li>x</ol>", '<ol reversed="" start="10"><li>x</li></ol>'),
        ("<ol><li>a<li value=5>b<li>c</ol>", '<ol><li>a</li><li value="5">b</li><li>c</li></ol>'),
        ("<ol><li>Ett<ol style='list-style-type:lower-alpha' type=a><li>bilaga a</ol><li>Två</ol>",
         '<ol><li>Ett<ol type="a"><li>bilaga a</li></ol></li><li>Två</li></ol>'),
        ("<ol type=A start=3><li>x<li>y</ol>", '<ol type="A" start="3"><li>x</li><li>y</li></ol>'),
        ("<ol><li style='list-style-type:upper-roman'>x</ol>", '<ol type="I"><li>x</li></ol>'),
        (word_list("h.", "i.", "j."), '<ol type="a" start="8"><li>x</li><li>x</li><li>x</li></ol>'),
        (word_list("i)", "ii)", "iii)"), '<ol type="i"><li>x</li><li>x</li><li>x</li></ol>'),
        (word_list("(A)", "(C)"), '<ol type="A"><li>x</li></ol><ol type="A" start="3"><li>x</li></ol>'),
        (word_list("1.", "2.") + "<p>Paus</p>" + word_list("3."),
         '<ol><li>x</li><li>x</li></ol><p>Paus</p><ol start="3"><li>x</li></ol>'),
        ("<ol style='list-style:none'><li>1 § x<li>2 § y</ol>", "<ul><li>1 § x</li><li>2 § y</li></ul>"),
        ("<ul style='list-style-type:decimal'><li>x</ul>", "<ol><li>x</li></ol>"),
        (word_list("①", "②"), "<p>① x</p><p>② x</p>"),
        ("0. Noll\n1. Ett", '<ol start="0"><li>Noll</li><li>Ett</li></ol>'),
    ],
)  # fmt: skip
def test_each_item_of_a_list_keeps_the_mark_before_it(pasted, kept):
    assert one_line(pasted) == kept
    assert one_line(kept) == kept
