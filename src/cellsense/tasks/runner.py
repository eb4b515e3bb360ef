"""Texts and files through a pipeline, batch by batch; what fails among others fails alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cellsense.errors import DeviceError, ModelError
from cellsense.inference.torch_backend import first_line, quiet_transformers, ran_out_of_memory
from cellsense.tasks.adapters.interface import Adapter, Prepared
from cellsense.tasks.answers import Answer, Failure, Given, clean
from cellsense.tasks.registry import Task

_IN_VAIN = 3  # after so many failures and no answer, the model is to blame
# What pipelines raise for an input that they can't use: too long, too short, of an odd shape.
_ERRORS = (RuntimeError, ValueError, IndexError, TypeError, KeyError)


class Runner:
    """A loaded task. An answer doesn't depend on its neighbours where a batch is of one."""

    def __init__(self, task: Task, adapter: Adapter, device: str, batch_size: int) -> None:
        self._task = task
        self._adapter = adapter
        self._device = device
        self._batch_size = batch_size
        self._answered = False
        self._in_vain = 0

    def run(self, given: Sequence[Given]) -> Iterator[Mapping[Given, Answer | Failure]]:
        """Yield the answers, each once, as they get ready.

        Raises ModelError if the model fails with all that it is given, DeviceError if the device
        has no memory for one of them.
        """
        if self._batch_size > 1:  # neighbours of one length need no padding
            given = sorted(given, key=lambda item: len(str(item)))
        for start in range(0, len(given), self._batch_size):
            with quiet_transformers():
                step = self._step(given[start : start + self._batch_size])
            yield step

    def _step(self, given: Sequence[Given]) -> dict[Given, Answer | Failure]:
        prepared = {item: self._adapter.prepare(item) for item in given}
        failed = {key: got for key, got in prepared.items() if isinstance(got, Failure)}
        good = {key: got for key, got in prepared.items() if isinstance(got, Prepared)}
        return failed | self._answers(good)

    def _answers(self, prepared: Mapping[Given, Prepared]) -> dict[Given, Answer | Failure]:
        if not prepared:
            return {}
        contents = [item.content for item in prepared.values()]
        try:
            texts = self._adapter.answer(contents, len(contents))
        except _ERRORS as error:
            if len(prepared) > 1:
                alone = [self._answers({key: item}) for key, item in prepared.items()]
                return {key: answer for one in alone for key, answer in one.items()}
            return dict.fromkeys(prepared, self._failure(error))
        self._answered = True
        found: dict[Given, Answer | Failure] = {}
        for (key, item), text in zip(prepared.items(), texts, strict=True):
            kept = clean(text)
            found[key] = Answer(kept, item.cut) if kept else Failure(self._task.nothing)
        return found

    def _failure(self, error: Exception) -> Failure:
        """Say that one input failed; raise what concerns all."""
        if isinstance(error, RuntimeError):
            if ran_out_of_memory(error):
                raise DeviceError(
                    f"{self._device} has too little free memory for one row. Close other programs "
                    "that use it, or take a smaller model."
                ) from error
            if "cuda error" in str(error).lower():  # nothing runs there after such a one
                raise DeviceError(f"{self._device} failed: {first_line(error)}") from error
        self._in_vain += 1
        if self._in_vain >= _IN_VAIN and not self._answered:
            # Other errors than torch's might quote a text.
            shown = isinstance(error, RuntimeError) or self._task.reads_files
            what = f": {first_line(error)}" if shown else ""
            raise ModelError(
                f"The model fails with all that it is given ({type(error).__name__}{what}). Is it "
                f"one for {self._task.name}?"
            ) from error
        return Failure(f"the model failed with {type(error).__name__}")


def batch_of(task: Task, asked: int | None, on_cpu: bool, pipe: Any) -> int:
    """Decide how many go in a batch: one, but for texts on an accelerator, or if asked for.

    Padding among neighbours of other lengths changes answers in their last bits.
    """
    wanted = asked or (1 if on_cpu or task.reads_files else 8)
    if wanted == 1 or pipe.tokenizer is None or pipe.tokenizer.pad_token_id is not None:
        return wanted
    if pipe.tokenizer.eos_token is None:
        return 1
    pipe.tokenizer.pad_token = pipe.tokenizer.eos_token
    return wanted
