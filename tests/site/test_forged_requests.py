"""What no page of ours sends, from somebody who may do everything: refused, and never an error of ours."""

import random
from urllib.parse import quote

import pytest
from django.db import transaction

from tests.helpers.admin_pages import named_addresses
from tests.helpers.hostile import NAUGHTY

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
IDS = (
    "0",
    "-1",
    "1",
    "99999999",
    "9" * 30,
    "x",
    "½",
    "１",
    "%00",
    "%ff",
    "..%2f1",
    "1_2F",
    "_",
    "1'--",
    "å" * 300,
)
WORDS = """
_to_field _popup _changelist_filters _saveasnew _save _move _undo _codes _remove _off _phone action
_selected_action select_across index post passkey code next q p o e all id__exact pk__in password
title__regex app_label model_name field_name term version other from to day slug body published_at_0
published_at_1 form-TOTAL_FORMS form-INITIAL_FORMS form-0-id occurrences-TOTAL_FORMS
occurrences-INITIAL_FORMS occurrences-0-id occurrences-0-day csrfmiddlewaretoken image file unsaved_copy
_from is_staff groups
"""
NAMES = WORDS.split()
ODD = "1 0 -1 1.5 1e9 NaN [] {} null delete_selected on 0001-01-01 9999-12-31 25:61 id password"
VALUES = [
    *NAUGHTY, *ODD.split(), "1" * 40, "https://elak.example/", "//elak.example", "\ud800", "a\r\nX: y",
]  # fmt: skip
BODIES = (
    ("application/json", b'{"a": NaN'),
    ("multipart/form-data", b"no boundary"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n\0',
    ),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
    ("application/x-www-form-urlencoded; charset=klingon", b"%ff=%fe&a[b]=c"),
    ("application/x-www-form-urlencoded; charset=utf-7", b"title=+ADw-"),
    ("application/x-www-form-urlencoded", b"title=%ff%fe&_selected_action=%00"),
    ("text/plain", b"\0"),
    ("", b""),
)


class Forger:
    def __init__(self, seed, addresses):
        self.random = random.Random(seed)  # noqa: S311  the same ones in every run
        self.addresses = addresses

    def request(self):
        """Return (method, address with a query, body, content type)."""
        choose = self.random.choice
        parts = choose(self.addresses).split("/")
        numbers = [place for place, part in enumerate(parts) if part.isdigit()]
        if numbers and self.random.random() < 0.6:
            parts[choose(numbers)] = choose(IDS)
        address = "/".join(parts)
        if self.random.random() < 0.6:
            address += f"?{self.pairs()}"
        if self.random.random() < 0.3:
            kind, body = choose(BODIES)
        else:
            kind, body = "application/x-www-form-urlencoded", self.pairs().encode()
        return choose(METHODS[:3] if self.random.random() < 0.8 else METHODS), address, body, kind

    def pairs(self):
        names = self.random.choices(NAMES, k=self.random.randint(1, 6))
        return "&".join(
            f"{name}={quote(self.random.choice(VALUES)[:2000], errors='surrogatepass')}" for name in names
        )


@pytest.mark.parametrize(
    ("seed", "count"),
    [(0, 100), *(pytest.param(seed, 5000, marks=pytest.mark.long) for seed in (1, 2, 3, 4))],
)
def test_no_forged_request_of_staff_makes_an_error_of_ours(as_superuser, rows, seed, count):
    client = as_superuser
    client.raise_request_exception = False
    forger = Forger(seed, [address for name, address in named_addresses(rows) if name != "logout"])
    session, errors = client.cookies["sessionid"].value, []
    for _ in range(count):
        method, address, body, kind = forger.request()
        client.cookies["sessionid"] = session
        point = transaction.savepoint()
        answer = client.generic(method, address, body, content_type=kind)
        transaction.savepoint_rollback(point)
        if answer.status_code >= 500:
            errors.append((answer.status_code, method, address, kind, body[:300]))
    assert errors == []


@pytest.mark.any_database
def test_save_as_new_which_no_form_offers_is_no_error(as_superuser, rows):
    """Django shows a refused form again as one of something new then, without a row of its own."""
    forms = [address for name, address in named_addresses(rows) if name.endswith(("_add", "_change"))]
    assert forms
    for address in forms:
        answer = as_superuser.post(address, {"_saveasnew": "1"})
        assert answer.status_code < 500, address
