"""The same server on several machines: a model on each, and Ray Serve before them.

Ray Serve's proxy listens on the cluster's head and hands calls to the machine with the fewest in
work. Each has its own queue, limits and counters.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cellsense.ending import listen as hear_signals
from cellsense.errors import DependencyError, OptionError
from cellsense.serving.access import Access
from cellsense.serving.certificate import Certificate
from cellsense.serving.listening import listen
from cellsense.serving.plan import Plan

_NAME = "cellsense"
_ANY = "auto"
_KNOCK_SECONDS = 5
_CALLS_AT_A_TIME = 1_000  # each machine takes: it has limits of its own


def serve_on_ray(
    plan: Plan,
    access: Access,
    certificate: Certificate | None,
    on_start: Callable[[int, str], None],
) -> None:
    """Serve a model from all machines of a cluster until Ctrl+C or a signal to end.

    `on_start` is called with the port and what answers, once calls are taken.

    Raises DependencyError or OptionError.
    """
    if find_spec("ray") is None or find_spec("ray.serve") is None:
        raise DependencyError(
            'Serving from several machines needs Ray Serve: pip install "cellsense[engine,ray]"'
        )
    if plan.port == 0:
        raise OptionError("Ray Serve takes no free port: name one with --port.")
    if plan.address is None:
        listen(plan.host, plan.port).close()  # Ray says the same on a page
    with _cluster(plan.address) as machines:
        serve = _package("ray.serve")
        if serve.status().proxies:
            raise OptionError(
                "This cluster has a Ray Serve already, which listens as somebody else decided: "
                "end it with `serve shutdown`, or join another cluster."
            )
        serve.start(http_options=_http_options(plan, certificate))
        try:
            count = plan.replicas or machines
            serve.run(_application(plan, access, count), name=_NAME)
            where = "1 machine" if machines == 1 else f"{machines} machines"
            on_start(plan.port, f"Ray Serve: {count} × the model, on {where}")
            while True:
                time.sleep(1)
        finally:
            serve.shutdown()  # answers first what is in work


@contextmanager
def _cluster(address: str | None) -> Iterator[int]:
    """Join a cluster, or start one here; yield how many machines it has."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would tell Ray's makers
    if address is not None and address != _ANY:
        _knock(address)  # Ray would knock for minutes
    ray = _package("ray")
    try:
        ray.init(
            address=address or "local",
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise _no_cluster(address or "", reason) from error
    hear_signals()  # Ray takes them otherwise
    try:
        yield sum(bool(node["Alive"]) for node in ray.nodes())
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or "/" in address or not port.isdigit():
        raise OptionError(f"--address {address}: give HOST:PORT, or {_ANY} for this machine's.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, getattr(error, "strerror", None) or str(error)) from error


def _no_cluster(address: str, reason: str) -> OptionError:
    return OptionError(f"There is no Ray cluster to join at {address} ({reason}).")


def _http_options(plan: Plan, certificate: Certificate | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "host": plan.host,
        "port": plan.port,
        "location": "HeadOnly",
        "request_timeout_s": plan.limits.seconds + 30,
    }
    if certificate is not None:
        options |= {"ssl_certfile": str(certificate.chain), "ssl_keyfile": str(certificate.key)}
    return options


def _application(plan: Plan, access: Access, count: int) -> Any:
    ray, serve = _package("ray"), _package("ray.serve")

    def build() -> Any:
        from cellsense.serving.app import build_app

        return build_app(plan.classifier(), access, plan.limits)

    gpus = bool(ray.cluster_resources().get("GPU")) and plan.device != "cpu"
    deployment = serve.deployment(serve.ingress(build)()).options(
        name=_NAME,
        num_replicas=count,
        max_replicas_per_node=1 if plan.replicas is None else None,
        max_ongoing_requests=_CALLS_AT_A_TIME,
        ray_actor_options={"num_cpus": 1, "num_gpus": int(gpus)},
        graceful_shutdown_timeout_s=plan.limits.seconds,
        logging_config={"log_level": "ERROR", "enable_access_log": False},
    )
    return deployment.bind()


def _package(name: str) -> Any:
    """Import a package whose types say little, and quiet it."""
    found = import_module(name)
    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    return found
