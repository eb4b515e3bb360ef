"""The socket that a server listens on."""

import socket

from cellsense.errors import OptionError


def listen(host: str, port: int) -> socket.socket:
    """Bind the address. Raises OptionError if it can't be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        raise _refused(host, port, error) from error
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows lets others take the port otherwise
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from error
    return listener


def _refused(host: str, port: int, error: Exception) -> OptionError:
    reason = getattr(error, "strerror", None) or str(error)
    return OptionError(
        f"The server can't listen on {host} port {port} ({reason}): name another with --port or "
        "--host, or stop the program that holds it."
    )
