"""The server's model, in the place of one on this machine."""

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cellsense.errors import UnansweredError
from cellsense.models.config import ModelConfig, renamed
from cellsense.remote.calls import MODEL, Calls
from cellsense.remote.engine import Hosted, RemoteEngine, broken_answer, in_own_loop
from cellsense.remote.settings import ServerSettings
from cellsense.wanted import Wanted

_HASH = re.compile("(?:[0-9a-f]{2}){16,32}")
_TRIES = 2
_BUSY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model that a server hosts; see `model_choice.Model`."""

    settings: ServerSettings
    hosted: Hosted
    labels: tuple[str, ...]  # with the names that are given
    only_english: bool
    note: None = None
    warning: None = None

    @property
    def name(self) -> str:
        """Its name on the server."""
        return self.hosted.name

    @property
    def revision(self) -> str | None:
        """Its revision on the server."""
        return self.hosted.revision

    @property
    def server(self) -> str:
        """The server's URL."""
        return self.settings.url

    @property
    def fingerprint(self) -> bytes:
        """A hash of what decides the scores: the server's, if languages are told apart as there."""
        told = self.hosted.fingerprint
        if self.only_english == self.hosted.only_english and _HASH.fullmatch(told):
            return bytes.fromhex(told)
        what = f"{told} {self.only_english}"
        return blake2b(what.encode("utf-8", "replace"), digest_size=32).digest()

    def load(self, batch_size: int | None) -> RemoteEngine:  # noqa: ARG002 - the server's business
        """Return what asks the server."""
        return RemoteEngine(self.settings, self.hosted)


def find_remote(wanted: Wanted, settings: ServerSettings) -> RemoteModel:
    """Ask the server for its model. Raises ServerError or UnansweredError."""
    if wanted.labels is not None or wanted.several or wanted.hypothesis is not None:
        raise UnansweredError(
            f"The server at {settings.url} gives the labels of its own model only, and none of "
            "yours."
        )
    hosted = in_own_loop(_describe(settings))
    known = ModelConfig(hosted.labels, "softmax", 0)
    check = wanted.check_language
    english = hosted.only_english if check is None else check
    return RemoteModel(settings, hosted, renamed(known, wanted.rename_labels or {}).labels, english)


async def _describe(settings: ServerSettings) -> Hosted:
    async with Calls(settings, _TRIES, _BUSY_SECONDS) as calls:
        told = await calls.ask(MODEL)
    try:
        return _hosted(told)
    except (KeyError, TypeError, ValueError):
        raise broken_answer(settings) from None


def _hosted(told: dict[str, Any]) -> Hosted:
    limits = told["limits"]
    labels = tuple(str(label) for label in told["labels"])
    if not labels or len(set(labels)) != len(labels):
        raise ValueError
    revision = told["revision"]
    return Hosted(
        name=str(told["name"]),
        revision=None if revision is None else str(revision),
        fingerprint=str(told["fingerprint"]),
        labels=labels,
        only_english=bool(told["only_english"]),
        runs_on=str(told["runs_on"]),
        version=str(told["version"]),
        most_texts=max(1, int(limits["texts"])),
        most_characters=max(1, int(limits["characters"])),
    )
