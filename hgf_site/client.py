"""Who the client is, and which scheme she used: decided once, before anything else sees the request."""

from functools import lru_cache
from ipaddress import ip_address

FORWARDING_HEADERS = (
    *(f"HTTP_X_FORWARDED_{name}" for name in ("FOR", "PROTO", "HOST", "PORT", "PREFIX", "SERVER")),
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
)


class TrustedProxies:
    """WSGI wrapper: X-Forwarded-For and -Proto count only from the networks in `trusted`.

    Afterwards REMOTE_ADDR and wsgi.url_scheme are the client's, and no forwarding header is left
    for anybody to believe.
    """

    def __init__(self, application, trusted):
        self.application = application
        self.trusted = trusted  # ipaddress networks
        self.is_trusted = lru_cache(maxsize=1024)(self.is_in_a_trusted_network)  # asked for every request

    def __call__(self, environ, start_response):
        forwarded_for = environ.get("HTTP_X_FORWARDED_FOR", "")
        proto = environ.get("HTTP_X_FORWARDED_PROTO", "")
        for name in FORWARDING_HEADERS:
            if name in environ:
                del environ[name]
        peer = environ.get("REMOTE_ADDR", "")
        if self.is_trusted(peer):
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
        """Return the nearest address that is not a proxy of ours: what is left of it may be forged."""
        client = peer
        for hop in reversed([hop.strip() for hop in forwarded_for.split(",")]):
            try:
                client = str(ip_address(without_port(hop)))
            except ValueError:
                break
            if not self.is_trusted(client):
                break
        return client


def without_port(hop):
    """ "203.0.113.9:4711" → "203.0.113.9", "[2001:db8::1]:4711" → "2001:db8::1"."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
