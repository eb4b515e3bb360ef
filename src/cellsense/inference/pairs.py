"""Prepare for zero-shot: (text, hypothesis) → token windows in which only the text is cut."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cellsense.errors import OptionError
from cellsense.inference.windows import OVERLAP, Window, encodable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Pair = tuple[str, str]
_LEAST_ROOM = 8  # tokens of a text


class PairWindows:
    """Windows of pairs by the Rust tokenizer; each holds a piece of the text and its hypothesis."""

    def __init__(self, tokenizer: "Tokenizer", window: int, hypotheses: Sequence[str]) -> None:
        """Take a tokenizer that nobody else uses. Raises OptionError for a label too long."""
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._special: int = tokenizer.num_special_tokens_to_add(True)
        self._tokens = {
            text: len(tokenizer.encode(encodable(text), add_special_tokens=False).ids)
            for text in hypotheses
        }
        longest = max(self._tokens, key=lambda text: self._tokens[text])
        room = window - self._special - self._tokens[longest]
        if room < _LEAST_ROOM:
            raise OptionError(
                f'"{longest}" leaves no room for a text among the {window} tokens that the model '
                "reads at once: write the label shorter."
            )
        tokenizer.enable_truncation(window, stride=int(room * OVERLAP), strategy="only_first")
        self._tokenizer = tokenizer

    def windows(self, texts: Sequence[Pair], first: int) -> list[Window]:
        """Return the windows of all pairs; the first pair has the position `first`."""
        given = [(encodable(text), encodable(hypothesis)) for text, hypothesis in texts]
        found = []
        for position, encoding in enumerate(self._tokenizer.encode_batch_fast(given), first):
            rest = self._special + self._tokens[texts[position - first][1]]
            for part in (encoding, *encoding.overflowing):
                tokens = max(1, len(part.ids) - rest)
                found.append(Window(position, part.ids, part.type_ids, tokens))
        return found
