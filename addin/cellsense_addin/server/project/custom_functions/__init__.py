"""Where xlwings Server looks for worksheet functions: all that this module holds."""

from cellsense_addin.server.worksheet_functions import exposed

globals().update(exposed())
