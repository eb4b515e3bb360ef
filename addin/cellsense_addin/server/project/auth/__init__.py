"""Where xlwings Server looks for ways to tell who calls, besides its own."""
