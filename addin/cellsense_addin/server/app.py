"""The server's ASGI app: the gate, and behind it xlwings Server with our routes."""

from typing import TYPE_CHECKING

from cellsense_addin.server.site import Site

if TYPE_CHECKING:
    from cellsense_addin.server.gate import Gate


def build_app(site: Site) -> "Gate":
    """Return the app. `environment.configure` has to come before."""
    from xlwings_server.main import app, main_app
    from xlwings_server.templates import env

    from cellsense_addin.options import read_options
    from cellsense_addin.server.gate import Gate
    from cellsense_addin.server.routes import POSTS, answer_mistakes
    from cellsense_addin.server.worksheet_functions import argument_counts

    answer_mistakes(app)
    env.globals["cellsense_options"] = read_options  # what the pane's fields hold at first
    return Gate(main_app, site, argument_counts(), POSTS)
