"""Ray: starting it on this machine, or joining one that runs, without a word on the terminal."""

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cellsense.cores import usable_cores
from cellsense.distributed.board import Board
from cellsense.distributed.quiet import quiet
from cellsense.distributed.worker import Facts, MakeClassifier, find_facts
from cellsense.ending import TERMINATED, ends_later, listen
from cellsense.errors import CellsenseError, ClusterError, DependencyError, OptionError
from cellsense.sheets.failures import cause

DEVICES = ("auto", "cpu", "cuda")
_CORES = 4  # of a worker, where nobody says how many workers there are
_SECONDS = 5.0  # for a cluster to answer
_START_SECONDS = 120.0  # for the first process on it
_STORE_BYTES = 128 * 2**20  # only names and counts pass through it
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
}


@dataclass(frozen=True, slots=True)
class Team:
    """The workers of a run."""

    workers: int
    cores: int  # of each
    gpus: int  # of each: 0 or 1
    is_here: bool  # all on this machine, in processes that this one started

    @property
    def device(self) -> str:
        """The device of each worker."""
        return "cuda" if self.gpus else "cpu"

    def __str__(self) -> str:
        plural = "" if self.workers == 1 else "s"
        cores = f"{self.cores} core{'' if self.cores == 1 else 's'}"
        kind = "with a GPU each" if self.gpus else f"with {cores} each"
        return f"{self.workers:,} worker{plural} {kind}"


@contextmanager
def cluster(address: str | None, workers: int | None, device: str) -> Iterator[Team]:
    """Start Ray on this machine, or join the cluster at an address, and leave it in good order.

    A Ray that this process has joined already is used as it is, and left so. Raises
    DependencyError, ClusterError, OptionError.
    """
    _check(workers, device)
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    ray = _import()
    joined = bool(ray.is_initialized())
    with quiet():
        try:
            if not joined:
                _init(ray, address, workers)
            ray.data.DataContext.get_current().enable_progress_bars = False
            is_here = address is None and not joined
            yield _team(ray, workers, device, is_here=is_here)
        finally:
            if not joined:
                ray.shutdown()


def facts_of(team: Team, make: MakeClassifier) -> Facts:
    """Ask one of the machines for the model there. Raises ClusterError, and what finding it does.

    That is also the first time that a cluster is asked to do anything.
    """
    if team.is_here:
        return find_facts(make, team.device)
    import ray

    find = ray.remote(find_facts).options(num_cpus=team.cores, num_gpus=team.gpus, max_retries=1)
    reference = find.remote(make, team.device)
    try:
        facts: Facts = ray.get(reference, timeout=_START_SECONDS)
    except ray.exceptions.RayError as error:
        raise translated(error) from error
    return facts


def make_board() -> Any:
    """Start the board, on this machine if it is one of the cluster's."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    return ray.remote(Board).options(num_cpus=0, scheduling_strategy=here).remote()


def begun_again(board: Any) -> int:
    """Ask the board how often a task was begun anew; 0 if it's gone."""
    import ray

    with suppress(ray.exceptions.RayError):
        return int(ray.get(board.begun_again.remote(), timeout=_SECONDS))
    return 0


def translated(error: BaseException) -> CellsenseError:
    """Say in a line what Ray's error is about, which may be wrapped several times."""
    import ray

    inner: BaseException = error
    while isinstance(reason := getattr(inner, "cause", None) or inner.__cause__, BaseException):
        inner = reason
    if isinstance(inner, CellsenseError):
        return inner
    if isinstance(inner, ModuleNotFoundError):
        return ClusterError(
            f"A machine of the cluster lacks the package {inner.name}: install the same cellsense "
            "there, with the same extras."
        )
    if isinstance(inner, ray.exceptions.GetTimeoutError):
        return ClusterError(
            f"The cluster started no process in {_START_SECONDS:.0f} seconds: its cores are busy, "
            "or fewer than asked for. Use fewer --workers, or wait."
        )
    if isinstance(inner, ray.exceptions.OutOfMemoryError):
        return ClusterError("The workers ran out of memory: use fewer --workers or --part-rows.")
    if isinstance(inner, ray.exceptions.RayError):
        return ClusterError(f"The cluster failed: {cause(inner)}. Run again to go on.")
    return ClusterError(f"A worker failed ({type(inner).__name__}). Please report it.")


def _import() -> Any:
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise DependencyError(
            f"--engine ray needs the package {error.name}: run `pip install 'cellsense[ray]'`."
        ) from error
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return ray


def _init(ray: Any, address: str | None, workers: int | None) -> None:
    told: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    if address is None:
        here = max(usable_cores(), workers or 1)
        told |= {"include_dashboard": False, "num_cpus": here, "object_store_memory": _STORE_BYTES}
    else:
        _check_reachable(address)
    try:
        # Half a Ray that is shut down may crash.
        with ends_later():
            # Without a name, Ray would look for one in the environment.
            ray.init(address="local" if address is None else address, **told)
            listen()  # Ray takes SIGTERM for itself
    except SystemExit:  # by what Ray does at SIGTERM
        sys.exit(TERMINATED)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        if _is_about_tokens(error):
            raise ClusterError(
                f"The cluster at {address} wants Ray's token: set RAY_AUTH_MODE=token, and have "
                "its token in ~/.ray/auth_token or RAY_AUTH_TOKEN."
            ) from error
        where = "started on this machine" if address is None else f"joined at {address}"
        raise ClusterError(f"Ray can't be {where}: {cause(error)}.") from error


def _is_about_tokens(error: BaseException) -> bool:
    """Tell whether a token is missing or wrong: Ray says so deep below what it raises."""
    reason: BaseException | None = error
    while reason is not None:
        if "AuthToken" in str(reason) or type(reason).__name__ == "AuthenticationError":
            return True
        reason = reason.__cause__ or reason.__context__
    return False


def _check_reachable(address: str) -> None:
    """Raise ClusterError where nobody listens: Ray would try for a minute, and print."""
    if address == "auto":
        return
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise OptionError(
            f'--address "{address}" is none: use HOST:PORT, such as 10.0.0.5:6379, or auto.'
        )
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError as error:
        raise ClusterError(
            f"No Ray cluster answers at {address} ({cause(error)}): start one with `ray start "
            "--head`, or leave --address out to use this machine."
        ) from error


def _check(workers: int | None, device: str) -> None:
    if workers is not None and workers < 1:
        raise OptionError(f"--workers {workers} leaves nobody to work: use 1 or more.")
    if device not in DEVICES:
        raise OptionError(
            f"--device {device}: with --engine ray each worker has a device of its own; use "
            f"{', '.join(DEVICES[:-1])} or {DEVICES[-1]}."
        )


def _team(ray: Any, workers: int | None, device: str, *, is_here: bool) -> Team:
    """Share out the cores, or the GPUs, of the machines. Raises ClusterError, OptionError."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    gpus = [int(node.get("GPU", 0)) for node in nodes]
    cores = [int(node.get("CPU", 0)) for node in nodes]
    if device == "cuda" and not sum(gpus):
        raise ClusterError("The cluster has no GPU: leave --device out to use its cores.")
    by_gpu = device != "cpu" and sum(gpus) > 0
    if by_gpu:
        most = sum(gpus)
        spare = [core // gpu for core, gpu in zip(cores, gpus, strict=True) if gpu]
        each = max(1, min(_CORES, *spare))
    else:
        each = max(1, min([_CORES, *filter(None, cores)]))
        if workers is not None:  # as many cores for each as there is room for
            sizes = range(1, max(cores, default=1) + 1)
            fits = [size for size in sizes if sum(core // size for core in cores) >= workers]
            each = max(fits, default=1)
        most = sum(core // each for core in cores)
    if workers is not None and workers > most:
        raise OptionError(f"--workers {workers}: the cluster has room for {most:,}; use fewer.")
    if not most:
        raise ClusterError("The cluster has no cores for workers: add a machine to it.")
    return Team(workers or most, each, int(by_gpu), is_here)
