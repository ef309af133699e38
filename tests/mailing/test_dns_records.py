"""What manage.py check --deploy says of the domain that letters come from, by a DNS server that it asks."""

import time

import dns.resolver
import pytest
from django.core.checks import run_checks

from tests.helpers.dns_server import dns_server

SPF, DMARC = '"v=spf1 mx " "-all"', '"v=DMARC1; p=none"'
KEY = {"nyckel._domainkey.www.example.org": ['"v=DKIM1; p=abc"']}
ALL = {"www.example.org": [SPF, '"other=1"'], "_dmarc.example.org": [DMARC], **KEY}


@pytest.fixture
def said(site, monkeypatch):
    """Return which checks with "dns" in them find something: said(records)."""
    site.SITE_URL = "https://www.example.org"
    site.DEFAULT_FROM_EMAIL = "Vi <brev@www.example.org>"

    def said(records, *, deploy=True):
        with dns_server(records) as port:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = ["127.0.0.1"], port
            monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
            found = run_checks(include_deployment_checks=deploy)
        return sorted(
            {one.id for one in found} & {f"hgf_site.{key}" for key in ("W011", "W012", "W013", "I001")}
        )

    return said


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (ALL, []),
        ({**ALL, "www.example.org": []}, ["hgf_site.W011"]),
        ({**ALL, "www.example.org": [SPF, SPF.replace("mx", "a")]}, ["hgf_site.W011"]),
        ({name: texts for name, texts in ALL.items() if name not in KEY}, ["hgf_site.W012"]),
        ({**KEY, "www.example.org": [SPF]}, ["hgf_site.W013"]),
        ({}, ["hgf_site.W011", "hgf_site.W012", "hgf_site.W013"]),
    ],
)
def test_what_the_domain_of_the_letters_lacks_is_said(said, records, expected):
    assert said(records) == expected


def test_a_dns_server_that_is_silent_holds_up_nobody_for_long(said):
    began = time.monotonic()
    assert said(None) == ["hgf_site.I001"]
    assert time.monotonic() - began < 10  # of which 2 are for DNS


def test_dns_is_asked_only_before_a_deployment_and_where_letters_are_sent(said, site):
    assert said({}, deploy=False) == []
    site.SENDS_EMAIL = False
    assert said({}) == []
