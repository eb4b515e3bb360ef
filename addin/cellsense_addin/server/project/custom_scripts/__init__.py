"""Where xlwings Server looks for scripts. There are none.

It would send them the values of all sheets; the button sends the picked column (see `routes`).
"""
