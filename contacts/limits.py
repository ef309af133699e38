"""How many addresses one client, and all clients together, may be shown in a minute and an hour.

The counts live in the database, so that all workers share them. A client is known only by a keyed
hash that changes daily; rows are deleted after an hour.
"""

import hmac
import time
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts.models import EmailLimit

SECONDS = {"minute": 60, "hour": 3600}
CLOCKS_DIFFER = 5  # seconds
SITE = ""  # the row of all clients together, for addresses


def client_network(address):
    """Return the IP address under which the client at an IP address (text) is counted, or None.

    An IPv6 client is its /64 network, which is what one household has (RFC 6177). What is no address
    at all (a server behind a socket) is None.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip_network((ip, 64), strict=False).network_address
    return str(ip)


def client_key(address, purpose=SITE):
    """Return the name under which the client at an IP address is counted today, for one purpose."""
    message = f"contacts.limits {purpose} {timezone.localdate()} {client_network(address)}"
    return hmac.new(settings.SECRET_KEY.encode(), message.encode(), "sha256").hexdigest()


def seconds_to_wait(address, limits=None, purpose=SITE):
    """Count a request of the client at an IP address, for a purpose that is counted by itself.

    `limits` is as settings.EMAIL_LIMITS, which it is by default. Return 0, or the whole seconds after
    which she may ask again; such a request is not counted.
    """
    limits = limits or settings.EMAIL_LIMITS
    now = time.time()
    limits = {purpose: limits["site"], client_key(address, purpose): limits["client"]}
    with transaction.atomic():
        EmailLimit.objects.filter(updated_at__lt=timezone.now() - timedelta(hours=1)).delete()
        rows = [locked_row(client) for client in limits]
        wait = max(wait_of(row, limits[row.client], now) for row in rows)
        if not wait:
            for row in rows:
                row.times = [*within(row.times, "hour", now), now]
                row.save()
    return wait


def locked_row(client):
    """Return the client's row, which nobody else can change until the transaction ends."""
    EmailLimit.objects.get_or_create(client=client)
    return EmailLimit.objects.select_for_update().get(client=client)


def within(times, period, now):
    """Return those of the times that lie in the last minute or hour.

    Not what lies ahead: a clock that was wrong and put right must lock nobody out until then.
    """
    return [at for at in times if now - SECONDS[period] < at <= now + CLOCKS_DIFFER]


def wait_of(row, limits, now):
    """Return the seconds until `row` is under every limit, 0 when it is."""
    waits = [0]
    for period, most in limits.items():
        recent = within(row.times, period, now)
        if len(recent) >= most:
            waits.append(ceil(recent[-most] + SECONDS[period] - now))
    return max(waits)
