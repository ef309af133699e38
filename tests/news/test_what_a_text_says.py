"""What a text says reaches residents as it was written: checked before it is published, shown, and found."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from contacts.models import Branch, Person, SocialLink
from news.models import Category, Page, Post, Redirect
from tests.helpers.pages import make_page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ADD = "/admin/news/post/add/"
FORM = {"title": "Sommarfest", "slug": ""}
ARABIC = "اجتماع المستأجرين يوم 12 مايو."
NFD = "o\u0308vernattningsla\u0308genheten"  # as a Mac spells it


def problems(body):
    return [problem.text for problem in Post(title="A", body=body).publish_problems()]


# --- Links that residents cannot follow ---


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("http://localhost:8000/x", "egna nätverket"),
        ("http://127.0.0.1/", "egna nätverket"),
        ("http://192.168.1.5/skrivare", "egna nätverket"),
        ("https://10.1.2.3/", "egna nätverket"),
        ("http://[fe80::1]/", "egna nätverket"),
        ("https://skrivare.local/", "egna nätverket"),
        ("https://intranet/lista", "egna nätverket"),
        ("http://2130706433/", "egna nätverket"),
        ("\\\\server\\delad\\avtal.pdf", "leder till server, som bara nås"),
        ("//server/delad", "egna nätverket"),
        ("//[x/", "inte är en hel adress"),
        ("nyheter/x", "inte är en hel adress"),
        ("../om-oss", "inte är en hel adress"),
        ("/om-oss/hyran", "som inte finns här"),
        ("tel:", "inte är en hel adress"),
        ("mailto:", "inte är en hel adress"),
        ("/admin/news/post/1/change/", "administrationen"),
        ("https://hgf.example.net/admin/", "administrationen"),
        ("/utkast/1-abc:def/", "ett utkast"),
        ("https://hgf.example.net/utkast/1-abc:def/", "ett utkast"),
        ("https://hgf.example.net/saknas/", "som inte finns här"),
    ],
)
def test_a_link_that_residents_cannot_follow_stops_the_publication_and_is_named(settings, href, reason):
    settings.SITE_URL = "https://hgf.example.net"
    [problem] = problems(f'<p>Se <a href="{href}">avtalet</a>.</p>')
    assert problem.startswith("Länken ”avtalet” ")
    assert reason in problem


def test_a_link_that_works_stops_nothing(settings, content):
    settings.SITE_URL = "https://hgf.example.net"
    Redirect.objects.create(old_path="/gammal/", target="/kontakt/")
    for href in (
        "https://www.sollentuna.se/x", "https://hgf.example.net.se/", "http://[2606:4700::1111]/",
        "tel:0701234567",
        "mailto:anna@hgf.se", content["post"].get_absolute_url(), "/nyheter/?sida=2#x", "/gammal", "/om-oss/",
        "https://hgf.example.net", "https://hgf.example.net/nyheter/", "https://räksmörgås.se/",
    ):  # fmt: skip
        assert problems(f'<p><a href="{href}">avtalet</a></p>') == [], href


def test_a_page_of_text_is_checked_too():
    page = Page(title="A", body='<p><a href="http://localhost/">avtalet</a> <s>150 kr</s></p>')
    assert len(page.publish_problems()) == 2


def test_a_link_inside_a_text_leads_to_its_heading(client, branch, make_post):
    body = "<p><a href='#x'>Tider</a></p><h2 id=x>När &amp; var</h2><p>a</p>"
    html = client.get(make_post(body=body).get_absolute_url()).text
    assert 'href="#rubrik-när-var"' in html
    assert '<h2 id="rubrik-när-var"' in re.sub(' dir="auto"', "", html)


# --- What is struck out ---


def test_what_is_struck_out_is_asked_about_once(as_superuser):
    form = {**FORM, "body": "<p>Biljett: <s>150 kr</s> 100 kr.</p>", "_publish": "x"}
    page = as_superuser.post(ADD, form, follow=True)
    assert "Ska det överstrukna synas?" in page.text
    assert "”150 kr”" in page.text
    post = Post.objects.get()
    assert post.published_at is None
    assert 'name="struck_is_meant"' in page.text
    change = f"/admin/news/post/{post.pk}/change/"
    as_superuser.post(change, {**form, "slug": post.slug, "struck_is_meant": "on"})
    post.refresh_from_db()
    assert post.published_at
    # Of what residents see struck out nothing more is asked, of something new it is.
    saved = {**form, "slug": post.slug, "published_at_0": "2020-01-01", "published_at_1": "12:00"}
    del saved["_publish"]
    assert as_superuser.post(change, {**saved, "title": "Fest", "_save": "x"}).status_code == 302
    refused = as_superuser.post(change, {**saved, "body": "<p><s>200 kr</s> 100 kr.</p>", "_save": "x"})
    assert "Ska det överstrukna synas?" in refused.text
    assert 'name="struck_is_meant"' in refused.text


def test_nothing_is_asked_where_nothing_is_struck_out(as_superuser):
    assert "struck_is_meant" not in as_superuser.get(ADD).text


def test_what_is_struck_out_is_struck_on_the_page_and_in_no_list(client, branch, make_post):
    post = make_post(body="<p>Möte <s>tisdag</s> onsdag</p>")
    assert "<s>tisdag</s>" in client.get(post.get_absolute_url()).text
    assert post.summary == "Möte onsdag"
    assert "tisdag" not in post.search_text


# --- Raised digits and letters, found ---


def found(client, words):
    html = re.sub("</?mark>", "", client.get("/sok/", {"q": words}).text)
    return re.findall(r"<h2 [^>]*><a [^>]*>([^<]*)</a>", html)


def test_a_raised_digit_is_no_digit_of_the_number_before_it(client, branch, make_post):
    make_post(title="Hyran", body="<p>Höjs 2027<sup>1</sup>, 10<sup>6</sup> kg, 1½ år</p>")
    assert found(client, "2027") == found(client, "10") == ["Hyran"]
    assert found(client, "20271") == found(client, "106") == []
    assert "2027¹, 10⁶ kg" in Post.objects.get().summary


@pytest.mark.parametrize("body", ["<p>Vi ses på o\ufb03cen</p>", "<p>Vi ses på offi\u00adcen</p>"])
def test_ligatures_and_soft_hyphens_hide_no_word(client, branch, body):
    make_page(title="Om oss", body=body)
    assert found(client, "officen") == ["Om oss"]


def test_letters_of_two_characters_are_found_in_posts_pages_and_the_admin(
    client, branch, make_post, as_superuser
):
    make_page(title="Bokning", body=f"<p>Bokning av {NFD}</p>")
    make_post(title=NFD.capitalize())
    assert sorted(found(client, "övernattningslägenheten")) == ["Bokning", "Övernattningslägenheten"]
    for words in ("övernattningslägenheten", NFD.upper()):
        assert "Övernattningslägenheten" in as_superuser.get("/admin/news/post/", {"q": words}).text


@pytest.mark.parametrize("words", ["åsa", "ÅSA", "Åsa öb", "a\u030asa", "öberg"])
def test_the_admin_finds_capital_and_small_letters_alike(as_superuser, words):
    Person.objects.create(name="Åsa Öberg")
    Person.objects.create(name="Asa Oberg")
    page = as_superuser.get("/admin/contacts/person/", {"q": words}).text
    assert "Åsa Öberg" in page
    assert "Asa Oberg" not in page


@pytest.mark.parametrize("words", ["a.a", "100%", "(", "\\", "_", "[a"])
def test_the_admin_looks_for_signs_as_they_are(as_superuser, words):
    Person.objects.create(name="Anna Ek")
    assert "Anna Ek" not in as_superuser.get("/admin/contacts/person/", {"q": words}).text


def test_names_have_one_spelling_so_that_no_two_look_the_same():
    Category.objects.create(name="Möten")
    with pytest.raises(ValidationError):
        Category(name="Mo\u0308ten").full_clean()
    with pytest.raises(IntegrityError):
        Category.objects.create(name="Mo\u0308ten")


def test_an_old_address_is_found_however_its_letters_are_spelled(client):
    Redirect.objects.create(old_path="/mo\u0308ten/", target="/kontakt/")
    for path in ("/möten/", "/mo\u0308ten/"):
        assert client.get(path)["Location"] == "/kontakt/"


def test_every_stored_link_leads_straight_to_where_it_leads():
    detour = "https://l.facebook.com/l.php?u=https%3A%2F%2Fa.se%2F%3Ffbclid%3D1"
    assert SocialLink.objects.create(name="A", url=detour).url == "https://a.se/"
    assert Branch.objects.create(name="A", membership_url=detour).membership_url == "https://a.se/"
    redirect = Redirect(old_path="/x/", target=detour)
    redirect.full_clean()
    assert redirect.target == "https://a.se/"


# --- Right to left ---


def test_every_block_that_somebody_wrote_runs_as_its_own_letters_do(client, branch, make_post):
    body = (
        f"<h2>{ARABIC}</h2><p>{ARABIC}</p><h3>a</h3><ul><li>b</li></ul><blockquote><p>c</p></blockquote>"
        "<table><caption>d</caption><thead><tr><th>e</th></tr></thead><tbody><tr><td>f</td></tr></tbody></table>"
    )
    post = make_post(title=ARABIC, lead=ARABIC, body=body)
    assert "dir=" not in Post.objects.get().body
    for path in (post.get_absolute_url(), f"{post.get_absolute_url()}anslag/"):
        html = client.get(path).text
        text = html[
            html.index("<h1") : html.index("<footer") if "anslag" in path else html.index("</article>")
        ]
        blocks = re.findall(r"<(h1|h2|h3|p|li|blockquote|caption|th|td)\b([^>]*)>", text)
        written = [(tag, rest) for tag, rest in blocks if "kicker" not in rest]
        assert len(written) > 9
        assert all('dir="auto"' in rest for _, rest in written), written
    for path in ("/", "/nyheter/", "/sok/?q=مايو"):
        html = client.get(path).text
        assert re.search(rf'<h2[^>]* dir="auto"[^>]*><a [^>]*>{ARABIC[:6]}', html), path
    feed = client.get("/nyheter/rss/").text
    assert f'&lt;p dir="auto"&gt;{ARABIC}' in feed


def test_the_title_of_the_post_beside_it_runs_as_its_letters_do(client, branch, make_post):
    make_post(title=ARABIC, published_at="2020-01-01T12:00:00Z")
    html = client.get(make_post(title="Stambyte").get_absolute_url()).text
    assert re.search(rf'<a dir="auto" rel="next"[^>]*>{ARABIC[:6]}', html)


@pytest.mark.parametrize(
    "words",
    [
        "פגישת דיירים ב-12 במאי.",
        "جلسه مستأجران ۱۲ مه.",
        "کرایہ داروں کا اجلاس 12 مئی۔",
        "ܟܢܘܫܝܐ 12 ܒܐܝܪ.",
        "(ކުއްޔަށް) 12.",
    ],
    ids=["Hebrew", "Persian", "Urdu", "Syriac", "Dhivehi"],
)
@pytest.mark.parametrize(
    "pasted",
    [
        "<p dir=rtl>{}</p>", "<div dir='RTL' style='direction:rtl; text-align:right'>{}</div>",
        "<p class=MsoNormal align=right dir=RTL><span lang=HE dir=RTL>{}</span></p>", "<p><bdi>{}</bdi></p>",
    ],
)  # fmt: skip
def test_other_letters_from_the_right_run_so_too_however_they_were_pasted(
    client, branch, make_post, words, pasted
):
    post = make_post(title=words, lead=words, body=pasted.format(words))
    assert Post.objects.get().body == f"<p>{words}</p>"
    html = client.get(post.get_absolute_url()).text
    assert f'<h1 dir="auto">{words}</h1>' in html
    assert f'<p dir="auto">{words}</p>' in html
