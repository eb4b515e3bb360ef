"""What an error says is told in one line."""

import pytest

from cellsense.sheets.failures import cause


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device", "out.csv"), "No space left on device"),
        (OSError("path is a directory."), "path is a directory"),
        (ValueError("\nfirst.\nsecond"), "first"),
        (KeyError(), "KeyError"),
    ],
)
def test_the_cause_is_one_line(error: Exception, line: str) -> None:
    assert cause(error) == line
