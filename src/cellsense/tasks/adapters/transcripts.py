"""Speech recognition: a recording's words."""

from pathlib import Path
from typing import Any

from cellsense.errors import OptionError
from cellsense.tasks.adapters.interface import Prepared
from cellsense.tasks.answers import Failure, Given
from cellsense.tasks.recordings import read_recording

_WHOLE_SECONDS = 30  # what Whisper hears at once; what others need more than memory for


class Transcripts:
    """Hears recordings whole where that is possible, longer ones piece by piece."""

    def __init__(self, pipe: Any, new_tokens: int | None) -> None:
        """Raise OptionError for a number of tokens where the model writes none."""
        self._pipe = pipe
        self._rate = int(pipe.feature_extractor.sampling_rate)
        self._options: dict[str, Any] = {}
        if pipe.type != "ctc":
            self._options["generate_kwargs"] = {"do_sample": False}
            if new_tokens is not None:
                self._options["generate_kwargs"]["max_new_tokens"] = new_tokens
        elif new_tokens is not None:
            raise OptionError("This model hears letters and writes no tokens: no --max-new-tokens.")
        self._long = _how_long_ones(pipe)

    def prepare(self, given: Given) -> Prepared | Failure:
        samples = read_recording(Path(given), self._rate)
        return samples if isinstance(samples, Failure) else Prepared(samples)

    def answer(self, contents: list[Any], batch_size: int) -> list[str]:
        texts = [""] * len(contents)
        for is_long in (False, True):
            places = [
                place
                for place, samples in enumerate(contents)
                if (len(samples) > _WHOLE_SECONDS * self._rate) == is_long
            ]
            # The pipeline takes these apart: they are made anew for every try.
            given = [{"raw": contents[place], "sampling_rate": self._rate} for place in places]
            if given:
                how = self._options | (self._long if is_long else {})
                found = self._pipe(given, batch_size=1 if is_long else batch_size, **how)
                for place, record in zip(places, found, strict=True):
                    texts[place] = record["text"]
        return texts


def _how_long_ones(pipe: Any) -> dict[str, Any]:
    if pipe.type == "seq2seq_whisper":
        return {"return_timestamps": True}  # else it refuses them
    if pipe.type == "ctc" and hasattr(pipe.model.config, "inputs_to_logits_ratio"):
        return {"chunk_length_s": _WHOLE_SECONDS, "stride_length_s": 5}
    return {}
