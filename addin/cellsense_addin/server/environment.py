"""The settings of xlwings Server, which it reads from the environment when it is imported."""

import json
import os
from pathlib import Path

from cellsense.errors import OptionError
from cellsense.remote.token import TOKEN
from cellsense_addin.server.access import PROVIDERS, Access
from cellsense_addin.server.site import Site

PROJECT = Path(__file__).parent / "project"
ADDIN_ID = "a3c9b1de-53f4-4c0e-9d2c-7f0e5d4e6b21"  # Excel tells add-ins apart by it
TIMEOUT_SECONDS = 2 * 3600  # a call may classify a whole column, on a slow machine

# What the vendor recommends for add-ins that Excel on the web may frame. Our pages load nothing
# from elsewhere; the font is what Office's own script asks for there.
_CONTENT_POLICY = (
    "default-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; "
    "img-src 'self' data:; font-src 'self' https://res-1.cdn.office.net; "
    "style-src 'self' 'unsafe-inline'"
)


def configure(site: Site, access: Access) -> None:
    """Set what xlwings Server reads, for this process. Raises OptionError for what it refuses."""
    os.environ.update(_settings(site, access))
    for name, value in _defaults().items():
        os.environ.setdefault(name, value)
    os.environ[TOKEN] = access.token
    try:
        import xlwings_server.config  # noqa: F401 - reads and checks them
    except ValueError as error:  # pydantic's errors are of this kind
        raise OptionError(
            "xlwings Server refuses one of its settings, the environment variables XLWINGS_…: "
            + " ".join(str(error).split())
        ) from error


def _settings(site: Site, access: Access) -> dict[str, str]:
    """Return the settings that safety and function depend on, whatever was set before."""
    headers = {"Content-Security-Policy": _CONTENT_POLICY}
    unused = ("ALPINEJS_CSP", "BOOTSTRAP", "EXAMPLES", "HOTRELOAD", "HTMX", "SOCKETIO", "TESTS")
    return {
        "XLWINGS_PROJECT_DIR": str(PROJECT),
        "XLWINGS_PROJECT_NAME": "cellsense",
        "XLWINGS_ENVIRONMENT": "prod",
        "XLWINGS_FUNCTIONS_NAMESPACE": "",  # =SENTIMENT(…), as on Windows
        "XLWINGS_MANIFEST_ID_PROD": ADDIN_ID,
        "XLWINGS_ADD_SECURITY_HEADERS": "true",
        "XLWINGS_CUSTOM_HEADERS": json.dumps(headers),
        "XLWINGS_ENABLE_EXCEL_ONLINE": "true",
        "XLWINGS_ENABLE_WASM": "false",
        "XLWINGS_CDN_OFFICEJS": "false",
        "XLWINGS_CORS_ALLOW_ORIGINS": "[]",  # the gate opens what Excel on the web needs
        "XLWINGS_HOSTNAME": site.origin.removeprefix("https://") if site.url else "",
        "XLWINGS_APP_PATH": "",
        "XLWINGS_STATIC_URL_PATH": "/static",
        "XLWINGS_TASKPANE_HTML": "taskpane.html",
        # Below this level its log can quote what stands in cells.
        "XLWINGS_LOG_LEVEL": "CRITICAL",
        PROVIDERS: json.dumps(access.providers),
        **{f"XLWINGS_ENABLE_{name}": "false" for name in unused},
    }


def _defaults() -> dict[str, str]:
    return {
        "XLWINGS_REQUEST_TIMEOUT": str(TIMEOUT_SECONDS),
        # Repeating a call that ran for minutes helps nobody; a proxy that restarts is another case.
        "XLWINGS_CUSTOM_FUNCTIONS_MAX_RETRIES": "2",
        "XLWINGS_CUSTOM_FUNCTIONS_RETRY_CODES": "[502, 503, 504]",
    }
