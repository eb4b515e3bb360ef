"""The tasks go through Ray Data to a pool of workers, and what became of them comes back."""

import pickle
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from cellsense.distributed.cluster import Team, translated
from cellsense.distributed.tasks import Errand, Outcome, Task
from cellsense.distributed.worker import MakeClassifier, Worker

_LOOK_SECONDS = 0.5

Item = tuple[int, Outcome] | BaseException | None


class Pool:
    """The workers of a run; one task at a time each, so that none waits behind a slow one."""

    def __init__(self, team: Team, make: MakeClassifier, errand: Errand, board: Any) -> None:
        self._team = team
        self._arguments = (make, team.device, team.cores, errand, board)
        self._board = board

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Outcome] | int]:
        """Yield (number, outcome) as tasks get ready; and now and then the rows that are done.

        A task whose worker is lost is done again by another one. Raises ClusterError.
        """
        items: queue.Queue[Item] = queue.Queue()
        # Ray waits where no signal is heard; here it is.
        thread = threading.Thread(
            target=self._fill, args=(items, tasks), name="cellsense-ray", daemon=True
        )
        thread.start()
        while True:
            try:
                item = items.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                yield from self._rows_done()
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise translated(item) from item
            yield item

    def _fill(self, items: "queue.Queue[Item]", tasks: Sequence[Task]) -> None:
        try:
            for row in self._results(tasks):
                items.put((int(row["number"]), Outcome.from_json(row["outcome"])))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that reads
            items.put(error)
        else:
            items.put(None)

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

    def _rows_done(self) -> Iterator[int]:
        import ray

        with suppress(ray.exceptions.RayError):
            yield int(ray.get(self._board.rows.remote(), timeout=_LOOK_SECONDS))
