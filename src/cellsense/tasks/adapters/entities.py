"""Token classification: the names in a text, each with its kind."""

from typing import Any

from cellsense.tasks.adapters.interface import Prepared
from cellsense.tasks.answers import Given


class Entities:
    """Marks words; texts longer than the model's window are read in windows that overlap."""

    def __init__(self, pipe: Any, window: int) -> None:
        """Take a pipeline whose model reads `window` tokens at once."""
        self._pipe = pipe
        tokenizer = pipe.tokenizer
        tokenizer.model_max_length = min(tokenizer.model_max_length, window)
        self._options: dict[str, Any] = {"aggregation_strategy": "simple"}
        # The pipeline reads one window of a text where it can't cut and pad.
        if tokenizer.is_fast and tokenizer.pad_token_id is not None:
            self._options["stride"] = window // 4

    def prepare(self, given: Given) -> Prepared:
        return Prepared(str(given))

    def answer(self, contents: list[Any], batch_size: int) -> list[str]:
        found = self._pipe(contents, batch_size=batch_size, **self._options)
        return [_named(text, entities) for text, entities in zip(contents, found, strict=True)]


def _named(text: str, entities: list[dict[str, Any]]) -> str:
    """Return "Alice (PER), Berlin (LOC)", as the text has the words."""
    parts = []
    for entity in entities:
        start, end = entity.get("start"), entity.get("end")
        word = entity["word"] if start is None or end is None else text[start:end]
        parts.append(f"{' '.join(word.split())} ({entity['entity_group']})")
    return ", ".join(parts)
