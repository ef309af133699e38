"""What nobody means to send: to every public address, and to every form as the group that fills it in."""

import string
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from phonenumber_field.formfields import PhoneNumberField

from common.email_protection.tokens import read_token
from common.form_fields import DateTimeField
from contacts.models import Person, PostalAddress, Role
from documents.models import Document
from news.models import Category, Post
from tests.helpers.admin_forms import BACK_TO_FORM, form_id_of, make, read_form, send, url_of
from tests.helpers.hostile import NAUGHTY, naughty_strings, some_naughty_strings, xss_vectors
from tests.helpers.pages import make_page
from tests.helpers.properties import example, given, st

PUBLIC = [
    "/", "/nyheter/", "/nyheter/{}/", "/nyheter/kategori/{}/", "/nyheter/arkiv/{}/", "/{}/",
    "/kontakt/e-post/{}/", "/kontakt/visitkort/{}/", "/utkast/{}/", "/media/{}", "/static/{}", "/admin/{}/",
    "/sok/",
]  # fmt: skip
HEADERS = [
    "Host", "Referer", "User-Agent", "Cookie", "Accept", "Accept-Encoding", "If-None-Match",
    "If-Modified-Since", "Range", "Origin", "X-Forwarded-For", "Authorization", "Content-Type",
]  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


@pytest.fixture
def visitor(client, content):
    client.raise_request_exception = False
    return client


def failures(answers):
    return [(what[:80], answer.status_code) for what, answer in answers if answer.status_code >= 500]


# --- Anybody ---


def send_everywhere(visitor, texts):
    for text in texts:
        value = quote(text, errors="surrogatepass")
        for address in PUBLIC:
            yield f"{address} {text!a}", visitor.get(address.format(value))
            yield (
                f"{address}?sida {text!a}",
                visitor.get(f"{address.format('x')}?sida={value}&q={value}&{value}={value}"),
            )


def test_no_text_in_an_address_makes_an_error_of_ours(visitor):
    assert failures(send_everywhere(visitor, some_naughty_strings())) == []


@pytest.mark.long
def test_none_of_all_the_naughty_strings_does(visitor):
    assert failures(send_everywhere(visitor, naughty_strings())) == []


@pytest.mark.parametrize(
    "raw", ["%ff%fe", "%c3%28", "%00", "%", "%u0041", "..%2f..%2fetc%2fpasswd", "%0d%0aX:%20y", "//"]
)
def test_no_broken_address_makes_an_error_of_ours(visitor, raw):
    answers = [(address, visitor.get(address.format(raw))) for address in PUBLIC]
    answers += [(name, visitor.get(f"/nyheter/?{name}={raw}")) for name in ("sida", "q", raw)]
    assert failures(answers) == []


@pytest.mark.parametrize(
    "number", ["-1", "0", str(10**18), str(10**400), "1e3", "½", "١", "0x1", " 1", "1 ", "last"]
)
def test_no_page_number_makes_an_error_of_ours(visitor, number):
    for address in ("/nyheter/", "/nyheter/kategori/moten/", "/sok/"):
        assert visitor.get(address, {"sida": number, "q": "a"}).status_code in (200, 404)


def test_no_header_makes_an_error_of_ours(visitor):
    texts = [text.encode("utf-8", "replace").decode("latin-1") for text in [*NAUGHTY, "x" * 20_000]]
    answers = [
        (f"{name}: {text[:20]!a}", visitor.get("/", headers={name: text}))
        for name in HEADERS
        for text in texts
    ]
    assert failures(answers) == []


@pytest.mark.any_database
def test_no_method_and_no_body_makes_an_error_of_ours(visitor):
    bodies = {
        "application/x-www-form-urlencoded": b"%ff=%fe&a[b]=c&" + b"x=1&" * 2000,
        "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\0',
        "multipart/form-data": b"no boundary",
        "application/json": b'{"a": NaN',
        "text/plain; charset=klingon": b"\0",
    }  # fmt: skip
    button = next(
        line.split('"')[0]
        for line in visitor.get("/kontakt/").text.split('formaction="')[1:]
        if "e-post" in line[:30]
    )
    answers = [
        (f"{method} {address} {kind}", visitor.generic(method, address, body, content_type=kind))
        for method in METHODS
        for address in ("/", "/nyheter/", button, "/admin/login/", "/healthz", "/finns-inte/")
        for kind, body in bodies.items()
    ]
    assert failures(answers) == []


# --- What volunteers fill in ---


@pytest.fixture
def as_group(as_member):
    """Log in as a member of a group; an error of ours is an answer, as a visitor sees it."""

    def log_in(group):
        client = as_member(group)
        client.raise_request_exception = False
        return client

    return log_in


def fill_in_everything(client, model, texts):
    """Send each text in all the form's text fields at once; yield the answers, and of the pages."""
    row = make(model)
    url = url_of(model, "change", row.pk)
    values, kinds = read_form(client.get(url), form_id_of(model))
    fields = [
        name
        for name, kind in kinds.items()
        if kind.startswith("v") or kind in ("text", "textarea", "email", "tel")
    ]
    for text in texts:
        sid = transaction.savepoint()
        answer = send(client, url, values | {name: [text] for name in fields} | BACK_TO_FORM)
        yield f"{model.__name__} {text!a}", answer
        if answer.status_code == 302:
            yield f"{model.__name__} shown {text!a}", client.get(url)
            yield f"start after {text!a}", client.get("/")
        transaction.savepoint_rollback(sid)


EACH_FORM = pytest.mark.parametrize(
    ("group", "model"),
    [("Redaktörer", Post), ("Kontaktansvariga", Person), ("Administratörer", User),
     *(pytest.param("Kontaktansvariga", model, marks=pytest.mark.long) for model in (Role, PostalAddress))],
)  # fmt: skip


@EACH_FORM
def test_no_naughty_string_in_a_form_makes_an_error_of_ours(as_group, group, model):
    assert failures(fill_in_everything(as_group(group), model, some_naughty_strings()[::3])) == []


@pytest.mark.long
@EACH_FORM
def test_none_of_all_the_naughty_strings_in_a_form_does(as_group, group, model):
    assert failures(fill_in_everything(as_group(group), model, naughty_strings())) == []


@pytest.mark.parametrize(
    "data",
    [{"action": "delete_selected", "_selected_action": text} for text in ("", "x", "\0", "-1", str(10**30))]
    + [{"action": text, "_selected_action": "1"} for text in ("", "\0", "__class__")],
    ids=str,
)
def test_no_forged_bulk_action_makes_an_error_of_ours(as_group, data):
    client = as_group("Redaktörer")
    make(Post)
    assert client.post(url_of(Post, "changelist"), data).status_code < 500


@pytest.mark.parametrize(
    "query", ["_to_field=", "_to_field=%00", "_popup=1&_to_field=x", "_changelist_filters=%00"]
)
def test_no_forged_query_makes_an_error_of_ours(as_group, query):
    client = as_group("Redaktörer")
    row = make(Post)
    for page in (url_of(Post, "change", row.pk), url_of(Post, "add"), url_of(Post, "changelist")):
        for method in (client.get, client.post):
            assert method(f"{page}?{query}").status_code < 500
    for page in ("change", "delete"):
        assert client.post(url_of(Post, page, row.pk), QueryDict(query)).status_code < 500


# --- What stands on a page is text ---


NEWER = ["/nyheter/prov-{}/anslag/", "/dokument/prov-{}/", "/sida-{}/", "/nyheter/kategori/prov-{}/"]


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.any_database
def test_no_text_field_becomes_markup_on_a_page(client, make_post, make_holder, branch):
    for number, vector in enumerate(xss_vectors()[:60]):
        text = vector.replace("\0", "")[:90]
        texts = {"title": text, "lead": text, "byline": text, "image_caption": text}
        soon = timezone.now() + timedelta(days=1)
        post = make_post(**texts, slug=f"prov-{number}", important_until=soon)
        post.occurrences.create(
            place=text, label=text[:60], about_when=text[:12], day=[None, soon][number % 2]
        )
        Document.objects.create(
            title=text, slug=f"prov-{number}", file="dokument/x.pdf", published_at=post.published_at
        )
        make_page(title=text, slug=f"sida-{number}", in_menu=True)
        Category.objects.create(name=text[:46] + str(number), slug=f"prov-{number}")
    make_holder(name=text, organisation=text, role=text)
    branch.description = text
    branch.save()
    for address in (
        "/",
        "/nyheter/",
        "/kontakt/",
        "/kalender/",
        "/dokument/",
        *(f"/nyheter/prov-{number}/" for number in range(0, 60, 3)),
        *(page.format(number) for number in range(0, 60, 9) for page in NEWER),
    ):
        page = Elements()
        page.feed(client.get(address).text)
        for tag, attributes in page.found:
            assert tag not in {"iframe", "object", "embed", "base", "math", "style"}, address
            assert not [
                name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")
            ], address
            if tag == "script":
                assert (
                    attributes.get("src", "").startswith("/static/")
                    or attributes.get("type") == "application/ld+json"
                )
            for name in ("href", "src", "action", "formaction"):
                assert (
                    not (attributes.get(name) or "")
                    .strip()
                    .lower()
                    .startswith(("javascript:", "data:", "vbscript:"))
                )


# --- Any text at all, by hypothesis ---


@given(st.text())
@example("A" * 10_000)
@example("é==")
def test_a_made_up_token_is_refused_and_no_error(text):
    with pytest.raises(ValueError, match=r".*"):
        read_token(text)


def cleaned_or_refused(field, value):
    try:
        return field.clean(value)
    except ValidationError:
        return None


@given(st.text())
def test_any_text_is_a_phone_number_or_refused(text):
    number = cleaned_or_refused(PhoneNumberField(region="SE", required=False), text)
    assert not number or number.as_e164.startswith("+")


@given(st.text(alphabet=string.digits + " -.", max_size=12))
@example("12128")
@example("121 28")
def test_any_text_is_a_postal_code_of_five_digits_or_refused(text):
    code = cleaned_or_refused(PostalAddress._meta.get_field("postal_code").formfield(), text)
    if code is not None:
        try:
            code = PostalAddress._meta.get_field("postal_code").clean(code, None)
        except ValidationError:
            return
        assert len(code.replace(" ", "")) == 5
        assert code.replace(" ", "").isdecimal()


@given(st.text(max_size=20), st.text(max_size=20))
@example("2026-03-29", "02:30")
@example("9999-12-31", "23:59:59")
@example("0001-01-01", "00:00")
def test_any_day_and_time_is_a_moment_or_refused(day, clock):
    moment = cleaned_or_refused(DateTimeField(required=False), [day, clock])
    assert moment is None or moment.tzinfo is not None


def test_the_admins_search_takes_any_text(as_group):
    client = as_group("Redaktörer")
    for text in some_naughty_strings():
        assert client.get(reverse("admin:news_post_changelist"), {"q": text}).status_code < 500
