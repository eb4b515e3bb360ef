"""Who may use the server: this machine's user, or those who show a token or a Microsoft identity.

On the loopback address the gate (see `gate`) keeps other web pages out, and a token would protect
nothing more: whoever runs programs as the user needs no server to run cellsense. Anything that can
be reached from other machines needs a token or an identity provider, and TLS.
"""

import json
import os
from dataclasses import dataclass

from cellsense.errors import OptionError
from cellsense.remote.address import is_wildcard
from cellsense.remote.token import TOKEN, checked_token, new_token
from cellsense.remote.token import holds_token as holds
from cellsense_addin.server.site import Site

PROVIDERS = "XLWINGS_AUTH_PROVIDERS"
_ENTRA = ("XLWINGS_AUTH_ENTRAID_CLIENT_ID", "XLWINGS_AUTH_ENTRAID_TENANT_ID")


@dataclass(frozen=True, slots=True)
class Access:
    """How xlwings Server tells who calls: the names of its auth providers, and our token."""

    providers: tuple[str, ...] = ()
    token: str = ""

    def __str__(self) -> str:
        if self.token:
            return "(with the access token)"
        return "(after signing in with Entra ID)" if self.providers else ""


def choose_access(site: Site, token: str | None) -> Access:
    """Return who may use a site. Raises OptionError where that would be anybody in reach."""
    providers = _configured_providers()
    if token and providers:
        raise OptionError(f"Both an access token and {PROVIDERS} were given: use one of them.")
    access = Access(("custom",), checked_token(token)) if token else Access(providers)
    if not site.local:
        _check_network(site, access)
    return access


def holds_token(header: str) -> bool:
    """Tell whether an Authorization header holds this server's token, in constant time."""
    return holds(header, os.environ.get(TOKEN, ""))


def _check_network(site: Site, access: Access) -> None:
    if not access.providers:
        raise OptionError(
            f"Other machines reach {site.origin}: choose an access token and set {TOKEN} to it, or "
            f"set {PROVIDERS} (see docs/server.md). Here is a new token: "
            f"{new_token()}"
        )
    if not site.url and is_wildcard(site.host):
        raise OptionError(
            f"{site.host} stands for all addresses of this machine: name the one that Excel finds "
            "it at with --url, such as https://cellsense.example.org:8000."
        )
    if not site.origin.startswith("https://"):
        raise OptionError(
            f"Other machines reach {site.origin}, and without TLS everybody on the way could read "
            "the reviews: give --certificate and --key, or --url with the https address of the "
            "proxy that adds TLS."
        )


def _configured_providers() -> tuple[str, ...]:
    """Read the setting of xlwings Server, and refuse what it would trip over at the first call."""
    setting = os.environ.get(PROVIDERS, "").strip()
    try:
        names = json.loads(setting) if setting else []
    except ValueError:
        names = None
    if names not in ([], ["entraid"]):
        raise OptionError(
            f'{PROVIDERS} is {setting}: the only provider that cellsense serves is ["entraid"] '
            f"(Microsoft Entra ID). For an access token set {TOKEN} instead."
        )
    if names:
        missing = [name for name in _ENTRA if not os.environ.get(name)]
        if missing:
            raise OptionError(f"Signing in with Entra ID also needs {' and '.join(missing)}.")
    return tuple(names)
