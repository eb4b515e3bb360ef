"""`cellsense serve`: parses and calls, for Excel's server and for the engine."""

from pathlib import Path
from typing import Annotated

import typer

from cellsense.errors import OptionError
from cellsense.flags import AnyLanguage, DeviceName, ModelName

_ENGINE = (
    "behind_proxy",
    "model",
    "revision",
    "device",
    "any_language",
    "max_texts",
    "max_characters",
    "max_megabytes",
    "max_waiting",
    "timeout",
    "ray",
    "address",
    "replicas",
)
_EXCEL = ("url", "token", "license_key", "manifest")
_LAST_PORT = 65535


def serve(
    context: typer.Context,
    engine: Annotated[
        bool,
        typer.Option(
            "--engine",
            help="Serve the model to cellsense on other machines, and to any program, over HTTP. "
            "Free software only; no licence is needed.",
        ),
    ] = False,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen. Other than 127.0.0.1, a token and a certificate are needed.",
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="0 takes one that is free.")] = 8000,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TLS certificate, PEM, with its chain.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate's key, PEM.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Excel: where it finds the server if that differs: behind a proxy.",
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            envvar="CELLSENSE_SERVER_TOKEN",
            show_envvar=False,
            help="Excel: an access token of at least 32 characters, which users enter once in the "
            "task pane. Better set CELLSENSE_SERVER_TOKEN to it: others may see a command line. "
            "With --engine only that variable counts, or CELLSENSE_SERVER_TOKEN_FILE.",
        ),
    ] = None,
    license_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            envvar="XLWINGS_LICENSE_KEY",
            show_envvar=False,
            help="Excel: your licence of xlwings Server: noncommercial, or a key that you bought "
            "(or set XLWINGS_LICENSE_KEY to it).",
        ),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Excel: write the manifest that makes it find the server."
        ),
    ] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="Engine: a proxy adds TLS. The token is needed all the same."
        ),
    ] = False,
    model: ModelName = None,
    revision: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="A hub model's branch, tag or commit."),
    ] = None,
    device: DeviceName = "auto",
    any_language: AnyLanguage = False,
    max_texts: Annotated[int, typer.Option(metavar="N", help="Engine: texts in a call.")] = 10_000,
    max_characters: Annotated[
        int, typer.Option(metavar="N", help="Engine: characters in a call.")
    ] = 2_000_000,
    max_megabytes: Annotated[int, typer.Option(metavar="N", help="Engine: size of a call.")] = 16,
    max_waiting: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Engine: texts of all callers that may wait; above it calls are told to come "
            "again (429).",
        ),
    ] = 50_000,
    timeout: Annotated[
        int, typer.Option(metavar="SECONDS", help="Engine: how long a call may take.")
    ] = 300,
    ray: Annotated[
        bool,
        typer.Option(
            "--ray", help="Engine: a model on every machine of a Ray cluster (Ray Serve)."
        ),
    ] = False,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Engine, --ray: the cluster to join, as auto or HOST:PORT. [default: one that is "
            "started on this machine]",
        ),
    ] = None,
    replicas: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Engine, --ray: models. [default: one on each machine]"
        ),
    ] = None,
) -> None:
    """Serve =SENTIMENT and the button to Excel on the Mac and on the web, or (--engine) the model.

    Excel on Windows needs no server. For the Mac and the web cellsense uses xlwings Server: free
    of charge for noncommercial use only (without a key this command says how to get one). Reviews
    go from Excel to this server and nowhere else.

    Excel on the web takes add-ins from https only, and Excel on the Mac is sure to take https.
    For this machine, mkcert (mkcert -install; mkcert localhost) or Microsoft's
    office-addin-dev-certs (npx office-addin-dev-certs install) make a certificate and a key that
    it trusts.

    With --engine one machine classifies for many: set CELLSENSE_SERVER=https://… on theirs, and
    the command line, the add-in and Python ask it (docs/engine.md). Texts are neither kept nor
    logged there.

    Examples:
      cellsense serve --license-key noncommercial

      cellsense serve --certificate cert.pem --key key.pem --manifest addin.xml

      cellsense serve --host 0.0.0.0 --url https://cellsense.example.org

      cellsense serve --engine

      cellsense serve --engine --host 0.0.0.0 --certificate cert.pem --key key.pem
    """
    given = [name for name in (_EXCEL if engine else _ENGINE) if _is_given(context, name)]
    if given:
        flag = f"--{given[0].replace('_', '-')}"
        if not engine:
            raise OptionError(f"{flag} belongs to --engine: give that too, or leave it out.")
        instead = ", and set CELLSENSE_SERVER_TOKEN" if given[0] == "token" else ""
        raise OptionError(f"{flag} is no flag of the engine: leave it out{instead}.")
    if not 0 <= port <= _LAST_PORT:
        raise OptionError(f"--port {port} is none: give 1 to {_LAST_PORT}, or 0 for a free one.")
    if not engine:
        from cellsense_addin.server.commands import serve_excel

        serve_excel(host, port, certificate, key, url, token, license_key, manifest)
        return
    from cellsense.serving.limits import Limits
    from cellsense.serving.plan import Plan
    from cellsense.serving.run import serve_engine

    limits = Limits(max_texts, max_characters, max_megabytes, max_waiting, timeout)
    plan = Plan(
        host,
        port,
        certificate,
        key,
        behind_proxy,
        model,
        revision,
        device,
        any_language,
        limits,
        ray,
        address,
        replicas,
    )
    serve_engine(plan)


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
