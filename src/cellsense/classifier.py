"""Texts → predictions: what isn't text stays out, order stays, nothing is computed twice."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Literal

from cellsense.answers import as_list, other_languages, predictions
from cellsense.cells import CellKind, kind_of
from cellsense.errors import OptionError, ServerError
from cellsense.prediction import Prediction, Progress, check_threshold
from cellsense.wanted import Examples, Wanted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cellsense.cache import ResultCache
    from cellsense.inference.engine import TextEngine
    from cellsense.model_choice import Model

    Scores = dict[str, npt.NDArray[np.float64]]

Dtype = Literal["auto", "int8", "float32", "bfloat16", "float16"]

# What was worked out before a run is cancelled or killed isn't lost, but for the last of these.
_KEEP_EVERY = 512  # results
_KEEP_SECONDS = 2.0  # for slow models
_LOT = 16_384  # known answers in a step; texts whose language is looked at before they are read


class Classifier:
    """Puts a label and a score beside every text.

    Nothing is loaded before the first text, then once, also under concurrent calls. Texts longer
    than the model's window are read whole, in windows that overlap by a quarter; the windows'
    probabilities are averaged, weighted by their number of tokens.

    Args:
        model: None for the embedded model, a folder, a hub id, a file of `cellsense learn`, or a
            list of (text, label) to learn from.
        device: "auto", "cpu", "cuda", "cuda:1", "xpu", "mps", or a CUDA index.
        revision: a hub model's branch, tag or commit.
        rename_labels: the model's names for labels → others, in any case; for models whose labels
            read LABEL_0.
        labels: labels in your own words: each text is asked which of them fits, by likeness of
            meaning, or by a model of natural language inference (zero-shot classification).
        several: any number of labels may fit a text, and each has a score of its own: the label is
            all that score at least 0.5, the likeliest first, as "price, delivery", or NONE. For
            `labels`, and for models that were trained so.
        hypothesis: the words around a label, with {} for it; without a model "a review about {}",
            with one "This example is {}.".
        dtype: "auto" is int8 for the embedded model on a CPU, float32 for others on a CPU
            (int8 after `cellsense models optimize`), and bfloat16 on CUDA and XPU.
        batch_size: rows in a batch; found automatically when None. In int8 these are of one
            length, and a text's score doesn't depend on them.
        use_cache: take results that were worked out before, also in other processes, and keep
            new ones (hashes and scores, no texts). The environment variable CELLSENSE_CACHE names
            another folder for them, or says "off".
        threshold: texts with a lower score get the label TO REVIEW; their score stays.
        check_language: texts that aren't English get the label OTHER LANGUAGE. None does so for the
            embedded model, which reads nothing else.

    Without a model and a device of its own it asks the server that the environment variable
    CELLSENSE_SERVER names, if any (docs/engine.md).

    Errors in what chooses the model are raised at the first text: MissingModelError, ModelError,
    DeviceError, OptionError, ServerError.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | Examples | None = None,
        device: str | int = "auto",
        *,
        revision: str | None = None,
        rename_labels: Mapping[str, str] | None = None,
        labels: Sequence[str] | None = None,
        several: bool = False,
        hypothesis: str | None = None,
        dtype: Dtype = "auto",
        batch_size: int | None = None,
        use_cache: bool = True,
        threshold: float | None = None,
        check_language: bool | None = None,
    ) -> None:
        check_threshold(threshold)
        if batch_size is not None and batch_size < 1:
            raise OptionError(f"A batch of {batch_size} texts is none: use 1 or more.")
        if isinstance(model, list | tuple):
            model = tuple((str(text), str(label)) for text, label in model)
        self._wanted = Wanted(
            model,
            device,
            revision,
            dtype,
            rename_labels,
            None if labels is None else tuple(labels),
            several,
            hypothesis,
            check_language,
        )
        self._several = several
        self._batch_size = batch_size
        self._use_cache = use_cache
        self.threshold = threshold
        self._found: Model | None = None
        self._key: bytes | None = None
        self._engine: TextEngine | None = None
        self._lock = threading.RLock()

    def load(self) -> "TextEngine":
        """Load the model now rather than at the first text."""
        with self._lock:
            if self._engine is None:
                self._engine = self._find().load(self._batch_size)
            return self._engine

    def _find(self) -> "Model":
        """Find the model, as far as that goes without loading it."""
        with self._lock:
            if self._found is None:
                from cellsense.model_choice import find_model

                self._found = find_model(self._wanted)
            return self._found

    def _fingerprint(self) -> bytes:
        with self._lock:
            if self._key is None:
                self._key = self._find().fingerprint
            return self._key

    def _cache(self) -> "ResultCache | None":
        from cellsense.cache import shared_cache

        return shared_cache() if self._use_cache else None

    @property
    def loaded(self) -> bool:
        """True once the model is in memory."""
        return self._engine is not None

    @property
    def name(self) -> str:
        """The model's name: "embedded", a folder, or a hub id."""
        return self._find().name

    @property
    def revision(self) -> str | None:
        """A hub model's commit, or what was asked for where that isn't known; None for folders."""
        return self._find().revision

    @property
    def server(self) -> str | None:
        """The URL of the server that texts go to; None if they stay on this machine."""
        return self._find().server

    @property
    def warning(self) -> str | None:
        """Why this machine's model answers instead of the server that was named."""
        return self._find().warning

    @property
    def only_english(self) -> bool:
        """True if texts in other languages get OTHER LANGUAGE."""
        return self._find().only_english

    @property
    def fingerprint(self) -> str:
        """A hash of what decides the answers: model, precision, device, runtime, threshold."""
        renamed = sorted((self._wanted.rename_labels or {}).items())
        plain = self.threshold is None and not renamed and not self._several
        shown = "" if plain else f"-{[self.threshold, renamed, self._several]!r}"
        return self._fingerprint().hex() + shown

    @property
    def note(self) -> str | None:
        """A line that says what to expect of the answers, where that isn't plain."""
        return self._find().note

    @property
    def description(self) -> str:
        """Device, runtime and precision, such as "cpu, onnx int8"; loads the model."""
        return self.load().description

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels the model knows."""
        return self._find().labels

    def any_language(self) -> "Classifier":
        """Return a classifier that labels texts in any language, and shares this one's model."""
        if not self.only_english:
            return self
        other = copy(self)
        wanted = replace(self._wanted, check_language=False)
        vars(other).update(
            _wanted=wanted, _found=None, _key=None, _engine=self.load(), _lock=threading.RLock()
        )
        return other

    def predict(
        self, texts: Iterable[object], *, all_scores: bool = False
    ) -> list[Prediction | None]:
        """Classify cells of any kind; a prediction for each text, None for everything else.

        Takes any iterable (list, generator, pandas Series, numpy array) of any cells. With
        `all_scores`, `Prediction.scores` holds every label's probability.
        """
        cells = as_list(texts)
        answers: list[Prediction | None] = [None] * len(cells)
        for step in self.stream(cells, all_scores=all_scores):
            for row, prediction in step.rows.items():
                answers[row] = prediction
        return answers

    def stream(self, texts: Iterable[object], *, all_scores: bool = False) -> Iterator[Progress]:
        """Classify, yielding what is answered step by step, for progress bars.

        Rows come in the order they get ready. Closing the iterator cancels the rest.
        """
        cells = as_list(texts)
        rows_of: dict[str, list[int]] = {}
        empty: dict[int, Prediction | None] = {}
        for row, cell in enumerate(cells):
            if isinstance(cell, str) and kind_of(cell) is CellKind.TEXT:
                rows_of.setdefault(cell, []).append(row)
            else:
                empty[row] = None
        done = len(empty)
        yield Progress(done, len(cells), empty)
        if not rows_of:
            return
        for given in self._answers(list(rows_of), all_scores):
            answered: dict[int, Prediction | None] = {}
            for text, prediction in given.items():
                answered.update(dict.fromkeys(rows_of[text], prediction.above(self.threshold)))
            done += len(answered)
            yield Progress(done, len(cells), answered)

    def probabilities(self, texts: Sequence[str]) -> "npt.NDArray[np.float64]":
        """Return scores of shape (texts, labels), as the model gives them: nothing is kept."""
        import numpy as np

        found = np.zeros((len(texts), len(self.labels)))
        for rows in self.load().run(texts):
            for place, row in rows.items():
                found[place] = row
        return found

    def cached(self, texts: Sequence[str]) -> dict[str, Prediction]:
        """Return the predictions that were worked out before, without loading the model."""
        labels = self._find().labels
        known = predictions(labels, self._cached_scores(texts), False, self._several)
        return {text: prediction.above(self.threshold) for text, prediction in known.items()}

    def _cached_scores(self, texts: Sequence[str]) -> "Scores":
        results, found = self._cache(), self._find()
        if results is None:
            return {}
        return results.get(self._fingerprint(), texts, len(found.labels))

    def _answers(self, texts: list[str], all_scores: bool) -> Iterator[dict[str, Prediction]]:
        """Yield predictions by text, first those whose scores are known."""
        labels = self._find().labels
        known = self._cached_scores(texts)
        items = iter(known.items())
        while step := dict(islice(items, _LOT)):
            yield predictions(labels, step, all_scores, self._several)
        unknown = [text for text in texts if text not in known]
        # What is known was found to be in the model's language then.
        lot = _LOT if self._find().only_english else max(1, len(unknown))
        for start in range(0, len(unknown), lot):
            some = unknown[start : start + lot]
            foreign = other_languages(some) if self._find().only_english else {}
            if foreign:
                yield foreign
                some = [text for text in some if text not in foreign]
            for scores in self._scores(some):
                yield predictions(labels, scores, all_scores, self._several)

    def _scores(self, unknown: list[str]) -> "Iterator[Scores]":
        """Work out the labels' probabilities, and keep them."""
        rest = dict.fromkeys(unknown)
        try:
            for step in self._work_out(unknown):
                for text in step:
                    del rest[text]
                yield step
        except ServerError as error:
            if not self._goes_on_here(error):
                raise
            yield from self._scores(list(rest))

    def _goes_on_here(self, error: ServerError) -> bool:
        """Tell whether this machine's model may do the rest; if not, the next run decides anew."""
        from cellsense.model_choice import find_stand_in

        with self._lock:
            lost = self._found
            if lost is not None and lost.server is not None:  # else another thread was here before
                self._found, self._key, self._engine = None, None, None
                self._found = find_stand_in(lost, self._wanted, error)
            return self._found is not None

    def _work_out(self, unknown: list[str]) -> "Iterator[Scores]":
        if not unknown:
            return
        with self._lock:  # another thread may put this machine's model in a server's place
            results, engine, key = self._cache(), self.load(), self._fingerprint()
        fresh: Scores = {}
        kept = time.monotonic()
        try:
            for complete in engine.run(unknown):
                step = {unknown[position]: row for position, row in complete.items()}
                fresh.update(step)
                if results is None:
                    fresh.clear()
                elif len(fresh) >= _KEEP_EVERY or time.monotonic() - kept > _KEEP_SECONDS:
                    results.put(key, fresh)
                    fresh.clear()
                    kept = time.monotonic()
                yield step
        finally:
            if results is not None and fresh:
                results.put(key, fresh)


@cache
def shared_classifier(
    model: str | os.PathLike[str] | None = None, device: str | int = "auto"
) -> Classifier:
    """Return the process's one classifier for these arguments, so that a model loads once."""
    return Classifier(model, device)
