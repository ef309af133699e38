"""What no admin page may do, whatever the model: a query per row, or an error of the server."""

import re
from collections import Counter
from urllib.parse import urlencode

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Branch
from news.models import Category
from tests.helpers.admin_forms import (
    BACK_TO_FORM,
    LISTS,
    MODELS,
    REGISTRY,
    WITHOUT_FORMS,
    delete,
    form_id_of,
    grow,
    make,
    read_form,
    send,
    url_of,
)
from tests.helpers.admin_pages import patterns

# --- The number of queries ---


def queries(client, url):
    """The shapes of the queries that a page makes: their text without its values."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code in (200, 302), url
    return Counter(re.sub(r"'[^']*'|\b\d+\b", "?", query["sql"]) for query in captured.captured_queries)


@pytest.mark.any_database
@pytest.mark.parametrize("count", [4, pytest.param(20, marks=pytest.mark.long)])
@LISTS
def test_every_page_asks_as_often_for_one_row_as_for_many(model, as_superuser, count):
    row = make(model)
    grow(row, 1)
    changelist = url_of(model, "changelist")
    pages = [changelist, f"{changelist}?q=prov", f"{changelist}?_facets=True"]
    pages += [url_of(model, page, row.pk) for page in ("change", "history")]
    if model not in {Branch, *WITHOUT_FORMS}:  # of a branch there is only one
        pages.append(url_of(model, "add"))
    ContentType.objects.get_for_models(*REGISTRY)  # which Django keeps in memory
    few = {url: queries(as_superuser, url) for url in pages}

    for _ in range(count - 1):
        grow(make(model), 1)
    grow(row, count - 1)
    many = {url: queries(as_superuser, url) for url in pages}

    assert not {url: many[url] - few[url] for url in pages if many[url].total() > few[url].total()}


# --- Input that nobody meant to send ---

TEXTS = ["", "a\0b", "å" * 20_000, "\ud800", "<script>'\"--\u202e", "9" * 5000]
DATES = ["0001-01-01", "9999-12-31", "0000-00-00", "2026-02-30"]
TIMES = ["00:00", "24:00"]
INTEGERS = ["-1", "32768", str(10**18), str(10**20), "NaN"]
HOSTILE = {"date": DATES, "time": TIMES, "vIntegerField": INTEGERS, "number": INTEGERS}


def hostile_posts(values, kinds):
    """Yield the form with one field changed at a time, then with all of them changed."""
    fields = [name for name, kind in kinds.items() if kind != "file" and name != "csrfmiddlewaretoken"]
    for name in fields:
        for value in [*HOSTILE.get(kinds[name], []), *TEXTS]:
            yield name, value, values | {name: [value]}
    for value in TEXTS:
        yield "all", value, values | {name: [value] for name in fields if kinds[name] != "hidden"}
    dates = {name: name.removesuffix("_0") + "_1" for name, kind in kinds.items() if kind == "date"}
    for date, time in dates.items():
        if time in kinds:
            for day, clock in [("0001-01-01", "00:00"), ("0001-01-01", "01:30"), ("9999-12-31", "23:59:59")]:
                yield date, f"{day} {clock}", values | {date: [day], time: [clock]}


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.long)])
@MODELS
def test_no_value_in_a_form_makes_an_error_of_the_server(model, as_superuser, step):
    row = make(model)
    grow(row, 1)
    url, changelist = url_of(model, "change", row.pk), url_of(model, "changelist")
    values, kinds = read_form(as_superuser.get(url), form_id_of(model))
    assert send(as_superuser, url, values).status_code == 302, "the form cannot even be saved unchanged"
    as_superuser.raise_request_exception = False

    failed = []
    for name, value, data in list(hostile_posts(values, kinds))[::step]:
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


def hostile_addresses(model, row):
    changelist, change = url_of(model, "changelist"), url_of(model, "change", row.pk)
    yield from (f"{changelist}?{query}" for query in hostile_queries(model))
    yield from (
        f"{change}?{name}={value}" for name in ("_to_field", "_changelist_filters") for value in WORDS
    )
    yield from (
        f"{changelist}{word}/{page}/" for word in WORDS[1:] for page in ("change", "history", "delete")
    )
    if model is not Branch:  # there is one
        for field in filter(lambda field: not field.auto_created, model._meta.get_fields()):
            values = WORDS[1:3] + MOMENTS if isinstance(field, models.DateField) else WORDS[1:3]
            yield from (f"{url_of(model, 'add')}?{field.name}={value}" for value in values)


@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")  # in the running site too
@pytest.mark.parametrize("step", [73, pytest.param(1, marks=pytest.mark.long)])
@LISTS
def test_no_query_string_makes_an_error_of_the_server(model, as_superuser, step):
    addresses = list(hostile_addresses(model, make(model)))[::step]
    as_superuser.raise_request_exception = False

    failed = []
    for address in addresses:
        sid = transaction.savepoint()
        if as_superuser.get(address).status_code >= 500:
            failed.append(address[:120])
        transaction.savepoint_rollback(sid)
    assert not failed


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


@pytest.mark.parametrize("key", [2**63, *(pytest.param(key, marks=pytest.mark.long) for key in (0, 10**8))])
def test_no_address_of_something_gone_makes_an_error_of_the_server(as_superuser, key):
    delete(as_superuser, make(Category))  # or the trash has nothing to look through
    as_superuser.raise_request_exception = False
    failed = []
    for pattern in patterns():
        wanted = list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
        if wanted and wanted != ["app_label"]:
            address = reverse(f"admin:{pattern.name}", args=[key] * len(wanted))
            for method in (as_superuser.get, as_superuser.post):
                if (status := method(address).status_code) >= 500:
                    failed.append((method.__name__, address, status))
    assert failed == []


@pytest.mark.any_database
@MODELS
def test_no_form_is_filled_in_by_its_address(model, as_superuser):
    if model is Branch:  # there is only one, made already
        return
    url = url_of(model, "add")
    names = [field.name for field in model._meta.fields]
    filled = as_superuser.get(f"{url}?{urlencode(dict.fromkeys(names, 'ifyllt-utifran'))}")
    assert filled.status_code == 200
    assert "ifyllt-utifran" not in re.sub(r'action="[^"]*"|href="[^"]*"', "", filled.text)
