"""Text generation: a prompt around a text, and what the model writes after it."""

from typing import Any

from cellsense.tasks.adapters.interface import Prepared
from cellsense.tasks.answers import Given
from cellsense.tasks.prompts import Asker, spoken


class Drafts:
    """Writes after a prompt, or answers in a chat; always the likeliest next word."""

    def __init__(self, pipe: Any, asker: Asker, new_tokens: int) -> None:
        self._pipe = pipe
        self._asker = asker
        self._options: dict[str, Any] = {
            "do_sample": False,
            "max_new_tokens": new_tokens,
            "return_full_text": asker.is_chat,
        }
        if asker.options:
            self._options["tokenizer_encode_kwargs"] = asker.options

    def prepare(self, given: Given) -> Prepared:
        return Prepared(*self._asker.ask(str(given)))

    def answer(self, contents: list[Any], batch_size: int) -> list[str]:
        found = self._pipe(contents, batch_size=batch_size, **self._options)
        return [_text(records[0]["generated_text"]) for records in found]


def _text(generated: Any) -> str:
    """Return the model's own words: the last message of a chat, or the text itself."""
    return spoken(generated if isinstance(generated, str) else generated[-1]["content"])
