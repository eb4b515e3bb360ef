"""`cellsense serve` for Excel: calls what it needs in turn."""

from pathlib import Path


def serve_excel(
    host: str,
    port: int,
    certificate: Path | None,
    key: Path | None,
    url: str | None,
    token: str | None,
    license_key: str | None,
    manifest: Path | None,
) -> None:
    """Serve functions and button until Ctrl+C or a signal to end; the flags of `cellsense serve`.

    Raises DependencyError, InputError, OutputError.
    """
    from cellsense.serving.certificate import check_certificate
    from cellsense.serving.listening import listen
    from cellsense_addin.server.access import choose_access
    from cellsense_addin.server.environment import configure
    from cellsense_addin.server.licence import require_licence
    from cellsense_addin.server.manifest import write_manifest
    from cellsense_addin.server.run import run
    from cellsense_addin.server.site import Site, check_url

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
