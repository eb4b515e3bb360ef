"""What the server counts, for Prometheus. No label holds anything of a text or a token."""

from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from cellsense.serving.batcher import Batcher

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "cellsense_requests_total",
            "Requests that were answered.",
            ["path", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "cellsense_request_seconds",
            "How long requests took.",
            ["path"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.texts = Counter(
            "cellsense_texts_total", "Texts that were answered.", registry=self._registry
        )
        self.dropped = Counter(
            "cellsense_dropped_calls_total",
            "Calls that were given up.",
            ["why"],
            registry=self._registry,
        )
        self._batch_texts = Histogram(
            "cellsense_batch_texts",
            "Different texts in a batch.",
            buckets=_TEXTS,
            registry=self._registry,
        )
        self._batch_seconds = Histogram(
            "cellsense_batch_seconds",
            "How long batches took.",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def batch(self, texts: int, seconds: float) -> None:
        """Count a batch."""
        self._batch_texts.observe(texts)
        self._batch_seconds.observe(seconds)

    def watch(self, batcher: "Batcher") -> None:
        """Tell how much waits, whenever somebody asks."""
        for place, what in enumerate(("texts", "calls")):
            gauge = Gauge(
                f"cellsense_waiting_{what}",
                f"{what.capitalize()} that wait or are in work.",
                registry=self._registry,
            )
            gauge.set_function(partial(_waiting, batcher, place))

    def shown(self) -> bytes:
        """Return all of it in Prometheus' format."""
        return generate_latest(self._registry)


def _waiting(batcher: "Batcher", place: int) -> float:
    return batcher.waiting[place]
