"""The files that TLS needs."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from cellsense.errors import MissingFileError, OptionError, UnreadableFileError


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files that TLS needs, already checked."""

    chain: Path
    key: Path


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
