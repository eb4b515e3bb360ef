"""What xlwings Server looks for, by the names it prescribes; it puts this folder on `sys.path`."""
