"""What a pasted text says is kept, or the loss is told. Inputs after public bug reports, and their like."""

import pytest

from common.links import direct_url
from common.richtext.blocks import html_to_text
from common.richtext.paste import normalize_html


def normalized(html):
    return normalize_html(html).html


def removed(html):
    return normalize_html(html).removed.sentence(has_picture_field=False)


# --- Raised, lowered, struck out ---


@pytest.mark.parametrize(
    ("pasted", "kept", "read"),
    [
        ("2027<sup>1</sup> kr", "2027<sup>1</sup> kr", "2027¹ kr"),
        ("10<sup>6</sup> kg CO<sub>2</sub>", "10<sup>6</sup> kg CO<sub>2</sub>", "10⁶ kg CO₂"),
        ("75 m<sup>2</sup>, 1<sup>st</sup>", "75 m², 1<sup>st</sup>", "75 m², 1st"),
        ("5<span style='vertical-align:super;font-size:60%'>2</span>", "5<sup>2</sup>", "5²"),
        ("3<span style='position:relative;top:-3pt;mso-text-raise:3pt'>2</span>", "3<sup>2</sup>", "3²"),
        ("H<span style='vertical-align:sub'>2</span>O", "H<sub>2</sub>O", "H₂O"),
        ("År 2026<span class=MsoFootnoteReference>1</span>", "År 2026<sup>1</sup>", "År 2026¹"),
        ("Höjs 3<a href='#_ftn1'><span class=MsoFootnoteReference><sup>[1]</sup></span></a> %",
         "Höjs 3<sup>[1]</sup> %", "Höjs 3[¹] %"),
        ("2027¹, 10⁶, 1½", "2027¹, 10⁶, 1½", "2027¹, 10⁶, 1½"),
        ("2<sup>1</sup>⁄<sub>2</sub> dl", "2<sup>1</sup>⁄<sub>2</sub> dl", "2¹⁄₂ dl"),
        ("7<sup style='position:relative;font-size:75%;vertical-align:baseline;top:-.5em'>1</sup>",
         "7<sup>1</sup>", "7¹"),
        ("7<sup style='vertical-align:baseline'><a style='vertical-align:baseline'>1</a></sup>",
         "7<sup>1</sup>", "7¹"),
        ("7<span style='font-size:6px;vertical-align:4.0px'>1</span>", "7<sup>1</sup>", "7¹"),
        ("O<span style='vertical-align: -25% !important'>2</span>", "O<sub>2</sub>", "O₂"),
        ("7<span style='position:relative;top:-0.5em;font-size:70%'>1</span>", "7<sup>1</sup>", "7¹"),
        ("7<a class='sdfootnoteanc' href='#sdfootnote1sym'>1</a>", "7<sup>1</sup>", "7¹"),
        ("7<style>span.s2 {font: 6.0px Times; vertical-align: 4.0px}</style><span class=s2>1</span>",
         "7<sup>1</sup>", "7¹"),
        ("7<style><!--.font6\n\t{color:black;vertical-align:super;}--></style><font class=font6>1</font>",
         "7<sup>1</sup>", "7¹"),
        ("9 m<sup>2 </sup>yta", "9 m² yta", "9 m² yta"),
        ("<math><msup><mn>10</mn><mn>6</mn></msup> <mfrac><mn>1</mn><mn>2</mn></mfrac></math> kg",
         "10<sup>6</sup> 1⁄<sub>2</sub> kg", "10⁶ 1⁄₂ kg"),
    ],
)  # fmt: skip
def test_what_is_raised_or_lowered_is_never_glued_to_a_number(pasted, kept, read):
    html = normalized(f"<p>{pasted}</p>")
    assert html == f"<p>{kept}</p>"
    assert html_to_text(html) == read


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("<s>150 kr</s> 100 kr.", "<s>150 kr</s> 100 kr."),
        ("<strike>Lördag</strike> Söndag", "<s>Lördag</s> Söndag"),
        ("Möte <span style='text-decoration:line-through'>tisdag</span> onsdag", "Möte <s>tisdag</s> onsdag"),
        ("<span style='text-decoration-line:line-through'><b>B</b></span>", "<strong><s>B</s></strong>"),
        ("<span style='text-decoration:line-through red'>150</span> 100", "<s>150</s> 100"),
        (
            "<span id='docs-internal-guid-1' style='color:#c00;text-decoration:line-through'>A</span> B",
            "<s>A</s> B",
        ),
        (
            "<style>.xl6 {color:#000;text-decoration:line-through;}</style><b class='a xl6'>150</b> 100",
            "<strong><s>150</s></strong> 100",
        ),
        ("1\u03365\u03360\u0336 \u0336k\u0336r\u0336 100 kr", "<s>150 kr</s> 100 kr"),
    ],
)
def test_what_is_struck_out_stays_so_and_is_not_read_as_valid(pasted, kept):
    html = normalized(f"<p>{pasted}</p>")
    assert html == f"<p>{kept}</p>"
    struck = kept.partition("<s>")[2].partition("</s>")[0]
    assert struck not in html_to_text(html)
    assert struck in html_to_text(html, as_written=True)


@pytest.mark.parametrize(
    "proposal",
    [
        "<del cite='mailto:Anna%20Ek'>tisdag</del><ins cite='mailto:Anna%20Ek'>onsdag</ins>",
        "<del>tisdag</del> <ins>onsdag</ins>",
        "<span class=msoDel>tisdag</span><span class=msoIns>onsdag</span>",
        "<span class='TrackedChange TrackChangeTextDeletion'>tisdag</span>onsdag",
    ],
)
def test_a_proposed_deletion_goes_an_insertion_stays_and_it_is_told(proposal):
    assert normalized(f"<p>Mötet är {proposal}.</p>") == "<p>Mötet är onsdag.</p>"
    assert "Ändringsförslag godtogs" in removed(f"<p>{proposal}</p>")


# --- Links ---


@pytest.mark.parametrize(
    "href",
    [
        "file:///C:/Users/anna/kallelse.pdf", "C:\\Users\\anna\\protokoll.docx", "#_Toc123", "sms:0701234567",
        "webcal://example.se/k.ics", "mhtml:file://x", "about:blank", "onenote:x", "outlook:1", "#",
    ],
)  # fmt: skip
def test_a_link_that_is_taken_away_is_told_with_its_words(href):
    html = f"<p>Läs <a href='{href}'><b>kalle</b>lsen</a></p>"
    assert normalized(html) == "<p>Läs <strong>kalle</strong>lsen</p>"
    assert removed(html) == "Länken ”kallelsen” togs bort: den fungerar inte för besökare."


def test_several_links_are_told_in_one_sentence():
    html = "".join(f"<p><a href='sms:1'>{name}</a></p>" for name in "ABA")
    assert removed(html) == "Länkarna ”A” och ”B” togs bort: de fungerar inte för besökare."
    assert "och 2 till togs bort" in removed("".join(f"<a href='sms:1'>{n}</a>, " for n in range(12)))


@pytest.mark.parametrize(
    "href", ["tel:0701234567", "/nyheter/", "http://localhost:8000/x", "nyheter/x", "mailto:a@b.se"]
)
def test_a_link_that_may_work_stays(href):
    assert normalized(f'<p><a href="{href}">A</a></p>') == f'<p><a href="{href}">A</a></p>'
    assert removed(f'<p><a href="{href}">A</a></p>') == ""


@pytest.mark.parametrize(
    "heading",
    [
        "<h1><a name='_Toc1'></a>Vad vi gör</h1>", "<h2 id='_Toc1'>Vad vi gör</h2>",
        "<h3>Vad <a name=_Toc1>vi</a> gör</h3>",
        "<a id='_Toc1'></a><h2>Vad vi gör</h2>", "<p class=MsoHeading1><a name='_Toc1'>Vad vi gör</a></p>",
    ],
)  # fmt: skip
def test_a_link_to_a_heading_of_the_text_still_leads_there(heading):
    html = normalized(f"<p><a href='#_Toc1'>Till det</a></p>{heading}<p>a</p>")
    assert '<a href="#rubrik-vad-vi-gör">Till det</a>' in html
    assert normalized(html) == html
    assert removed(html) == ""


def test_two_headings_with_the_same_words_are_two_places():
    html = normalized(
        "<p><a href='#a'>1</a>, <a href='#b'>2</a></p><h2 id=a>Tider</h2><p>x</p><h2 id=b>Tider</h2>"
    )
    assert '<a href="#rubrik-tider">1</a>, <a href="#rubrik-tider-2">2</a>' in html
    assert normalized(html) == html


SITE = "https://www.hyresgastforeningen.se/"


@pytest.mark.parametrize(
    ("detour", "direct"),
    [
        (f"{SITE}?utm_source=f&utm_medium=social&fbclid=IwAR0abc&gclid=1&mc_eid=abc123&id=7", f"{SITE}?id=7"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.se%2F%3Ffbclid%3DIwAR&h=AT0", "https://a.se/"),
        ("https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.se%2F&data=05%7C&s=x", "https://a.se/"),
        ("https://nam12.safelinks.protection.outlook.com/ap/w-59584e83/?url=https%3A%2F%2Fa.se%2Fx", "https://a.se/x"),
        ("https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fa.se",
         "https://a.se"),
        ("https://urldefense.com/v3/__https://a.se/__;!!abc$", "https://a.se/"),
        ("https://urldefense.com/v3/__https:/a.se/*C3*A5__;JSU!!x$", "https://a.se/%C3%A5"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__a.se_x-2Dy_&d=DwMF", "https://a.se/x-y/"),
        ("https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fa.se%2Fx", "https://a.se/x"),
        ("https://l.messenger.com/l.php?u=https%3A%2F%2Fa.se&h=x", "https://a.se"),
        ("https://www.google.se/url?sa=t&url=https%3A%2F%2Fa.se%2F", "https://a.se/"),
        ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3D"
         "https%253A%252F%252Fa.se%252F%253Ffbclid%253D2", "https://a.se/"),
        ("https://www.linkedin.com/safety/go?url=https%3A%2F%2Fa.se%2Fx&trk=1", "https://a.se/x"),
        ("https://post.example.org/owa/redir.aspx?C=1&URL=https%3A%2F%2Fa.se%2Fx", "https://a.se/x"),
        ("https://duckduckgo.com/l/?uddg=https%3A%2F%2Fa.se%2Fx&rut=1", "https://a.se/x"),
        ("https://urldefense.us/v3/__https://a.se/x__;!!a$", "https://a.se/x"),
        ("https://a.se/?srsltid=1&gad_source=1&__hstc=2&mibextid=3&pk_id=7&si=4", "https://a.se/?pk_id=7&si=4"),
        ("https://youtu.be/x?si=abc&t=10", "https://youtu.be/x?t=10"),
        ("https://a.se/?UTM_Medium=y&msclkid=1&a=b&_hsenc=2#del", "https://a.se/?a=b#del"),
        ("https://a.se/?q=utm_source&&b=%20", "https://a.se/?q=utm_source&&b=%20"),
        ("https://www.youtube.com/watch?v=x&t=9", "https://www.youtube.com/watch?v=x&t=9"),
    ],
)  # fmt: skip
def test_a_link_leads_straight_to_where_it_leads_and_tells_nobody_who_follows_it(detour, direct):
    assert direct_url(detour) == direct
    shown = direct.replace("&", "&amp;")
    assert normalized(f'<p><a href="{detour}">A</a></p>') == f'<p><a href="{shown}">A</a></p>'
    assert normalized(f"<p>{detour}</p>") == f'<p><a href="{shown}">{shown}</a></p>'


# --- Pictures that carry words, and what else is taken away ---


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        (
            "<a href='https://a.se'><img src=k alt='Bli medlem i dag'></a>",
            '<a href="https://a.se">Bli medlem i dag</a>',
        ),
        ("<a href='https://a.se'><img alt='Logga'> Läs mer</a>", '<a href="https://a.se">Läs mer</a>'),
        ("<a href='tel:08123'><span><img alt='Ring oss'></span></a>", '<a href="tel:08123">Ring oss</a>'),
        (
            "<a href='https://a.se' aria-label='Facebook'><svg></svg></a>",
            '<a href="https://a.se">Facebook</a>',
        ),
        ("<a href='https://a.se' title='Kartan'><img></a>", '<a href="https://a.se">Kartan</a>'),
        (
            "<a href='https://a.se'><img alt='Bli'> <img alt='medlem'></a>",
            '<a href="https://a.se">Bli medlem</a>',
        ),
        ("<a href='https://a.se'><i aria-label='Facebook'></i></a>", '<a href="https://a.se">Facebook</a>'),
        ("<map><area href='https://a.se' alt='Hus A'></map>", '<a href="https://a.se">Hus A</a>'),
        ("<img alt='ℹ️'> Läs", "ℹ️ Läs"),
        ("1️⃣ Först <img alt='2️⃣'> sedan", "1️⃣ Först 2️⃣ sedan"),
    ],
)
def test_a_picture_that_carries_words_leaves_them(pasted, kept):
    assert normalized(f"<p>{pasted}</p>") == f"<p>{kept}</p>"


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("<a href='https://a.se/x'><img src=a></a>",
         "1 bild togs bort. Länken ”https://a.se/x” togs bort: den fungerar inte för besökare."),
        ("A <iframe src=x></iframe><object data=y></object>", "2 inbäddade sidor togs bort."),
        ("A <form><input name=x><button>Skicka</button></form>", "1 formulär togs bort."),
        ("A <input><select></select><input type=hidden>", "2 formulärfält togs bort."),
        ("A <video></video><audio></audio><embed>", "1 film, 1 ljudklipp och 1 inbäddad sida togs bort."),
        ("A <img><svg></svg><canvas></canvas>", "3 bilder togs bort."),
    ],
)  # fmt: skip
def test_whatever_is_taken_away_is_counted_and_told(pasted, told):
    assert removed(pasted) == told


# --- Letters ---


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("A\u030arsmo\u0308te", "Årsmöte"), ("o\ufb03ce och \ufb02yg", "office och flyg"), ("e\u0301", "é"),
        ("\ufee3\ufeae\ufea3\ufe92\ufe8e", "مرحبا"), ("år", "år"), ("½ ² ™ ①", "½ ² ™ ①"),
    ],
)  # fmt: skip
def test_letters_have_one_spelling(pasted, kept):
    assert normalized(pasted) == f"<p>{kept}</p>"
