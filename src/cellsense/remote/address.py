"""Addresses: which of them only this machine reaches, and what may stand for a server."""

import ipaddress
from urllib.parse import urlsplit

from cellsense.errors import OptionError

DEFAULT_PORTS = {"http": 80, "https": 443}


def is_wildcard(host: str) -> bool:
    """Tell whether an address stands for all addresses of the machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return not host


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def in_url(host: str) -> str:
    """Return a host as URLs write it."""
    return f"[{host}]" if ":" in host else host.lower()


def check_server_url(url: str, name: str) -> str:
    """Return a server's URL without a slash at its end; `name` is where it was given.

    Raises OptionError for what is no URL, and for http to other machines: texts and token would go
    over the network in clear.
    """
    wrong = OptionError(
        f'{name} is "{url}", which can\'t be the address of a server: give scheme and host, as in '
        "https://cellsense.example.org or http://localhost:8000."
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    extra = parts.query or parts.fragment or parts.username or parts.password
    strange = any(sign.isspace() or not sign.isprintable() for sign in url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or extra or strange:
        raise wrong
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise OptionError(
            f"{name} is {url}: without TLS everybody on the way could read the texts and the "
            "token. Use https, or http to this machine only."
        )
    suffix = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{in_url(parts.hostname)}{suffix}{parts.path.rstrip('/')}"
