"""An address in an answer becomes a button where one can stand, else plain words."""

import json
import re
import time
from html import escape

import pytest
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.test import RequestFactory
from django.urls import path

from common.email_protection.detect import find_addresses, may_hold_address
from common.email_protection.harvester import scan_for_leaks
from common.email_protection.middleware import EmailObfuscationMiddleware
from common.email_protection.obfuscate import PLACEHOLDER, obfuscate_html, obfuscate_text
from contacts.reveal import reveal
from tests.helpers.properties import given, st

A = "anna@example.org"
FORM = '<form id="epost" method="post"></form>'
BUTTON = re.compile(
    r'<button class="reveal in-text" form="epost" formaction="/kontakt/e-post/([\w-]+)/">([^<]*)</button>'
)


def protected(html):
    """Return the protected HTML with every button as [label → address], which is easy to compare."""
    result = obfuscate_html(html + FORM).removesuffix(FORM)
    return BUTTON.sub(lambda match: f"[{match[2]} → {reveal(match[1]).email}]", result)


SHOW = f"[Visa e-postadressen → {A}]"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<p>Skriv till {A}.</p>", f"<p>Skriv till {SHOW}.</p>"),
        (f"<p>({A}), &lt;{A}&gt;</p>", f"<p>({SHOW}), &lt;{SHOW}&gt;</p>"),
        ("<p>ANNA@EXAMPLE.ORG</p>", "<p>[Visa e-postadressen → ANNA@EXAMPLE.ORG]</p>"),
        (f'<p><a href="mailto:{A}">{A}</a>!</p>', f"<p> {SHOW}!</p>"),
        (f'<p><a href="mailto:{A}">Mejla <em>oss</em></a> nu</p>', f"<p>Mejla <em>oss</em> {SHOW} nu</p>"),
        (
            f'<a href="mailto:{A},bo@example.org?cc={A}">Alla</a>',
            f"Alla [Visa e-postadress 1 av 2 → {A}] [Visa e-postadress 2 av 2 → bo@example.org]",
        ),
        (f'<a href="/x/">Om {A}</a>', f'<a href="/x/">Om {PLACEHOLDER}</a> {SHOW}'),
        (f'<a href="/x/?m={A}&amp;y=1">x</a>', '<a href="/x/?m=&amp;y=1">x</a>'),
        ('<a href="/x/?m=anna%2540example.org">x</a>', '<a href="/x/?m=">x</a>'),
        (f'<p title="{A}">x</p>', f'<p title="{PLACEHOLDER}">x</p>'),
        (f"<title>{A}</title>", f"<title>{PLACEHOLDER}</title>"),
        (f"<script>'{A}'</script>", f"<script>'{PLACEHOLDER}'</script>"),
        (f"<p>an<b>na@exa</b>mple.org</p><p>{A}</p>", f"<p>{SHOW}<b></b></p><p>{SHOW}</p>"),
        ("<td>anna</td><td>@example.org</td>", f"<td>anna</td><td>{SHOW}</td>"),
        ("<p>anna@&shy;example.org</p>", f"<p>{SHOW}</p>"),
        ("<p>anna (snabel-a) example punkt org</p>", f"<p>{SHOW}</p>"),
        (f"<!-- {A} --><p>{A}</p>", f"<p>{SHOW}</p>"),
        (f"<svg><text>{A}</text></svg>", f"<svg><text>{PLACEHOLDER}</text></svg>"),
    ],
)
def test_an_address_becomes_a_button_or_words(html, expected):
    assert protected(html) == expected


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ("<p>anna <em>at</em> example <em>dot</em> org</p>", A),
        ("<p>anna&nbsp;at&nbsp;example&nbsp;punkt&nbsp;org</p>", A),
        ("<p>anna(<em>at</em>)example.org</p>", A),
        ("<h1>anna&amp;#64;example.org</h1>", A),
        ("<h1>anna sna\u00adbel-a example.org</h1>", A),
        ("<p>anna@\u200eexample.org</p>", A),
        ("<p>anna@\u2060exa\ufe0fmple.org</p>", A),
        ("<p>bjo\u0308rn@malmo\u0308.se</p>", "björn@malmö.se"),
        ("<p>anna\u2011berg@example.org</p>", "anna-berg@example.org"),
        ("<p>anna@example\uff0eorg</p>", A),
        ("<p>ann&amp;#97;@&amp;#101;xample.org</p>", A),
        ("<p>%61nna@%65xample.org</p>", A),
        ("<p>\\x61nna\\x40example.org</p>", A),
        ("<p>gro.elpmaxe@anna</p>", A),
        ("<p>YW5uYUBleGFtcGxlLm9yZw==</p>", A),
        ("<p>616e6e61406578616d706c652e6f7267</p>", A),
        ('<a href="mailto:anna+möten@example.org?subject=C++">x</a>', "anna+möten@example.org"),
        ('<a href="https://anna@example.org">x</a>', A),
        ("<p>anna&nbsp; @ &nbsp;example.org</p>", A),
        ("<p>anna    (at)\n    example.org</p>", A),
        ("<p>bo@example.org<a href='/x'>Läs mer</a></p>", "bo@example.org"),
        (f'<a href="mailto:bo@example.org">{A}</a>', A),
    ],
)
def test_an_address_in_disguise_is_still_the_right_one_for_a_reader(html, address):
    assert f"→ {address}]" in protected(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>anna<br>@example.org och kalle@example.se</p>",
        "<table><tr><td>anna</td><td>@example.org, se kalle@example.se</td></tr></table>",
        '<a href="/cdn-cgi/l/email-protection#4e2f20202f0e2b362f233e222b60213c29">x</a>',
        '<a href="/u/YW5uYUBleGFtcGxlLm9yZw==">x</a>',
        '<a href="/?e=616e6e61406578616d706c652e6f7267">x</a>',
        '<a href="/?u=anna&#64;example.org">x</a>',
        '<a href="mailto://[anna@example.org">x</a>',
        f'<a href="mailto:{"(" * 1500}{A}">x</a>',
        f'<a href="mailto:{":" * 2000}@">x</a>',
        f'<a href="mailto:{"x" * 5000}{A}">x</a>',
        '<a href="https://x.se/?d=w4VzYSA8YW5uYUBleGFtcGxlLm9yZz4">x</a>',
        f"<p>&#{'9' * 5000}; &amp;#{'9' * 5000}; {A} &#{'0' * 5000}64;</p>",
    ],
)
def test_no_pasted_link_or_cell_leaks_or_is_an_error(html):
    assert scan_for_leaks(BUTTON.sub("", obfuscate_html(html + FORM)), known=[A]) == []


def test_a_link_that_only_counts_clicks_still_leads_somewhere():
    safe = '<a href="https://links.example.com/?url=https%3A%2F%2Fx.se&amp;data=05%7C%7C01">x</a>'
    assert protected(safe.replace("%7C%7C", "%7Canna%40example.org%7C")) == safe


@pytest.mark.parametrize(
    "html",
    [
        "<p>anna</p><p>@example.org</p><p>" + " " * 60_000 + "x</p>",
        "<em>a@b.se</em> " * 3000,
        "a@" * 30_000,
        "a@b.se " * 14_000,
        "<p>" + "(at)" * 20_000 + "</p>",
    ],
    ids=["spaces", "many addresses", "signs", "many words", "words"],
)
def test_no_pasted_text_keeps_the_server_busy(html):
    started = time.process_time()
    obfuscate_html(html + FORM)
    assert time.process_time() - started < 3  # seconds; quadratic work takes minutes


@pytest.mark.parametrize(
    "html",
    [
        "<p>Read more at hyresgastforeningen.se</p>",
        "<p>Book at bokning.sollentuna.se</p>",
        "<p>kl.18@lokalen</p>",
        "<p>§ 5 (a) första punkt två</p>",
        "<p>Vi ses @ lokalen. Följ @hgf.sollentuna, 5 % av 100 &amp; mer.</p>",
        '<p class="a" id=b>Rad<br>rad &aring; "citat"</p><!-- kvar -->',
        '<a href="mailto:?subject=Tips">Tipsa en granne</a>',
        "<p>kl. 18.30 på hemsidan.se</p>",
    ],
)
def test_what_is_no_address_is_unchanged(html):
    assert protected(html) == html or "@" in html
    assert "button" not in protected(html)
    assert PLACEHOLDER not in protected(html)


def test_markup_around_an_address_stays_markup_and_text_stays_text():
    html = f"<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt; {A} &quot;</p>"
    result = protected(html)
    assert result == f'<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt; {SHOW} "</p>'


@pytest.mark.parametrize(
    "broken", ["<![x", '<![><img src="]>', "<!x [", "</", "<a href='", "<p", "&#", "<!--"]
)
def test_broken_html_is_no_error_and_no_way_around(broken):
    assert scan_for_leaks(BUTTON.sub("", obfuscate_html(f"<p>{A}</p>{broken}{A}{FORM}"))) == []


def test_a_page_without_the_form_gets_words_and_no_dead_button():
    assert obfuscate_html(f"<h1>{A}</h1>") == f"<h1>{PLACEHOLDER}</h1>"
    assert obfuscate_html(f'<a href="mailto:{A}">Skriv</a>') == f"Skriv ({PLACEHOLDER})"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?subject=Hej",
        "?subject=Hej%20p%C3%A5%20er&body=x",
        "?body=Jag%20vill%20bli%20medlem",
        "?subject=Hej&body=Rad%201%0D%0ARad%202%0D%0A%0D%0AH%C3%A4lsningar",
        "?subject=Hej&body=Jag%20vill%20bli%20medlem",
        "?body=100%25%20%26%20mer%3F",
        "?body=Skriv%20till%20mig%3A%20bo%40example.net",
    ],
)
def test_the_subject_and_the_body_of_a_link_are_kept_for_the_reader_who_asks(query):
    html = obfuscate_html(f'<a href="{escape(f"mailto:{A}{query}")}">Skriv</a>{FORM}')
    assert "example" not in html
    assert reveal(BUTTON.search(html)[1]).mailto == f"mailto:{A}{query}"


@pytest.mark.parametrize(
    "typed",
    [
        "o’brien@example.org",
        "oʼbrien@example.org",
        "o＇brien@example.org",
        "o'brien@example.org",
        "o’brien (at) example.org",
    ],
)
def test_a_curly_apostrophe_in_an_address_becomes_straight(typed):
    assert reveal(BUTTON.search(obfuscate_html(f"<p>{typed}</p>{FORM}"))[1]).email == "o'brien@example.org"


def test_the_same_page_gives_the_same_bytes():
    assert obfuscate_html(f"<p>{A}</p>{FORM}") == obfuscate_html(f"<p>{A}</p>{FORM}")


@given(
    st.lists(
        st.sampled_from([*"ab.@ <>&;", "<p>", "</p>", "<a href='mailto:", "'>", A, "&#64;", "%40", " at "])
    )
)
def test_no_mixture_of_pieces_leaves_an_address(pieces):
    html = "".join(pieces)
    assert not find_addresses(re.sub(r"<[^>]*>", "", BUTTON.sub(" ", obfuscate_html(html + FORM))))
    assert not find_addresses(obfuscate_text(html).replace(PLACEHOLDER, " "))


@given(st.text(alphabet="aB1.@- ()\u00ad", max_size=40))
def test_the_quick_look_never_misses_what_the_long_one_finds(text):
    if find_addresses(text):
        assert may_hold_address(text)


@pytest.mark.parametrize("size", [20, pytest.param(80, marks=pytest.mark.long)])
def test_a_hostile_text_four_times_as_long_takes_no_more_than_about_four_times_as_long(size):
    """A search that is not linear takes sixteen times as long, or hours."""

    def seconds(size):
        hostile = "a" * (50 * size) + "@" + "a." * (20 * size) + " at " * (5 * size) + "@" * (5 * size)
        started = time.process_time()
        obfuscate_html(f"<p>{hostile}</p>")
        return time.process_time() - started

    short = min(seconds(size) for _ in range(3))
    assert any(seconds(4 * size) < 8 * short for _ in range(3))  # a busy machine disturbs one look, not three


def test_signs_that_begin_no_tag_take_no_longer_the_more_there_are():
    def seconds(count):
        started = time.process_time()
        obfuscate_html("<" * count + A)
        return time.process_time() - started

    short, long = (min(seconds(count) for _ in range(3)) for count in (5_000, 40_000))
    assert long < 30 * short  # eight times as many; a search that is not linear takes 64 times as long


# --- The middleware: any view, any template, any kind of answer ---


def new_template(request):
    """A template that somebody writes next year, and that knows nothing of all this."""
    template = engines["django"].from_string('<title>{{ x }}</title><p id="{{ x }}">{{ x }}</p>' + FORM)
    return HttpResponse(template.render({"x": A}))


ANSWERS = {
    "a new template": new_template,
    "JSON": lambda request: JsonResponse({"email": A, "name": "Anna"}),
    "XML": lambda request: HttpResponse(f"<rss><a>{A}</a></rss>", content_type="application/rss+xml"),
    "text": lambda request: HttpResponse(A, content_type="text/plain; charset=utf-8"),
    "a stream": lambda request: StreamingHttpResponse(["<p>anna@", "example.org</p>"]),
    "a redirect": lambda request: HttpResponseRedirect(f"/x/{A}/"),
    "a header": lambda request: HttpResponse("x", headers={"X-Author": A}),
    "another charset": lambda request: HttpResponse(f"<p>å {A}</p>".encode("latin-1"), charset="latin-1"),
    "not quite text": lambda request: HttpResponse(b"<p>\xff\xfe anna@example.org</p>"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_is_protected_without_knowing_it(kind):
    request = RequestFactory().get("/")
    request.resolver_match = None
    response = EmailObfuscationMiddleware(ANSWERS[kind])(request)
    body = b"".join(response).decode("latin-1")
    assert body or kind == "a redirect"
    assert scan_for_leaks(body) == []
    assert [leak for value in response.headers.values() for leak in scan_for_leaks(value)] == []
    if kind == "JSON":
        assert json.loads(body) == {"email": PLACEHOLDER, "name": "Anna"}
    if "Content-Length" in response.headers:
        assert int(response.headers["Content-Length"]) == len(body)


def test_a_picture_is_passed_on_byte_for_byte():
    content = b"\x89PNG anna@example.org \xff"
    response = HttpResponse(content, content_type="image/png")
    request = RequestFactory().get("/")
    request.resolver_match = None
    assert EmailObfuscationMiddleware(lambda request: response)(request).content == content


urlpatterns = [path("ny/", new_template)]


@pytest.mark.urls("tests.common.test_obfuscate")
@pytest.mark.django_db
def test_only_headers_are_added_to_an_answer_after_the_middleware(settings):
    assert settings.MIDDLEWARE[:2] == [
        "hgf_site.server.middleware.PolicyHeadersMiddleware",
        "common.email_protection.middleware.EmailObfuscationMiddleware",
    ]


@pytest.mark.django_db
def test_the_staff_see_addresses_in_the_admin_and_others_do_not(client, as_superuser, make_holder, superuser):
    person = make_holder(email=A).person
    address = f"/admin/contacts/person/{person.pk}/change/"
    assert A in as_superuser.get(address).text
    client.logout()
    assert client.get(address).status_code == 302


@pytest.mark.django_db
def test_a_failed_login_gives_back_what_was_typed(client):
    page = client.post("/admin/login/", {"username": A, "password": "fel"}).text
    assert f'value="{A}"' in page
