"""Rows of any model, and the admin's forms as a browser fills in and sends them."""

import re
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
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnCredential
from phonenumber_field.modelfields import PhoneNumberField

from contacts.models import Area, Branch, PostalCodeField
from documents.models import Document
from moving.models import Imported
from news.models import Attachment, Page, Picture, Post, Redirect, Translation
from news.parts.translations import other_languages
from tests.helpers.pdfs import make_pdf

REGISTRY = admin.site._registry
OTHERS = [code for code, _ in other_languages()]
WITHOUT_FORMS = {Imported}  # its rows are made by a command, and changed in the forms of the texts


def each_model(models):
    return pytest.mark.parametrize(
        "model", sorted(models, key=lambda model: model._meta.label), ids=lambda model: model.__name__
    )


LISTS = each_model(REGISTRY)
MODELS = each_model(REGISTRY.keys() - WITHOUT_FORMS)
BACK_TO_FORM = {"_continue": "1"}
numbers = count(1)


# --- Rows for any model ---

# What cannot be guessed from a field's kind.
GIVEN = {
    Branch: lambda n: {"start_links": f"Felanmälan {n} https://example.org/"},
    Post: lambda n: {
        "published_at": timezone.now() - timedelta(days=1),
        "body": f"<p>Stycke {n}</p>",
        "image_alt": "",  # there is no picture
    },
    Page: lambda n: {"published_at": timezone.now() - timedelta(days=1), "body": f"<p>Stycke {n}</p>"},
    Document: lambda n: {
        "published_at": timezone.now() - timedelta(days=1),
        # A file of the storage is taken as it is; an upload would be written anew, which takes a process.
        "file": default_storage.save("dokument/prov.pdf", ContentFile(make_pdf(f"Dokument {n}"))),
        "pages": 1,
    },
    Picture: lambda n: {  # of what it is given
        "post": None,
        "page": None,
        "number": n,
        "image": f"nyheter/{n}.jpg",
        "image_width": 80,
        "image_height": 60,
    },
    Area: lambda n: {"former_hosts": f"prov{n}.example.org"},
    Imported: lambda n: {"kind": "article", "run": 1, "flags": " expired ", "page": make(Page)},
    Attachment: lambda n: {"post": None, "page": None},  # of what it is given
    Translation: lambda n: {"post": None, "page": None, "language": OTHERS[n % len(OTHERS)]},
    Redirect: lambda n: {"old_path": f"/gammal-{n}/", "target": f"/ny-{n}/"},
    LogEntry: lambda n: {"action_flag": 2, "object_repr": "Prov", "change_message": ""},
    WebAuthnCredential: lambda n: {"credential_id": f"prov {n}".encode()},
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
    if model in (Attachment, Translation) and not {"post", "page"} & given.keys():
        given["post"] = make(Post)
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


def delete(client, row):
    return client.post(url_of(type(row), "delete", row.pk), {"post": "yes"}, follow=True)


def undo_address(response):
    """Return where the button in the message about a deletion leads."""
    return re.search(r'action="([^"]*/papperskorg/angra/\d+/)"', response.text)[1]
