"""Addresses: which of them only this machine reaches, and what may stand for a server."""

import ipaddress
import re
from urllib.parse import urlsplit

from cellsense.errors import OptionError
from cellsense.remote.token import TOKEN, TOKEN_FILE

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
    over the network in clear. No error shows what may be a secret.
    """
    shown = _without_secrets(url)
    wrong = OptionError(
        f'{name} is "{shown}", which can\'t be the address of a server: give scheme and host, and '
        "a path if it has one, as in https://cellsense.example.org or http://localhost:8000."
    )
    if "@" in url:  # in a path, too: a password with a slash looks like one
        raise OptionError(
            f'{name} is "{shown}", which can\'t be the address of a server: name and password '
            f"don't belong in it. Set {TOKEN} to the token, or {TOKEN_FILE} to a file with it."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    extra = parts.query or parts.fragment
    strange = any(sign.isspace() or not sign.isprintable() for sign in url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or extra or strange:
        raise wrong
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise OptionError(
            f"{name} is {shown}: without TLS everybody on the way could read the texts and the "
            "token. Use https, or http to this machine only."
        )
    suffix = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{in_url(parts.hostname)}{suffix}{parts.path.rstrip('/')}"


def _without_secrets(url: str) -> str:
    """Return a URL to show, be it as broken as it may: a password can hold any sign."""
    shown = re.sub(r"^(\w+:/+)?.*@", r"\1***@", url, flags=re.DOTALL)
    return re.sub(r"([?#]).*", r"\1***", shown, flags=re.DOTALL)
