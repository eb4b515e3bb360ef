"""What the command line says of a server."""

from dataclasses import dataclass, field
from pathlib import Path

from cellsense.classifier import Classifier
from cellsense.models.resolve import EMBEDDED
from cellsense.remote.address import in_url, is_loopback
from cellsense.serving.limits import Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """The flags of `cellsense serve --engine`."""

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
    ray: bool = False
    address: str | None = None
    replicas: int | None = None

    def classifier(self) -> Classifier:
        """Return what answers, not loaded yet."""
        # Named, or a server that is a client as well would ask another one.
        return Classifier(
            self.model or EMBEDDED,
            self.device,
            revision=self.revision,
            check_language=False if self.any_language else None,
        )

    def url(self, port: int) -> str:
        """Return the address to tell, with the port that it became."""
        name = "localhost" if is_loopback(self.host) else in_url(self.host)
        return f"{'https' if self.certificate else 'http'}://{name}:{port}"
