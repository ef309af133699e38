"""The admin works: lists, filters, forms, the number of queries, and input that nobody meant to send.

What is asked of every page finds the pages itself, in the registry: a new ModelAdmin is covered by itself.
"""

import re
from collections import Counter
from datetime import timedelta
from html.parser import HTMLParser
from itertools import count
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from contacts.models import Assignment, Branch, Person, PostalAddress, PostalCodeField, Role, SocialLink
from hgf_site.admin_site import TITLE
from news.models import Category, Page, Post, Redirect

REGISTRY = admin.site._registry
MODELS = pytest.mark.parametrize(
    "model", sorted(REGISTRY, key=lambda m: m._meta.label), ids=lambda m: m.__name__
)
BACK_TO_FORM = {"_continue": "1"}
numbers = count(1)


# --- Rows for any model ---

# What cannot be guessed from a field's kind.
GIVEN = {
    Post: lambda n: {"published_at": timezone.now() - timedelta(days=1), "body": f"<p>Stycke {n}</p>"},
    Redirect: lambda n: {"old_path": f"/gammal-{n}/", "target": f"/ny-{n}/"},
    LogEntry: lambda n: {"action_flag": 2, "object_repr": "Prov", "change_message": ""},
    User: lambda n: {
        "username": f"prov{n}",
        "password": make_password("hemligt"),
        "first_name": "Åsa",
        "last_name": "Öberg",
    },
}


def sample(field, n):
    """A value that the field accepts, different for every n where the field has room for it."""
    match field:
        case models.ForeignKey():
            return make(field.related_model)
        case PhoneNumberField():
            return "+46701740605"
        case PostalCodeField():
            return "123 45"
        case models.EmailField():
            return f"prov{n}@example.org"
        case models.URLField():
            return f"https://www.example.org/{n}/"
        case models.SlugField():
            return f"prov-{n}"
        case models.CharField() | models.TextField() if not field.choices:
            return f"Prov {n}"
        case models.DateField() if not field.null:
            return timezone.now()
    return field.get_default()


def make(model, **given):
    """A saved row of any model; every foreign key leads to a row of its own."""
    if model is Branch and Branch.objects.exists():
        return Branch.objects.get()
    if model is ContentType:
        return ContentType.objects.get_for_model(Post)
    n = next(numbers)
    values = GIVEN.get(model, lambda n: {})(n) | given
    for field in model._meta.concrete_fields:
        if field.editable and not field.primary_key and field.name not in values:
            values[field.name] = sample(field, n)
    row = model(**values)
    row.save()
    return row


def grow(row, times):
    """Give the row `times` more of all that its pages list: what points at it, and its history."""
    given = {"object_id": row.pk, "content_type": ContentType.objects.get_for_model(row)}
    for _ in range(times):
        make(LogEntry, **given)
    for relation in row._meta.related_objects:
        if relation.one_to_many:
            for _ in range(times):
                make(relation.related_model, **{relation.field.name: row})
    for field in row._meta.many_to_many:
        target = field.related_model
        new = (
            Permission.objects.all()[:times] if target is Permission else [make(target) for _ in range(times)]
        )
        getattr(row, field.name).add(*new)


def url_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


# --- Forms, as a browser sends them ---


class FormReader(HTMLParser):
    """Collects what a browser would send from the form `form_id` of a page, and what kind each field is."""

    def __init__(self, form_id):
        super().__init__()
        self.form_id, self.inside, self.select, self.text = form_id, False, None, None
        self.values, self.kinds = {}, {}

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name, kind = attrs.get("name"), attrs.get("type", tag)
        if tag == "form":
            self.inside = attrs.get("id") == self.form_id
        elif not self.inside or "__prefix__" in (name or ""):
            return
        elif tag == "option" and self.select and "selected" in attrs:
            self.values[self.select].append(attrs.get("value", ""))
        elif tag in ("input", "textarea", "select") and name and kind not in ("submit", "button"):
            self.kinds[name] = (attrs.get("class") or "").split(" ")[0] or kind
            self.values.setdefault(name, [])
            if tag == "select":
                self.select = name
            elif tag == "textarea":
                self.text = name
                self.values[name] = [""]
            elif kind not in ("checkbox", "radio", "file") or "checked" in attrs:
                self.values[name].append(attrs.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data):
        if self.text:
            self.values[self.text][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.text:
            # A browser drops the line break that stands first in a textarea.
            self.values[self.text][0] = self.values[self.text][0].removeprefix("\r\n").removeprefix("\n")
            self.text = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False


def read_form(response, form_id):
    """Return ({name: [value, …]}, {name: kind}) of a form on the page."""
    reader = FormReader(form_id)
    reader.feed(response.text)
    assert reader.values, f"no form {form_id}"
    return reader.values, reader.kinds


def form_id_of(model):
    return f"{model._meta.model_name}_form"


def send(client, url, data, **options):
    """Post a form; halves of characters (surrogates) are sent as the bytes that a broken program sends."""
    body = urlencode(data, doseq=True, encoding="utf-8", errors="surrogatepass")
    return client.post(url, body, content_type="application/x-www-form-urlencoded", **options)


def errors_at(response):
    """The messages of a form that is shown again, by field."""
    assert response.status_code == 200, "the form was accepted"
    errors = dict(response.context["adminform"].form.errors)
    for formset in response.context["inline_admin_formsets"]:
        for form in formset.formset.forms:
            errors |= form.errors
    return {name: " ".join(messages) for name, messages in errors.items()}


def filled(model, client, row=None, **changes):
    """The data of the add form, or of the change form of `row`, with changes."""
    url = url_of(model, "change", row.pk) if row else url_of(model, "add")
    values, _ = read_form(client.get(url), form_id_of(model))
    return url, values | changes


# --- The number of queries ---


def queries(client, url):
    """The shapes of the queries that a page makes: their text without its values."""
    client.get(url)  # the first asks for what Django keeps in memory, the content types
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code in (200, 302), url
    return Counter(re.sub(r"'[^']*'|\b\d+\b", "?", query["sql"]) for query in captured.captured_queries)


@MODELS
def test_every_page_asks_as_often_for_one_row_as_for_twenty(model, as_superuser):
    row = make(model)
    grow(row, 1)
    changelist = url_of(model, "changelist")
    pages = [changelist, f"{changelist}?q=prov", f"{changelist}?_facets=True"]
    pages += [url_of(model, page, row.pk) for page in ("change", "history")]
    if model is not Branch:  # there is only one
        pages.append(url_of(model, "add"))
    few = {url: queries(as_superuser, url) for url in pages}

    for _ in range(19):
        grow(make(model), 1)
    grow(row, 19)
    many = {url: queries(as_superuser, url) for url in pages}

    assert not {url: many[url] - few[url] for url in pages if many[url].total() > few[url].total()}


# --- Input that nobody meant to send ---

TEXTS = ["", "a\0b", "å" * 20_000, "\ud800", "<script>'\"--\u202e", "9" * 5000]
DATES = ["0001-01-01", "9999-12-31", "0000-00-00", "2026-02-30"]
TIMES = ["00:00", "24:00"]
INTEGERS = ["-1", "32768", str(10**18), str(10**20), "NaN"]
HOSTILE = {"vDateField": DATES, "vTimeField": TIMES, "vIntegerField": INTEGERS, "number": INTEGERS}


def hostile_posts(values, kinds):
    """Yield the form with one field changed at a time."""
    for name, kind in kinds.items():
        if kind != "file" and name != "csrfmiddlewaretoken":
            for value in [*HOSTILE.get(kind, []), *TEXTS]:
                yield name, value, values | {name: [value]}
    dates = {name: name.removesuffix("_0") + "_1" for name, kind in kinds.items() if kind == "vDateField"}
    for date, time in dates.items():
        if time in kinds:
            for day, clock in [("0001-01-01", "00:00"), ("0001-01-01", "01:30"), ("9999-12-31", "23:59:59")]:
                yield date, f"{day} {clock}", values | {date: [day], time: [clock]}


@MODELS
def test_no_value_in_a_form_makes_an_error_of_the_server(model, as_superuser):
    row = make(model)
    grow(row, 1)
    url, changelist = url_of(model, "change", row.pk), url_of(model, "changelist")
    values, kinds = read_form(as_superuser.get(url), form_id_of(model))
    assert send(as_superuser, url, values).status_code == 302, "the form cannot even be saved unchanged"
    as_superuser.raise_request_exception = False

    failed = []
    for name, value, data in hostile_posts(values, kinds):
        sid = transaction.savepoint()
        answers = [send(as_superuser, url, data | BACK_TO_FORM)]
        if answers[0].status_code == 302:  # it was saved: can it be shown?
            public = row.get_absolute_url() if hasattr(row, "get_absolute_url") else "/"
            answers += [as_superuser.get(page) for page in (url, changelist, "/", "/kontakt/", public)]
        transaction.savepoint_rollback(sid)
        failed += [
            f"{name}={value[:30]!a}: {a.request['PATH_INFO']}" for a in answers if a.status_code >= 500
        ]
    assert not failed


WORDS = ["", "%00", "%ED%A0%80", "zzz", "-1", str(10**20), "1,2,x"]
MOMENTS = ["0001-01-01", "9999-12-31", "0001-01-01 00:00:00%2B14:00", "0000", "10000"]


def hostile_queries(model):
    """Query strings that no page links to: the admin's own parameters, filters, look-ups in fields."""
    for name in ("q", "o", "p", "all", "e", "_facets", "_popup", "_to_field", "_changelist_filters", "syns"):
        yield from (f"{name}={value}" for value in WORDS)
    for field in model._meta.concrete_fields:
        yield from (f"{field.name}{lookup}=%00" for lookup in ("", "__in", "__isnull", "__regex"))
        yield f"{field.name}__in={10**20}"
        if isinstance(field, models.DateField):
            yield from (
                f"{field.name}{lookup}={value}" for lookup in ("", "__gte", "__year") for value in MOMENTS
            )
    for name in filter(lambda filtered: isinstance(filtered, str), REGISTRY[model].list_filter):
        yield from (f"{name}{lookup}={value}" for lookup in ("__exact", "__id__exact") for value in WORDS)


@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")  # in the running site too
@MODELS
def test_no_query_string_makes_an_error_of_the_server(model, as_superuser):
    row = make(model)
    changelist, change = url_of(model, "changelist"), url_of(model, "change", row.pk)
    addresses = [f"{changelist}?{query}" for query in hostile_queries(model)]
    # Not an empty _to_field: Django's own KeyError, which only a hand-made address meets.
    addresses += [
        f"{change}?{name}={value}" for name in ("_to_field", "_changelist_filters") for value in WORDS[1:]
    ]
    addresses += [
        f"{changelist}{word}/{page}/" for word in WORDS[1:] for page in ("change", "history", "delete")
    ]
    if model is not Branch:  # there is one
        for field in filter(lambda field: not field.auto_created, model._meta.get_fields()):
            values = WORDS[1:3] + MOMENTS if isinstance(field, models.DateField) else WORDS[1:3]
            addresses += [f"{url_of(model, 'add')}?{field.name}={value}" for value in values]
    as_superuser.raise_request_exception = False

    failed = []
    for address in addresses:
        sid = transaction.savepoint()
        if as_superuser.get(address).status_code >= 500:
            failed.append(address[:120])
        transaction.savepoint_rollback(sid)
    assert not failed


# Not a made-up _selected_action: Django's own ValueError, which only a hand-made request meets.
@pytest.mark.parametrize(
    "data",
    [
        {"action": "finns-inte", "_selected_action": "1"},
        {"action": "delete_selected", "_selected_action": "1", "index": "99"},
        {"_save": "1"},
        {"_save": "1", "form-TOTAL_FORMS": "abc", "form-INITIAL_FORMS": "1"},
        {"_save": "1", "form-TOTAL_FORMS": str(10**18), "form-INITIAL_FORMS": "0"},
        {"_save": "1", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": "\0"},
    ],
    ids=str,
)
def test_no_broken_list_makes_an_error_of_the_server(as_superuser, data):
    make(Category)
    as_superuser.raise_request_exception = False
    assert as_superuser.post(url_of(Category, "changelist"), data).status_code < 500


@pytest.mark.parametrize(
    "address", ["autocomplete/?term=%00", "r/abc/1/", "r/1/%00/", "login/?next=%00", "%00/"]
)
def test_no_made_up_address_makes_an_error_of_the_server(as_superuser, address):
    as_superuser.raise_request_exception = False
    assert as_superuser.get(reverse("admin:index") + address).status_code < 500


# --- Lists ---


def titles(page):
    return {str(row) for row in page.context["cl"].result_list}


def test_a_post_is_found_by_a_word_in_its_text(as_superuser, make_post):
    make_post(title="Stambyte", body="<p>Vattnet stängs av i <strong>trapphus</strong> B.</p>")
    make_post(title="Årsmöte", body="<p>Kaffe.</p>")

    assert titles(as_superuser.get(url_of(Post, "changelist"), {"q": "trapphus"})) == {"Stambyte"}


def test_a_role_is_found_by_its_holder(as_superuser, make_holder):
    make_holder("Anna Andersson", "Kassör")
    make_holder("Bo Berg", "Sekreterare")

    assert titles(as_superuser.get(url_of(Role, "changelist"), {"q": "andersson"})) == {"Kassör"}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("nu", {"Syns"}),
        ("kommer", {"Kommer", "Kommer och slutar"}),
        ("utkast", {"Utkast", "Utkast med slut"}),
        ("forbi", {"Förbi"}),
    ],
)
def test_every_post_stands_under_one_state_of_what_visitors_see(as_superuser, make_post, state, found):
    now, day = timezone.now(), timedelta(days=1)
    make_post(title="Syns", published_at=now - day, expires_at=now + day)
    make_post(title="Kommer", published_at=now + day)
    make_post(title="Kommer och slutar", published_at=now + day, expires_at=now + 2 * day)
    make_post(title="Utkast", published_at=None)
    make_post(title="Utkast med slut", published_at=None, expires_at=now - day)
    make_post(title="Förbi", published_at=now - 2 * day, expires_at=now - day)

    page = as_superuser.get(url_of(Post, "changelist"), {"syns": state})

    assert titles(page) == found
    assert {row.title for row in page.context["cl"].result_list if row.is_current} == found & {"Syns"}


def test_lists_stand_in_the_order_that_visitors_see(as_superuser):
    for name, order in (("Sist", 3), ("Först", 1), ("Mitt", 2)):
        Category.objects.create(name=name, order=order)
    page = as_superuser.get(url_of(Category, "changelist"))

    assert [row.name for row in page.context["cl"].result_list] == ["Först", "Mitt", "Sist"]


def test_the_order_is_changed_in_the_list(as_superuser):
    first, second = (Category.objects.create(name=name, order=order) for name, order in (("A", 1), ("B", 2)))
    url = url_of(Category, "changelist")
    values, _ = read_form(as_superuser.get(url), "changelist-form")
    send(as_superuser, url, values | {"form-0-order": "9", "_save": "1"})

    first.refresh_from_db()
    assert first.order == 9


def test_the_list_of_roles_names_those_who_hold_them_today(as_superuser, make_holder):
    today = timezone.localdate()
    make_holder("Förra Ordföranden", "Ordförande", ends_on=today - timedelta(days=1))
    make_holder("Nya Ordföranden", "Ordförande", starts_on=today)
    make_holder("Förra Kassören", "Kassör", ends_on=today - timedelta(days=1))

    page = as_superuser.get(url_of(Role, "changelist")).text
    assert "Nya Ordföranden" in page
    assert "Förra" not in page
    assert "Vakant" in page


# --- The one branch ---


def test_the_list_of_branches_leads_to_the_only_one(as_superuser, branch):
    assert as_superuser.get(url_of(Branch, "changelist")).url == url_of(Branch, "change", branch.pk)


def test_the_branch_is_added_once_and_never_deleted(as_superuser):
    url, values = filled(Branch, as_superuser, name=["Hyresgästföreningen Sollentuna"])
    assert send(as_superuser, url, values).status_code == 302
    assert send(as_superuser, url, values | {"name": ["En till"]}).status_code == 403
    assert as_superuser.get(url).status_code == 403
    assert as_superuser.post(url_of(Branch, "delete", 1), {"post": "yes"}).status_code == 403
    assert [branch.name for branch in Branch.objects.all()] == ["Hyresgästföreningen Sollentuna"]


# --- A post ---


def test_the_author_is_whoever_saved_first(client, superuser):
    client.force_login(superuser)
    url, values = filled(Post, client, title=["Årsmöte"])
    assert send(client, url, values).status_code == 302
    post = Post.objects.get()
    assert post.author == superuser

    client.force_login(User.objects.create_superuser("andra"))
    url, values = filled(Post, client, post, title=["Årsmöte i mars"])
    assert send(client, url, values).status_code == 302
    post.refresh_from_db()
    assert (post.title, post.author) == ("Årsmöte i mars", superuser)


@pytest.mark.parametrize(
    ("days", "linked"), [(-1, True), (1, False), (None, False)], ids=["public", "scheduled", "draft"]
)
def test_only_a_public_post_has_a_link_to_the_site(as_superuser, make_post, days, linked):
    when = None if days is None else timezone.now() + timedelta(days=days)
    page = as_superuser.get(url_of(Post, "change", make_post(published_at=when).pk)).text

    assert ("Visa på webbplats" in page) is linked


# --- The start page and the name ---


@pytest.mark.parametrize(
    ("made", "warned"),
    [
        ({"email": "a@example.org", "show_email": True}, True),
        ({"email": "a@EXAMPLE.ORG", "show_email": True}, True),
        ({"email": "a@example.org", "show_email": False}, False),
        ({"email": "a@example.se", "show_email": True}, False),
    ],
)
def test_the_start_page_warns_while_an_invented_address_can_be_shown(as_superuser, made, warned):
    Person.objects.create(name="Anna Andersson", **made)
    page = as_superuser.get(reverse("admin:index")).text

    assert ("Påhittade e-postadresser" in page) is warned
    assert ("Anna Andersson" in page) is warned


def test_the_start_page_warns_of_a_roles_invented_address_until_it_is_changed(as_superuser):
    role = Role.objects.create(name="Ordförande", email="ordforande@example.org")
    assert "Påhittade" in as_superuser.get(reverse("admin:index")).text

    role.email = "ordforande@hgf.se"
    role.save()
    assert "Påhittade" not in as_superuser.get(reverse("admin:index")).text


@MODELS
def test_every_page_is_named_after_the_branch(as_superuser, model):
    row = make(model)
    for url in (
        url_of(model, "changelist"),
        url_of(model, "change", row.pk),
        url_of(model, "history", row.pk),
    ):
        page = as_superuser.get(url, follow=True).text
        assert f"| {TITLE}</title>" in page
        assert f">{TITLE}</a>" in page
        assert "Django" not in page


def test_a_stranger_is_asked_to_log_in_under_the_name_of_the_branch(client, db):
    page = client.get(reverse("admin:index"), follow=True).text
    assert f"Logga in | {TITLE}</title>" in page


# --- Rules, said at the field they are about ---


def text_file():
    return SimpleUploadedFile("bild.png", b"Det h\xc3\xa4r \xc3\xa4r ingen bild.")


PUBLISHED = {"published_at_0": ["2026-03-01"], "published_at_1": ["18.30"]}
POST = {"title": ["Årsmöte i mars"], "lead": ["Välkommen alla."], "body": ["<p>Kaffe & ”bulle”.</p>"]}
ADDRESS = {"recipient": ["Testföreningen\r\nc/o Test"], "street": ["Box 1"], "city": ["Teststad"]}
REFUSED = [
    (Person, {"name": ["Anna"], "photo": "text file"}, "photo", "gick inte att läsa"),
    (
        Post,
        POST | PUBLISHED | {"expires_at_0": ["2026-02-01"], "expires_at_1": ["12:00"]},
        "expires_at",
        "kan inte",
    ),
    (Post, POST | {"slug": ["arkiv"]}, "slug", "används av webbplatsen"),
    (Post, POST | {"published_at_0": ["0001-01-01"], "published_at_1": ["00:00"]}, "published_at", "1900"),
    (
        Post,
        POST | {"published_at_0": ["i går"], "published_at_1": ["18:00"]},
        "published_at",
        "giltigt datum",
    ),
    (Person, {"name": ["Anna"], "phone": ["070-12"]}, "phone", "giltigt telefonnummer"),
    (Person, {"name": ["Anna"], "email": ["anna(at)hgf.se"]}, "email", "giltig e-postadress"),
    (SocialLink, {"name": ["Facebook"], "url": ["http://facebook.com/x"]}, "url", "https://"),
    (PostalAddress, ADDRESS | {"postal_code": ["1234"]}, "postal_code", "fem siffror"),
    (PostalAddress, ADDRESS | {"postal_code": ["SE-121 28"]}, "postal_code", "fem siffror"),
    (Redirect, {"old_path": ["nyheter/x/"], "target": ["/y/"]}, "old_path", "snedstreck"),
    (Redirect, {"old_path": ["/x/"], "target": ["/x/"]}, "target", "samma som"),
    (Page, {"title": ["Om"], "slug": ["kontakt"]}, "slug", "används av webbplatsen"),
    (Branch, {"name": ["HGF"], "help_url": ["http://hgf.se/"]}, "help_url", "https://"),
]


@pytest.mark.parametrize(
    ("model", "typed", "field", "message"),
    REFUSED,
    ids=[f"{model.__name__}-{field}" for model, _, field, _ in REFUSED],
)
def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(as_superuser, model, typed, field, message):
    upload = {name: text_file() for name, value in typed.items() if value == "text file"}
    typed = {name: value for name, value in typed.items() if name not in upload}
    url, values = filled(model, as_superuser, **typed)
    response = as_superuser.post(url, values | upload)

    errors = errors_at(response)
    assert list(errors) == [field]
    assert message in errors[field]
    assert f'id="id_{field}_error"' in response.text  # beside the field, and read out with it
    shown, _ = read_form(response, form_id_of(model))
    assert {name: shown[name] for name in typed} == typed
    assert not model.objects.exists()


def test_a_term_that_ends_before_it_starts_is_refused_in_its_row(as_superuser, make_holder):
    holder = make_holder("Anna Andersson", "Kassör")
    typed = {"assignments-0-starts_on": ["2026-03-01"], "assignments-0-ends_on": ["2025-03-01"]}
    url, values = filled(Role, as_superuser, holder.role, **typed)
    response = send(as_superuser, url, values)

    assert list(errors_at(response)) == ["ends_on"]
    assert "kan inte sluta innan" in errors_at(response)["ends_on"]
    shown, _ = read_form(response, form_id_of(Role))
    assert {name: shown[name] for name in typed} == typed


def test_a_holder_is_added_in_the_form_of_the_role(as_superuser):
    role, person = Role.objects.create(name="Kassör"), Person.objects.create(name="Anna Andersson")
    new = {"assignments-TOTAL_FORMS": ["1"], "assignments-0-role": [role.pk], "assignments-0-order": ["0"]}
    url, values = filled(Role, as_superuser, role, **new, **{"assignments-0-person": [person.pk]})

    assert send(as_superuser, url, values).status_code == 302
    assert Assignment.objects.get().person == person


def test_somebody_with_the_rights_but_no_superuser_may_say_who_holds_a_role(client, superuser, make_holder):
    holder = make_holder("Anna Andersson", "Kassör")
    admin_of_contacts = User.objects.create_user("kontakt", is_staff=True)
    request = RequestFactory().get("/")
    request.user = superuser
    form = REGISTRY[User].get_form(request, admin_of_contacts)
    offered = form.base_fields["user_permissions"].queryset
    admin_of_contacts.user_permissions.add(*offered.filter(content_type__app_label="contacts"))
    client.force_login(admin_of_contacts)

    page = client.get(url_of(Role, "change", holder.role.pk)).text
    assert "assignments-0-person" in page
    assert client.get(url_of(Post, "changelist")).status_code == 403


def test_a_picture_is_taken_by_the_form_and_shown_for_change(as_superuser, picture_file):
    url, values = filled(Post, as_superuser, **POST, **PUBLISHED, image_alt=["Ett hus."])
    assert as_superuser.post(url, values | {"image": picture_file()}).status_code == 302

    post = Post.objects.get()
    assert post.image.name.startswith("nyheter/")
    assert post.image.url in as_superuser.get(url_of(Post, "change", post.pk)).text
