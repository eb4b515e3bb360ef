"""`cellsense serve --engine`: one model for many, over HTTP (extra `engine`).

`certificate`, `listening` and `body` also serve the server for Excel.
"""
