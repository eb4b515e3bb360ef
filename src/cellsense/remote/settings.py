"""Which server answers, as the environment says."""

import os
from dataclasses import dataclass, field

from cellsense.errors import OptionError
from cellsense.remote.address import check_server_url
from cellsense.remote.token import TOKEN, is_sendable, read_token

SERVER = "CELLSENSE_SERVER"  # a URL
FALLBACK = "CELLSENSE_SERVER_FALLBACK"
LOCAL, NEVER = "local", "never"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A server, and what to do when it gives no answer."""

    url: str  # without a slash at the end
    token: str = field(default="", repr=False)
    falls_back: bool = False  # the model on this machine may answer instead


def is_named() -> bool:
    """Tell whether a server was named."""
    return bool(os.environ.get(SERVER, "").strip())


def read_settings() -> ServerSettings | None:
    """Return the server that was named; None for this machine's model. Raises InputError."""
    url = os.environ.get(SERVER, "").strip()
    if not url:
        return None
    fallback = os.environ.get(FALLBACK, "").strip().lower() or NEVER
    if fallback not in (LOCAL, NEVER):
        raise OptionError(f'{FALLBACK} is "{fallback}": use "{LOCAL}" or "{NEVER}".')
    token = read_token()
    if not is_sendable(token):
        raise OptionError(f"{TOKEN} holds signs that no token has.")
    return ServerSettings(check_server_url(url, SERVER), token, fallback == LOCAL)
