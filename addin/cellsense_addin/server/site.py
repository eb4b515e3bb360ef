"""Where the server listens, and under which addresses Excel may reach it."""

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cellsense.errors import MissingFileError, OptionError, UnreadableFileError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files that TLS needs, already checked."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Site:
    """An address that is listened on.

    Args:
        host: the address or name as the user gave it.
        port: the port, never 0.
        certificate: None speaks plain HTTP.
        url: where Excel finds the server if that differs, as behind a proxy; else "".
    """

    host: str
    port: int
    certificate: Certificate | None = None
    url: str = ""

    @property
    def origin(self) -> str:
        """The address to put into the manifest, such as https://localhost:8000."""
        # Certificates for development are made out to localhost rather than to 127.0.0.1.
        name = "localhost" if is_loopback(self.host) else _in_url(self.host)
        return self.url or self._origin(name)

    @property
    def origins(self) -> frozenset[str]:
        """All addresses under which pages of ours may have been loaded."""
        names = [_in_url(self.host), *(_THIS_MACHINE if is_loopback(self.host) else ())]
        return frozenset([self.origin, *(self._origin(name) for name in names)])

    @property
    def local(self) -> bool:
        """True if only programs on this machine can reach it, as far as is known here."""
        name = urlsplit(self.url).hostname
        return is_loopback(self.host) and (name is None or is_loopback(name))

    def _origin(self, name: str) -> str:
        scheme = "https" if self.certificate else "http"
        port = "" if self.port == _DEFAULT_PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{name.lower()}{port}"


def is_wildcard(host: str) -> bool:
    """Tell whether an address stands for all addresses of the machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return not host


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_url(url: str) -> str:
    """Return the origin that a URL names. Raises OptionError if it holds anything else."""
    wrong = OptionError(
        f'"{url}" can\'t be the address of the server: give scheme and host, as in '
        "https://cellsense.example.org or https://localhost:8443."
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    rest = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or rest:
        raise wrong
    suffix = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{_in_url(parts.hostname)}{suffix}"


def check_certificate(chain: Path | None, key: Path | None) -> Certificate | None:
    """Return the certificate, or None if none was named. Raises what is wrong with it."""
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise OptionError(
            "A certificate and its key belong together: give --certificate and --key."
        )
    for file in (chain, key):
        if not file.is_file():
            raise MissingFileError(f"There is no file {file}.")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without a password given here OpenSSL would ask for one on the terminal.
        context.load_cert_chain(chain, key, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise UnreadableFileError(
            f"{chain} and {key} can't be used as a certificate and its key ({reason}): both have "
            "to be PEM files that belong together, the key without a password."
        ) from error
    return Certificate(chain, key)


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


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host.lower()
