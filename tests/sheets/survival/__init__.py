"""Shows that workbooks of any origin survive: by parts, cells, openpyxl, a validator, LibreOffice.

`benchmarks/real_workbooks.py` prints it as a table, `test_workbooks_survive.py` fails on less.
"""
