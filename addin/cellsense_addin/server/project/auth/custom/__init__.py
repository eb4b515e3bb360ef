"""The access token (see `cellsense_addin.server.access`)."""

from fastapi import HTTPException
from xlwings_server.models import User

from cellsense_addin.server.access import holds_token


async def validate_token(token_string: str) -> User:
    """Return who calls, by the Authorization header. Raises HTTPException."""
    if not holds_token(token_string):
        raise HTTPException(
            401, "The access token is missing or wrong: enter it in the cellsense task pane."
        )
    return User(id="token", name="holder of the access token")
