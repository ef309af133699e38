"""Internet addresses of clients."""

from ipaddress import IPv6Address, ip_address, ip_network


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


def client_networks(address):
    """Return the networks (texts) in which the client at an IP address is counted, the narrowest first.

    An end site gets a /56 or /48 of IPv6 (RFC 6177) and may use every /64 in it: one attacker, or one
    block of flats. So an IPv6 client is counted in all three; the wider ones deserve larger numbers.
    """
    network = client_network(address)
    if network is None or ":" not in network:
        return [str(network)]
    return [str(ip_network((network, length), strict=False)) for length in (64, 56, 48)]


def provider_network(address):
    """Return what stands for the provider of the client at an IP address: its /32, of IPv4 its /16 (text)."""
    network = client_network(address)
    return network and str(ip_network((network, 32 if ":" in network else 16), strict=False))
