"""The access token that servers and their clients share: from the environment, or a file."""

import hmac
import os
import secrets
from pathlib import Path

from cellsense.errors import MissingFileError, OptionError

TOKEN = "CELLSENSE_SERVER_TOKEN"  # noqa: S105 - the name of the variable
TOKEN_FILE = "CELLSENSE_SERVER_TOKEN_FILE"  # noqa: S105 - as above
_SHORTEST = 32


def read_token() -> str:
    """Return the token that the environment or a file names; "" without one.

    The file goes first: a server for Excel that is a client as well has its own token in the
    variable. Raises MissingFileError or OptionError.
    """
    named = os.environ.get(TOKEN_FILE, "")
    if not named:
        return os.environ.get(TOKEN, "")
    try:
        token = Path(named).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise MissingFileError(
            f"The file {named}, which {TOKEN_FILE} names, can't be read: {reason}."
        ) from error
    if not token:
        raise OptionError(f"The file {named}, which {TOKEN_FILE} names, is empty.")
    return token


def checked_token(token: str) -> str:
    """Return the token of a server. Raises OptionError for one that is too weak, or no header."""
    if len(token) < _SHORTEST or not is_sendable(token):
        raise OptionError(
            f"The access token needs at least {_SHORTEST} letters, digits or signs without spaces. "
            f"Here is a new one: {new_token()}"
        )
    return token


def is_sendable(token: str) -> bool:
    """Tell whether a token can stand in a header."""
    return token.isascii() and token.isprintable() and " " not in token


def new_token() -> str:
    """Return a token that nobody guesses."""
    return secrets.token_urlsafe(_SHORTEST)


def holds_token(header: str, token: str) -> bool:
    """Tell whether an Authorization header holds a server's token, in constant time."""
    expected = f"Bearer {token}"
    # Bytes: comparing strings refuses those that aren't ASCII.
    same = hmac.compare_digest(header.encode("utf-8", "replace"), expected.encode())
    return same and len(token) >= _SHORTEST
