"""Who may use the server: this machine, or those who show its token, over TLS."""

from dataclasses import dataclass, field

from cellsense.errors import OptionError
from cellsense.remote.address import is_loopback
from cellsense.remote.token import TOKEN, TOKEN_FILE, checked_token, new_token
from cellsense.serving.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Access:
    """What a caller has to show.

    Args:
        token: the token; "" where only this machine reaches the server.
        behind_proxy: a proxy stands before it, and names the callers.
    """

    token: str = field(default="", repr=False)
    behind_proxy: bool = False


def choose_access(
    host: str, certificate: Certificate | None, token: str, *, behind_proxy: bool
) -> Access:
    """Return who may use a server. Raises OptionError where that would be anybody in reach."""
    local = is_loopback(host) and not behind_proxy
    if not local and not token:
        raise OptionError(
            f"Other machines reach this server: choose an access token, and set {TOKEN} to it or "
            f"{TOKEN_FILE} to a file with it. Here is a new token: {new_token()}"
        )
    if not local and certificate is None and not behind_proxy:
        raise OptionError(
            "Other machines reach this server, and without TLS everybody on the way could read the "
            "texts and the token: give --certificate and --key, or --behind-proxy if a proxy adds "
            "TLS."
        )
    return Access(checked_token(token) if token else "", behind_proxy)
