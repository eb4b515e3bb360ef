"""Runs the server until it is told to stop; what was taken by then is answered."""

import socket
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cellsense.classifier import Classifier
from cellsense.errors import DependencyError, OptionError
from cellsense.remote.token import read_token
from cellsense.serving.access import Access, choose_access
from cellsense.serving.certificate import Certificate, check_certificate
from cellsense.serving.limits import Limits
from cellsense.serving.listening import listen
from cellsense.serving.plan import Plan

if TYPE_CHECKING:
    import uvicorn

_NEEDED = ("fastapi", "uvicorn", "prometheus_client")


def serve_engine(plan: Plan) -> None:
    """Serve a model until Ctrl+C or a signal to end.

    Raises DependencyError, OptionError, and what Classifier raises where there is no such model.
    """
    missing = [name.replace("_", "-") for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise DependencyError(
            f'Serving the engine needs {", ".join(missing)}: pip install "cellsense[engine]"'
        )
    plan.limits.check()
    if not plan.ray and (plan.address is not None or plan.replicas is not None):
        raise OptionError("--address and --replicas are for several machines: give --ray, too.")
    tls = check_certificate(plan.certificate, plan.key)
    access = choose_access(plan.host, tls, read_token(), behind_proxy=plan.behind_proxy)
    classifier = plan.classifier()

    def tell(port: int, where: str) -> None:
        how = "with the access token" if access.token else "to programs on this machine"
        print(f"cellsense serves the model {classifier.name} at {plan.url(port)} {how}", flush=True)
        print(f"It runs on {where}. Ctrl+C stops it.", flush=True)

    with suppress(KeyboardInterrupt):  # the usual way to stop it
        if plan.ray:
            from cellsense.serving.on_ray import serve_on_ray

            classifier.labels  # noqa: B018 - raises where there is no such model
            serve_on_ray(plan, access, tls, tell)
            return
        with listen(plan.host, plan.port) as listener:
            server = build_server(classifier, access, plan.limits, tls)
            tell(listener.getsockname()[1], classifier.description)
            server.run(sockets=[listener])


def build_server(
    classifier: Classifier, access: Access, limits: Limits, certificate: Certificate | None
) -> "uvicorn.Server":
    """Return the server, to run."""
    import uvicorn

    from cellsense.serving.app import build_app

    guard = build_app(classifier, access, limits)

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            guard.stop()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        guard,
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="on",
        ws="none",
        proxy_headers=access.behind_proxy,  # callers by their own address: they take turns
        timeout_graceful_shutdown=limits.seconds,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    return Server(config)
