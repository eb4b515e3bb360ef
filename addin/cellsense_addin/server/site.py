"""Where the server listens, and under which addresses Excel may reach it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from cellsense.errors import OptionError
from cellsense.remote.address import DEFAULT_PORTS, in_url, is_loopback
from cellsense.serving.certificate import Certificate

_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


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
        name = "localhost" if is_loopback(self.host) else in_url(self.host)
        return self.url or self._origin(name)

    @property
    def origins(self) -> frozenset[str]:
        """All addresses under which pages of ours may have been loaded."""
        names = [in_url(self.host), *(_THIS_MACHINE if is_loopback(self.host) else ())]
        return frozenset([self.origin, *(self._origin(name) for name in names)])

    @property
    def local(self) -> bool:
        """True if only programs on this machine can reach it, as far as is known here."""
        name = urlsplit(self.url).hostname
        return is_loopback(self.host) and (name is None or is_loopback(name))

    def _origin(self, name: str) -> str:
        scheme = "https" if self.certificate else "http"
        port = "" if self.port == DEFAULT_PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{name.lower()}{port}"


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
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or rest:
        raise wrong
    suffix = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{in_url(parts.hostname)}{suffix}"
