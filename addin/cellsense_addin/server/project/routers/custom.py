"""The further routes: those of the task pane's button."""

from cellsense_addin.server.routes import router

__all__ = ["router"]
