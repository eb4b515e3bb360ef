"""The tasks go through Ray Data to a pool of workers, and what became of them comes back."""

import pickle
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from cellsense.distributed.cluster import Team, translated
from cellsense.distributed.tasks import Errand, Outcome, Task
from cellsense.distributed.worker import MakeClassifier, Worker

_LOOK_SECONDS = 0.5


class Pool:
    """The workers of a run; one task at a time each, so that none waits behind a slow one."""

    def __init__(self, team: Team, make: MakeClassifier, errand: Errand, board: Any) -> None:
        self._team = team
        self._arguments = (make, team.device, team.cores, errand, board)

    def outcomes(self, tasks: Sequence[Task]) -> Generator[tuple[int, Outcome], None, None]:
        """Yield (number, outcome) as tasks get ready.

        A task whose worker is lost is done again by another one. Raises ClusterError.
        """
        try:
            for row in self._results(tasks):
                yield int(row["number"]), Outcome.from_json(row["outcome"])
        except Exception as error:
            raise translated(error) from error

    def _results(self, tasks: Sequence[Task]) -> Iterator[dict[str, Any]]:
        import ray.data

        given = [
            {"number": number, "task": pickle.dumps(task)} for number, task in enumerate(tasks)
        ]
        size = min(self._team.workers, len(tasks))
        results = ray.data.from_items(given, override_num_blocks=len(given)).map(
            Worker,
            fn_constructor_args=self._arguments,
            compute=ray.data.ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=1),
            num_cpus=self._team.cores,
            num_gpus=self._team.gpus or None,
        )
        for batch in results.iter_batches(
            batch_size=None, prefetch_batches=0, batch_format="pyarrow"
        ):
            yield from batch.to_pylist()


@contextmanager
def watching(board: Any, hear: Callable[[int], None]) -> Iterator[None]:
    """Ask the board now and then, in a thread, how many rows are done."""
    ended = threading.Event()

    def watch() -> None:
        import ray

        while not ended.wait(_LOOK_SECONDS):
            with suppress(ray.exceptions.RayError):
                hear(int(ray.get(board.rows.remote(), timeout=_LOOK_SECONDS)))

    thread = threading.Thread(target=watch, name="cellsense-board", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
