"""What Excel loads: worksheet functions, the ribbon's macros, and the add-in file built from text.

A door beside the command line and the library, thin over both: what is classified, and what is
written where, is decided in `cellsense`.
"""
