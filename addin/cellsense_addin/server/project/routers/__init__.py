"""Where xlwings Server looks for further routes."""
