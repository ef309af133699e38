"""How often one client, and all together, may ask: for addresses, letters, logins, a message to a role.

The counts live in the database, so that all workers share them. A client is known only by a keyed
hash that changes daily; rows are deleted after an hour.
"""

import hmac
import time
from datetime import timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.network import client_networks, provider_network
from contacts.models import EmailLimit

WINDOW_SECONDS = {"minute": 60, "quarter": 900, "hour": 3600}
CLOCKS_DIFFER = 5  # seconds
NETWORK_FACTORS = (1, 2, 4)  # times as many for a client, and for the /56 and /48 that an IPv6 client is in
SITE = ""  # the row of all clients together, for addresses


def seconds_to_wait(address):
    """Count that the client at an IP address is shown an e-mail address, by settings.EMAIL_LIMITS.

    Return 0, or the whole seconds after which the client may ask again; such a request is not counted.
    """
    now = time.time()
    own, shared = limit_rules(SITE, address, settings.EMAIL_LIMITS, now)
    return take(own | shared, now)


def limit_rules(purpose, address, limits, now):
    """Return two dicts of rules for take(): the client's own, and those that it shares with all others.

    `limits`: {"client": {period: number}, "site": {period: number}}. The last quarter of the site's number
    is for clients that have asked for nothing this hour, and never for one provider's network.
    """
    own = client_rules(f"{purpose} {timezone.localdate()}", address, limits["client"])
    has_asked = any(within(row.times, "hour", now) for row in EmailLimit.objects.filter(client__in=own))
    most = at_most(share_of(limits["site"], 0.75))
    shared = {purpose: most if has_asked else at_most(limits["site"])}
    if provider := provider_network(address):
        shared[keyed_hash(f"{purpose} {provider}")] = most
    return own, shared


def share_of(limits, share):
    return {period: ceil(most * share) for period, most in limits.items()}


def keyed_hash(text):
    message = f"contacts.limits {text}"
    return hmac.new(settings.SECRET_KEY.encode(), message.encode(), "sha256").hexdigest()


def client_rules(purpose, address, limits):
    """Return the rules for take() by which the client at an IP address is counted for a purpose.

    `limits`: {period: number} for one client; an IPv6 /56 or /48 together has NETWORK_FACTORS times as many.
    """
    networks = zip(NETWORK_FACTORS, client_networks(address), strict=False)
    return {
        keyed_hash(f"{purpose} {network}"): at_most(share_of(limits, factor)) for factor, network in networks
    }


def at_most(limits):
    """Return the rule "not more than {period: number}", for take()."""

    def seconds(times, now):
        waits = [0]
        for period, most in limits.items():
            recent = within(times, period, now)
            if len(recent) >= most:
                waits.append(ceil(recent[-most] + WINDOW_SECONDS[period] - now))
        return max(waits)

    return seconds


def take(rules, now):
    """Count an event at `now` (seconds since 1970) under every name in `rules`, unless one says to wait.

    `rules`: {name: function of (times counted in the last hour, now) -> whole seconds to wait, or 0}.
    Return the longest wait; an event that has to wait is not counted.
    """
    with transaction.atomic():
        EmailLimit.objects.filter(updated_at__lt=timezone.now() - timedelta(hours=1)).delete()
        rows = locked_rows(rules)
        wait = longest_wait(rules, rows, now)
        if not wait:
            for row in rows:
                row.times = [*within(row.times, "hour", now), now]
                row.save()
    return wait


def next_wait(rules, now):
    """Return what take() would, and count nothing."""
    return longest_wait(rules, EmailLimit.objects.filter(client__in=rules), now)


def give_back(names, at):
    """Count no more what take() counted under these names `at` a moment."""
    with transaction.atomic():
        for row in locked_rows(names):
            if at in row.times:
                row.times.remove(at)
                row.save()


def forget(name):
    """Count nothing any more of what was counted under a name."""
    EmailLimit.objects.filter(client=name).update(times=[])


def longest_wait(rules, rows, now):
    return max((rules[row.client](within(row.times, "hour", now), now) for row in rows), default=0)


def locked_rows(names):
    """Return the rows with these names, which nobody else can change until the transaction ends."""
    EmailLimit.objects.bulk_create((EmailLimit(client=name) for name in sorted(names)), ignore_conflicts=True)
    return list(EmailLimit.objects.select_for_update().filter(client__in=names).order_by("client"))


def within(times, period, now):
    """Return those of the times that lie in the last minute, quarter or hour.

    Not what lies ahead: a clock that was wrong and put right must lock nobody out until then.
    """
    return [at for at in times if now - WINDOW_SECONDS[period] < at <= now + CLOCKS_DIFFER]
