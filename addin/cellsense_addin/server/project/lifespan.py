"""What xlwings Server does when it starts and stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from cellsense_addin import session


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Let go of those who wait for answers when the server stops."""
    yield
    session.close()
