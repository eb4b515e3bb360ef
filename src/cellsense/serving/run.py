"""Runs the server until it is told to stop; what was taken by then is answered."""

from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cellsense.classifier import Classifier
from cellsense.errors import DependencyError
from cellsense.models.resolve import EMBEDDED
from cellsense.remote.address import in_url, is_loopback
from cellsense.remote.token import read_token
from cellsense.serving.access import Access, choose_access
from cellsense.serving.certificate import Certificate, check_certificate
from cellsense.serving.limits import Limits
from cellsense.serving.listening import listen

if TYPE_CHECKING:
    import uvicorn

_NEEDED = ("fastapi", "uvicorn", "prometheus_client")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line says of a server."""

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    model: str | None = None
    revision: str | None = None
    device: str = "auto"
    any_language: bool = False
    limits: Limits = field(default_factory=Limits)


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
    tls = check_certificate(plan.certificate, plan.key)
    access = choose_access(plan.host, tls, read_token(), behind_proxy=plan.behind_proxy)
    # Named, or a server that is a client as well would ask another one.
    classifier = Classifier(
        plan.model or EMBEDDED,
        plan.device,
        revision=plan.revision,
        check_language=False if plan.any_language else None,
    )
    with listen(plan.host, plan.port) as listener:
        classifier.load()
        port = listener.getsockname()[1]
        name = "localhost" if is_loopback(plan.host) else in_url(plan.host)
        url = f"{'https' if tls else 'http'}://{name}:{port}"
        how = "with the access token" if access.token else "to programs on this machine"
        print(f"cellsense serves the model {classifier.name} at {url} {how}", flush=True)
        print(f"It runs on {classifier.description}. Ctrl+C stops it.", flush=True)
        with suppress(KeyboardInterrupt):  # the usual way to stop it
            import uvicorn

            config = uvicorn_config(classifier, access, plan.limits, tls)
            uvicorn.Server(config).run(sockets=[listener])


def uvicorn_config(
    classifier: Classifier, access: Access, limits: Limits, certificate: Certificate | None
) -> "uvicorn.Config":
    """Return what uvicorn runs."""
    import uvicorn

    from cellsense.serving.app import build_app

    return uvicorn.Config(
        build_app(classifier, access, limits),
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
