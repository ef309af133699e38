"""check_leaks finds nothing on the site, and every known disguise on a page made for it."""

import base64
import codecs
import re
import zlib
from io import StringIO
from urllib.parse import quote

import pytest
from django.core import signing
from django.core.management import CommandError, call_command

from common.email_protection.harvester import scan_for_leaks
from contacts.models import Area, Person, Role
from documents.models import Document
from hgf_site.management.commands.check_leaks import answers
from hgf_site.pages.public_urls import public_paths
from news.models import Category, Page, Post, Translation

pytestmark = pytest.mark.any_database

A = "anna.test@example.org"
LOCAL, DOMAIN = A.split("@")


def every_character(text, spell):
    return "".join(spell(character) for character in text)


def cloudflare(text, key=0x5A):
    return f"{key:02x}" + "".join(f"{ord(character) ^ key:02x}" for character in text)


def joomla(entity_at="&#64;"):
    def coded(text):
        return text.replace("a", "&#97;").replace("o", "&#111;")

    return (
        "<script>var prefix = 'ma' + 'il' + 'to'; var path = 'hr' + 'ef' + '='; "
        f"var addy1 = '{coded(LOCAL)}' + '{entity_at}'; addy1 = addy1 + 'example' + '&#46;' + 'org'; "
        "document.getElementById('cloak1').innerHTML += addy1;</script>"
    )


DISGUISES = {
    "plain": f"<p>{A}</p>",
    "upper case": f"<p>{A.upper()}</p>",
    "mailto": f'<a href="mailto:{A}?subject=Hej">Skriv</a>',
    "decimal entities": every_character(A, lambda c: f"&#{ord(c)};"),
    "hexadecimal entities": every_character(A, lambda c: f"&#x{ord(c):x};"),
    "entities twice": every_character(A, lambda c: f"&amp;#{ord(c)};"),
    "the at sign as an entity": f"{LOCAL}&commat;{DOMAIN}",
    "WordPress antispambot": every_character(
        A, lambda c: c if c in "nst" else f"&#{ord(c):03};" if c > "e" else f"%{ord(c):x}"
    ),
    "Cloudflare": f'<a class="__cf_email__" data-cfemail="{cloudflare(A)}">[email&#160;protected]</a>',
    "Cloudflare link": f'<a href="/cdn-cgi/l/email-protection#{cloudflare(A)}">x</a>',
    "Joomla 1.5": f"<script>var x = '{LOCAL}' + '&#64;'; x = x + 'example' + '&#46;' + 'org';</script>",
    "Joomla 3": joomla(),
    "Joomla 4": f'<joomla-hidden-mail first="{base64.b64encode(LOCAL.encode()).decode()}" '
    f'last="{base64.b64encode(DOMAIN.encode()).decode()}" text="{base64.b64encode(A.encode()).decode()}">',
    "rot13": f"<script>decode('{codecs.encode(A, 'rot13')}')</script>",
    "base64": f"<script>atob('{base64.b64encode(A.encode()).decode()}')</script>",
    "base64 for URLs": base64.urlsafe_b64encode(f"~~~???{A}".encode()).decode().rstrip("="),
    "base64 of a rot13": base64.b64encode(codecs.encode(A, "rot13").encode()).decode(),
    "base32": base64.b32encode(A.encode()).decode(),
    "hexadecimal": A.encode().hex(),
    "URL encoding": f'<a href="/?m={quote(A, safe="")}">x</a>',
    "URL encoding twice": f'<a href="/?m={quote(quote(A, safe=""))}">x</a>',
    "URL encoding of every letter": every_character(A, lambda c: f"%{ord(c):02x}"),
    "reversed": f'<span style="direction:rtl">{A[::-1]}</span>',
    "split by tags": "<p>anna.<b>test</b><i>@</i>exa<span>mple.org</span></p>",
    "split by comments": f"<p>{LOCAL}<!-- x@y -->@<!-- -->{DOMAIN}</p>",
    "split by hidden text": f'<p>{LOCAL}<span style="display:none">x</span>@{DOMAIN}</p>',
    "soft hyphens": A.replace("@", "\u00ad@\u200b"),
    "JavaScript strings": "<script>x = 'anna.' + 'test' + '@' + \"example\" + '.org'</script>",
    "JavaScript escapes": f"<script>'{LOCAL}\\x40{DOMAIN}'</script>",
    "JavaScript unicode escapes": f"<script>'{LOCAL}\\u0040{DOMAIN}'</script>",
    "JavaScript join": f"<script>['{LOCAL}', '{DOMAIN}'].join('@')</script>",
    "JavaScript variables": f"<script>var u = '{LOCAL}'; var d = '{DOMAIN}'; var m = u + '@' + d;</script>",
    "character codes": f"<script>String.fromCharCode({', '.join(str(ord(c)) for c in A)})</script>",
    "shifted letters": f"<a href=\"javascript:l('{every_character(A, lambda c: chr(ord(c) + 1))}')\">x</a>",
    "data attributes": f'<span data-user="{LOCAL}" data-domain="{DOMAIN}"></span>',
    "data attributes in three": f'<span data-u="{LOCAL}" data-d="example" data-t="org"></span>',
    "a signed value": f'<a href="/e/{signing.dumps(A)}">x</a>',
    "a compressed signed value": f'<a href="/e/{signing.dumps([A] * 9, compress=True)}">x</a>',
    "compressed": base64.b64encode(zlib.compress(A.encode())).decode(),
    "at and dot": f"{LOCAL} (at) example (dot) org",
    "snabel-a and punkt": f"{LOCAL} snabel-a example punkt org",
    "an a in brackets": f"{LOCAL}[a]{DOMAIN}",
    "white space": f"<p>{LOCAL} @ {DOMAIN}</p>",
    "white space before the sign": f"<p>{LOCAL} @{DOMAIN}</p>",
    "white space at the dots": f"<p>{LOCAL}@example . org</p>",
    "a sentence with at": f"<p>Skriv till {LOCAL} at {DOMAIN}.</p>",
    "a mail link in words": f'<a href="mailto:{LOCAL}%20at%20{DOMAIN}">x</a>',
    "hyphens": f"<p>{LOCAL}-at-{DOMAIN}</p>",
    "a wide sign": f"<p>{LOCAL}\uff20{DOMAIN}</p>",
    "a wide sign in a path": f'<a href="/x/{LOCAL}%EF%BC%A0{DOMAIN}/">x</a>',
    "ignorable characters": f"<p>{LOCAL}\u2063@\u3164{DOMAIN}</p>",
    "full-width letters": "<p>" + every_character(A, lambda c: chr(ord(c) + 0xFEE0)) + "</p>",
    "two cells": f"<table><tr><td>{LOCAL}</td><td>@{DOMAIN}</td></tr></table>",
    "two list items": f"<ul><li>{LOCAL}@</li> <li>{DOMAIN}</li></ul>",
    "filler": f"{LOCAL}@NOSPAM.{DOMAIN}",
    "a folded line of a calendar": f"BEGIN:VEVENT\r\nSUMMARY:{LOCAL[:2]}\r\n {LOCAL[2:]}@{DOMAIN}\r\n",
    "JSON-LD": f'<script type="application/ld+json">{{"email": "{LOCAL}\\u0040{DOMAIN}"}}</script>',
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_every_known_disguise_is_decoded(disguise):
    assert A in {
        leak.address for leak in scan_for_leaks(f"<html><p>Hej</p>{DISGUISES[disguise]}<p>Slut</p></html>")
    }


def test_an_address_of_an_unusual_shape_is_found_when_it_is_known():
    assert [leak.address for leak in scan_for_leaks("<p>x: o=nej@intern</p>", known=["O=nej@intern"])] == [
        "o=nej@intern"
    ]


def test_a_quoted_name_and_another_alphabet_are_found():
    for address in ('"anna ek"@example.org', "anna@räksmörgås.se", "анна@пример.рф"):
        assert address in {leak.address for leak in scan_for_leaks(f"<p>{address}</p>")}


def test_an_innocent_page_holds_nothing():
    assert (
        scan_for_leaks('<p>Vi ses kl. 18.30 @ lokalen. Följ @oss. <a href="/a/?b=%20">5 % av 100</a></p>')
        == []
    )


# --- The site itself ---

SHAPES = [
    "Skriv till {a}.",
    "({a}), [{a}] &lt;{a}&gt; {A}",
    '<a href="mailto:{a}">{a}</a>',
    '<a href="mailto:{a}?subject=Hej%20p%C3%A5%20er">Mejla <em>oss</em></a>',
    '<a href="mailto:{a},bo@example.org?cc=cecilia@example.org&amp;bcc=doris@example.org">Alla</a>',
    '<a href="MAILTO:{A}">stort</a>',
    '<a href="https://example.org/?mail={a}">en länk</a> <a href="https://example.org/?mail={q}">en till</a>',
    '<a href="https://example.org/">{a}</a>',
    "anna.<strong>test</strong><em>@</em>example<strong>.org</strong>",
    "anna.test&#64;example.org och anna.test&amp;#64;example.org",
    "anna.test@&shy;example.org och anna.test\u200b@example.org",
    "<ul><li>{a}</li><li>{a}</li></ul><blockquote>{a}</blockquote>",
    "<table><tr><th>{a}</th></tr><tr><td>{a}</td><td>anna.test</td><td>@example.org</td></tr></table>",
    "anna.test (snabel-a) example (punkt) org, anna.test at example dot org, anna.test[at]example.org",
]


def shaped(shape):
    return "<p>" + shape.format(a=A, A=A.upper(), q=quote(A, safe="")) + "</p>"


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.long)], ids=["together", "each alone too"]
)
def addresses_everywhere(content, make_post, picture_file, request):
    """The same address in every field that a volunteer can fill, in every shape that one may find."""
    for number, shape in enumerate(SHAPES if request.param else []):
        make_post(title=f"Form {number}", body=shaped(shape))
    texts = {
        "title": f"Skriv till {A}",
        "lead": f"Fråga {A} eller {A.upper()}",
        "body": "".join(map(shaped, SHAPES)),
    }
    post = make_post(
        **texts,
        category=content["category"],
        image_alt=f"Skylt med {A}",
        image_caption=f"Bild: {A}",
        image_credit=A,
        byline=A,
    )
    Translation.objects.create(post=post, language="en", text=f"Write to {A}")
    post.image.save("x.jpg", picture_file("JPEG", size=(900, 500), comment=A.encode()))
    make_post(title="Utan ingress", body="<p>" + "ord " * 34 + f"{A} slut</p>")
    Document.objects.update(title=f"Stadgar för {A}")
    Category.objects.update(name=f"Kategori {A}")
    Area.objects.update(name=f"Område {A}", about=texts["body"])
    Page.objects.update(title=f"Om {A}", body=texts["body"])
    Person.objects.update(name=f"Namn {A}", organisation=A)
    Role.objects.update(name=f"Roll {A}", email=A)
    content["address"].recipient = f"Testföreningen\n{A}"
    content["address"].save()
    branch = content["branch"]
    branch.description, branch.region = f"Fråga {A}", A
    branch.save()
    return post


def run(*arguments):
    output = StringIO()
    try:
        call_command("check_leaks", *arguments, stdout=output)
    except SystemExit as end:
        return end.code, output.getvalue()
    return 0, output.getvalue()


def test_no_page_leaks_whatever_a_volunteer_wrote_and_wherever(addresses_everywhere, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    status, output = run()
    assert output.startswith("0 leaks on ")
    assert status == 0


def test_no_address_is_cut_so_that_its_beginning_stands_on_a_page(client, content, make_post):
    """Half an address is not found, and easily guessed: "anna.test@exampl…"."""
    cut = re.compile(r"anna\.test|@exampl")
    post = make_post(title="Kort", lead="ord " * 34 + f"{A} slut")
    post.occurrences.create(about_when=A, place="Lokalen")
    for length in range(115, 160):
        content["page"].body = f"<p>{'x' * length} {A} slut</p>"
        content["page"].save()
        assert cut.findall(client.get(content["page"].get_absolute_url()).text) == [], length
    for address in ("/", "/kalender/", post.get_absolute_url()):
        assert cut.findall(client.get(address).text) == [], address


def test_without_the_protection_every_one_of_those_pages_leaks(addresses_everywhere, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "EmailObfuscation" not in name]
    status, output = run()
    assert status == 1
    leaking = {line.partition(":")[0] for line in output.splitlines()}
    without_content = {
        "/robots.txt",
        "/kalender.ics",  # empty
        "/omraden/helenelund/kalender.ics",
        "/healthz",
        "/sitemap.xml",
        "/manifest.webmanifest",
        "/.well-known/security.txt",
    }
    assert set(public_paths()) - leaking == without_content


def test_every_night_it_looks_at_what_has_changed_and_at_all_once_a_week(content, settings, tmp_path):
    settings.ALLOWED_HOSTS, settings.DATA_DIR = ["127.0.0.1"], tmp_path

    def looked_at():
        return int(re.search(r"(\d+) of them", run("--changed")[1])[1])

    everything = looked_at()
    assert looked_at() < everything / 4  # forms, whose tokens are new each time
    Page.objects.update(body=f"<p>Skriv till {A}.</p>")
    assert looked_at() < everything / 3
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "EmailObfuscation" not in name]
    assert [run("--changed")[0] for _ in range(2)] == [1, 1]  # what leaks is said every night
    stored = tmp_path / "clean-answers.json"
    stored.write_text(re.sub(r"^\[\d+", "[1", stored.read_text()))
    assert looked_at() == everything


def test_each_address_is_asked_for_once(content, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    asked = [path for path, _, _ in answers(set())]
    assert len(asked) == len(set(asked))


@pytest.mark.django_db
def test_it_reads_the_starter_content_and_finds_nothing(settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    call_command("load_starter_content", stdout=StringIO())
    status, output = run()
    assert status == 0
    assert "0 leaks" in output
    assert "3 addresses in the database" in output
    assert Post.objects.exists()


def test_a_site_that_it_cannot_read_does_not_pass(branch, settings):
    settings.ALLOWED_HOSTS = ["example.org"]
    with pytest.raises(CommandError, match="The start page answers 400"):
        call_command("check_leaks", stdout=StringIO())
