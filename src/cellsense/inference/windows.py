"""Prepare: texts → token windows, with a fast or a slow tokenizer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Neighbouring windows of a long text share this part of a window, so that no sentence is only
# ever seen cut in two.
OVERLAP = 0.25


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a text that fits the model, special tokens included."""

    text: int  # position of its text
    ids: list[int]
    type_ids: list[int]
    tokens: int  # special ones not counted


Given = TypeVar("Given", contravariant=True)  # noqa: PLC0105 - a text, or a pair of texts


class Windows(Protocol[Given]):
    """A tokenizer that reads what it's given whole, in overlapping windows."""

    def windows(self, texts: Sequence[Given], first: int) -> list[Window]:
        """Return the windows of all texts; the first text has the position `first`."""


TextWindows = Windows[str]


class FastWindows:
    """Windows by the Rust tokenizer, which splits a batch over all cores."""

    def __init__(self, tokenizer: "Tokenizer", window: int) -> None:
        self._special: int = tokenizer.num_special_tokens_to_add(False)
        tokenizer.no_padding()
        tokenizer.enable_truncation(window, stride=int((window - self._special) * OVERLAP))
        self._tokenizer = tokenizer

    def windows(self, texts: Sequence[str], first: int) -> list[Window]:
        found = []
        encodings = self._tokenizer.encode_batch_fast([encodable(text) for text in texts])
        for position, encoding in enumerate(encodings, first):
            for part in (encoding, *encoding.overflowing):
                tokens = max(1, len(part.ids) - self._special)
                found.append(Window(position, part.ids, part.type_ids, tokens))
        return found


class SlowWindows:
    """Windows by a tokenizer written in Python, for the few models that have no other."""

    def __init__(self, tokenizer: Any, window: int) -> None:
        self._tokenizer = tokenizer
        self._room = window - tokenizer.num_special_tokens_to_add()
        self._step = self._room - int(self._room * OVERLAP)

    def windows(self, texts: Sequence[str], first: int) -> list[Window]:
        found = []
        for position, text in enumerate(texts, first):
            ids = self._tokenizer.encode(encodable(text), add_special_tokens=False, verbose=False)
            last_start = max(0, len(ids) - self._room)
            starts = range(0, last_start + self._step, self._step) if last_start else (0,)
            for start in starts:
                piece = ids[start : start + self._room]
                full = self._tokenizer.build_inputs_with_special_tokens(piece)
                types = self._tokenizer.create_token_type_ids_from_sequences(piece)
                found.append(Window(position, full, types, max(1, len(piece))))
        return found


def encodable(text: str) -> str:
    """Replace what UTF-8 can't hold (halves of a surrogate pair), as broken exports contain."""
    return text.encode("utf-8", "replace").decode("utf-8")
