"""What DNS says of the domain that letters come from: whether other mail servers believe them."""

import time

import dns.exception
import dns.resolver
from django.core.checks import Info
from django.core.checks import Warning as Notice

SECONDS = 2  # for all questions together


def notices_about(domain):
    """Yield what the records of a domain lack. Asks DNS, so never while the site starts."""
    until = time.monotonic() + SECONDS
    parents = [domain.split(".", number)[-1] for number in range(domain.count("."))]
    try:
        senders = [text for text in texts(domain, until) or [] if text.lower().startswith("v=spf1")]
        has_key = texts(f"_domainkey.{domain}", until) is not None
        policies = (text for name in parents for text in texts(f"_dmarc.{name}", until) or [])
        has_policy = any(text.startswith("v=DMARC1") for text in policies)
    except dns.exception.DNSException as error:
        yield Info(f"What letters from {domain} need was not looked at: {error}", id="hgf_site.I001")
        return
    if len(senders) != 1:
        yield Notice(
            f"{domain} has {len(senders)} SPF records, and needs one: letters may be taken for forged.",
            hint='One TXT record, "v=spf1 … -all", names the mail servers that may send.',
            id="hgf_site.W011",
        )
    if not has_key:
        yield Notice(
            f"{domain} has no DKIM key: nobody can tell whether its letters were changed or forged.",
            hint=f"Let the mail server sign, and put its key at SELECTOR._domainkey.{domain}.",
            id="hgf_site.W012",
        )
    if not has_policy:
        yield Notice(
            f"{domain} has no DMARC record: large mail services refuse letters to many without one.",
            hint=f'A TXT record at _dmarc.{domain}, "v=DMARC1; p=none" to begin with.',
            id="hgf_site.W013",
        )


def texts(name, until):
    """Return the TXT records of a name; None if neither it nor anything below it is there (RFC 8020)."""
    left = max(until - time.monotonic(), 0.01)
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=left, raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return None
    return [b"".join(record.strings).decode(errors="replace") for record in answer]
