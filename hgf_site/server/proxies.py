"""The address and the scheme of the client: decided once, before anything else sees the request."""

import re
from functools import lru_cache
from ipaddress import ip_address
from itertools import count
from secrets import token_hex

from common.logs import request_id

FORWARDING_HEADERS = (
    *(f"HTTP_X_FORWARDED_{name}" for name in ("FOR", "PROTO", "HOST", "PORT", "PREFIX", "SERVER")),
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
)
REQUEST_ID = re.compile("[A-Za-z0-9]{1,64}")


class TrustedProxies:
    """WSGI wrapper: X-Forwarded-For and -Proto and X-Request-ID count only from the networks in `trusted`.

    Afterwards REMOTE_ADDR and wsgi.url_scheme are the client's, every forwarding header is removed, and
    X-Request-ID is the proxy's, if it is letters and digits, or else one of ours.
    """

    def __init__(self, application, trusted):
        self.application = application
        self.prefix, self.numbers = token_hex(6), count()  # of the ids that are ours
        self.trusted = trusted  # ipaddress networks
        self.is_trusted = lru_cache(maxsize=1024)(self.is_in_a_trusted_network)  # asked for every request

    def __call__(self, environ, start_response):
        forwarded_for = environ.get("HTTP_X_FORWARDED_FOR", "")
        proto = environ.get("HTTP_X_FORWARDED_PROTO", "")
        for name in FORWARDING_HEADERS:
            if name in environ:
                del environ[name]
        peer = environ.get("REMOTE_ADDR", "")
        is_trusted = self.is_trusted(peer)
        given = environ.get("HTTP_X_REQUEST_ID", "")
        if not (given and is_trusted and REQUEST_ID.fullmatch(given)):
            environ["HTTP_X_REQUEST_ID"] = given = f"{self.prefix}{next(self.numbers):x}"
        request_id.set(given)
        if is_trusted:
            environ["REMOTE_ADDR"] = self.client(peer, forwarded_for)
            scheme = proto.rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self.application(environ, start_response)

    def is_in_a_trusted_network(self, address):
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip in network for network in self.trusted)

    def client(self, peer, forwarded_for):
        """Return the last address that is not a trusted proxy's: those before it may be forged."""
        client = peer
        for hop in reversed([hop.strip() for hop in forwarded_for.split(",")]):
            try:
                ip = ip_address(without_port(hop))
            except ValueError:
                break
            if getattr(ip, "scope_id", None):  # a name of any length, of no meaning elsewhere
                break
            client = str(ip)
            if not self.is_trusted(client):
                break
        return client


def without_port(hop):
    """ "203.0.113.9:4711" → "203.0.113.9", "[2001:db8::1]:4711" → "2001:db8::1"."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
