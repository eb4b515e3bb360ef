"""`python -m cellsense` is the same as `cellsense`."""

from cellsense.cli import main

if __name__ == "__main__":
    main()
