"""Runs the server until it is told to stop."""

import socket
from contextlib import suppress

from cellsense_addin.server.site import Site

_GRACE_SECONDS = 2  # for calls that are in work when the server is told to stop


def run(site: Site, listener: socket.socket) -> None:
    """Serve on a socket that listens already, until Ctrl+C or a signal to end.

    `environment.configure` has to come before.
    """
    with suppress(KeyboardInterrupt):  # the usual way to stop it
        import uvicorn

        from cellsense_addin.server.app import build_app

        config = uvicorn.Config(
            build_app(site),
            access_log=False,
            log_config=None,
            server_header=False,
            lifespan="on",
            ws="none",
            timeout_graceful_shutdown=_GRACE_SECONDS,
            ssl_certfile=site.certificate.chain if site.certificate else None,
            ssl_keyfile=site.certificate.key if site.certificate else None,
        )
        uvicorn.Server(config).run(sockets=[listener])
