"""A call to classify, from its body to its answer."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from cellsense.cells import CellKind, kind_of
from cellsense.classifier import Classifier
from cellsense.prediction import Prediction
from cellsense.serving.batcher import Batcher
from cellsense.serving.body import Refusal, broken_body
from cellsense.serving.fair import Job
from cellsense.serving.limits import Limits
from cellsense.serving.metrics import Metrics
from cellsense.serving.wire import ClassifyRequest


class Host:
    """What answers calls."""

    def __init__(
        self, classifier: Classifier, batcher: Batcher, limits: Limits, metrics: Metrics
    ) -> None:
        self.classifier = classifier
        self.batcher = batcher
        self.limits = limits
        self.metrics = metrics
        self.model = {  # as every answer names it
            "name": classifier.name,
            "revision": classifier.revision,
            "fingerprint": classifier.fingerprint,
        }


def read_request(body: bytes, host: Host) -> ClassifyRequest:
    """Return what a body asks. Raises Refusal for what is broken, too much, or another model's."""
    try:
        asked = ClassifyRequest.model_validate_json(body)
    except ValidationError as error:
        raise Refusal(422, broken_body(error.errors(include_input=False))) from None
    characters = sum(map(len, asked.texts))
    limits = host.limits
    if len(asked.texts) > limits.texts or characters > limits.characters:
        raise Refusal(
            413,
            f"That is {len(asked.texts):,} texts with {characters:,} characters: a call may have "
            f"{limits.texts:,} with {limits.characters:,}.",
        )
    for wanted, here in (
        (asked.model, host.model["name"]),
        (asked.fingerprint, host.model["fingerprint"]),
    ):
        if wanted is not None and wanted != here:
            raise Refusal(
                409,
                f'This server hosts the model "{host.model["name"]}" ({host.model["fingerprint"]}) '
                "and no other.",
            )
    return asked


async def answer(
    asked: ClassifyRequest, caller: str, gone: "asyncio.Future[None]", host: Host
) -> list[Any] | None:
    """Return the predictions as JSON has them; None if the caller hung up (`gone`).

    Raises Refusal, OverloadedError, ClosingError, and what Classifier raises.
    """
    texts = [text for text in asked.texts if kind_of(text) is CellKind.TEXT]
    job = host.batcher.submit(caller, texts, checked=asked.check_language)
    found = await _waited(job, gone, host)
    if found is None:
        return None
    host.metrics.texts.inc(len(asked.texts))
    return _rows(asked.texts, found, all_scores=asked.all_scores)


async def _waited(
    job: Job, gone: "asyncio.Future[None]", host: Host
) -> Mapping[str, Prediction] | None:
    answered = asyncio.wrap_future(job.future)
    try:
        await asyncio.wait(
            [answered, gone],  # type: ignore[type-var]  # of different results
            timeout=host.limits.seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if answered.done():
            return answered.result()
    finally:
        host.batcher.drop(job)
        answered.cancel()
    if gone.done():
        host.metrics.dropped.labels("caller hung up").inc()
        return None
    host.metrics.dropped.labels("took too long").inc()
    raise Refusal(503, f"It took more than {host.limits.seconds} s: send fewer texts at once.")


def _rows(
    texts: Sequence[str], found: Mapping[str, Prediction], *, all_scores: bool
) -> list[dict[str, Any] | None]:
    return [_row(found[text], all_scores) if text in found else None for text in texts]


def _row(prediction: Prediction, all_scores: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"label": prediction.label, "score": prediction.score}
    if all_scores and prediction.scores is not None:
        row["scores"] = prediction.scores
    if prediction.language is not None:
        row["language"] = prediction.language
    return row
