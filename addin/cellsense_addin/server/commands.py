"""`cellsense serve`: parses and calls."""

from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen. Other than 127.0.0.1, a token and a certificate are needed.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="0 takes one that is free.")
    ] = 8000,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TLS certificate, PEM, with its chain.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate's key, PEM.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where Excel finds the server if that differs: behind a proxy."
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            envvar="CELLSENSE_SERVER_TOKEN",
            show_envvar=False,
            help="An access token of at least 32 characters, which users enter once in the task "
            "pane. Better set CELLSENSE_SERVER_TOKEN to it: others may see a command line.",
        ),
    ] = None,
    license_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            envvar="XLWINGS_LICENSE_KEY",
            show_envvar=False,
            help="Your licence of xlwings Server: noncommercial, or a key that you bought "
            "(or set XLWINGS_LICENSE_KEY to it).",
        ),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the manifest that makes Excel find the server."),
    ] = None,
) -> None:
    """Serve =SENTIMENT and the button to Excel on the Mac and on the web. Windows needs no server.

    Uses xlwings Server: free of charge for noncommercial use only (without a key this command says
    how to get one). Reviews go from Excel to this server and nowhere else.

    Excel on the web takes add-ins from https only, and Excel on the Mac is sure to take https.
    For this machine, mkcert (mkcert -install; mkcert localhost) or Microsoft's
    office-addin-dev-certs (npx office-addin-dev-certs install) make a certificate and a key that
    it trusts.

    Examples:
      cellsense serve --license-key noncommercial

      cellsense serve --certificate cert.pem --key key.pem --manifest addin.xml

      cellsense serve --host 0.0.0.0 --url https://cellsense.example.org
    """
    from cellsense_addin.server.access import choose_access
    from cellsense_addin.server.environment import configure
    from cellsense_addin.server.licence import require_licence
    from cellsense_addin.server.manifest import write_manifest
    from cellsense_addin.server.run import run
    from cellsense_addin.server.site import Site, check_certificate, check_url, listen

    require_licence(license_key)
    tls = check_certificate(certificate, key)
    address = check_url(url) if url else ""
    access = choose_access(Site(host, port, tls, address), token)
    with listen(host, port) as listener:
        site = Site(host, listener.getsockname()[1], tls, address)
        configure(site, access)
        if manifest is not None:
            write_manifest(manifest, site)
            print(f"Wrote {manifest}: give it to Excel (docs/server.md says how).")
        print(f"cellsense serves Excel at {site.origin} {access}".rstrip(), flush=True)
        if site.origin.startswith("http:"):
            print("Note: this is not https, which Excel on the web insists on; see --help.")
        print("Ctrl+C stops it.", flush=True)
        run(site, listener)
