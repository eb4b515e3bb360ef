"""The manifest: the small XML file by which Excel gets to know the add-in and its address."""

from pathlib import Path

from cellsense.errors import OutputError
from cellsense_addin.server.environment import ADDIN_ID
from cellsense_addin.server.site import Site

_ROOM = 64 * 2**10  # a manifest is some kilobytes


def write_manifest(file: Path, site: Site) -> None:
    """Write the manifest for a site; an older one of ours is replaced. Raises OutputError.

    `environment.configure` has to come before.
    """
    if file.exists() and not _is_ours(file):
        raise OutputError(f"{file} is something else than cellsense's manifest: name a new file.")
    fresh = file.with_name(f"{file.name}.new")
    try:
        fresh.write_text(manifest(site), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise OutputError(f"The manifest can't be written to {file}: {error.strerror}.") from error


def manifest(site: Site) -> str:
    """Return the same manifest that the server has at /manifest.xml."""
    from xlwings_server.config import settings
    from xlwings_server.templates import env

    rendered: str = env.get_template("manifest.xml").render(
        settings=settings,
        base_url=site.origin,
        base_url_with_app_path=site.origin,
        manifest_id=ADDIN_ID,
    )
    return rendered


def _is_ours(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            return ADDIN_ID.encode() in content.read(_ROOM)
    except OSError:
        return False
