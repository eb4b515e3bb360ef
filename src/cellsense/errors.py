"""Everything cellsense raises on purpose.

CellsenseError
├── InputError               what the user named can't be used
│   ├── MissingFileError     a file or folder that isn't there, or holds nothing to convert
│   ├── UnreadableFileError  corrupt, encrypted, locked, or of a kind that isn't read
│   ├── SelectionError       no such sheet or column, or none that looks like review text
│   └── OptionError          a flag or argument with a value that can't be used
├── OutputError              the result can't be written, or would overwrite something
├── ModelError               a model that can't be used
│   └── MissingModelError    not on this machine, and not to be had now
├── DeviceError              a device that isn't there
├── DependencyError          an optional package that isn't installed
├── ServerError              a server that refuses, or answers what can't be used
│   └── UnansweredError      it isn't there, is busy for too long, or isn't made for the question
├── ClusterError             machines of a cluster that can't be reached, or were lost
└── TrainingError            a corpus or recipe that can't be trained on

A message is one sentence or two: what happened, where, and what to do about it. The command line
prints it as it stands and exits with 2.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class CellsenseError(Exception):
    """The root: `except CellsenseError` catches whatever cellsense raises on purpose."""


class InputError(CellsenseError):
    """What the user named can't be used."""


class MissingFileError(InputError):
    """A file or folder isn't there, or a folder holds nothing to convert."""


class UnreadableFileError(InputError):
    """A file is corrupt, encrypted, locked, or of a kind that isn't read."""


class SelectionError(InputError):
    """No such sheet or column, or no column that looks like review text."""


class OptionError(InputError):
    """A flag or argument has a value that can't be used."""


class OutputError(CellsenseError):
    """The result can't be written, or would overwrite something."""


class ModelError(CellsenseError):
    """A model can't be used."""


class MissingModelError(ModelError):
    """A model isn't on this machine and can't be had now."""


class DeviceError(CellsenseError):
    """A device isn't there."""


class DependencyError(CellsenseError):
    """An optional package isn't installed."""


class ServerError(CellsenseError):
    """A server refuses, or answers what can't be used."""


class UnansweredError(ServerError):
    """A server isn't there, is busy for too long, or isn't made for the question."""


class ServerWarning(UserWarning):
    """The model on this machine answers instead of a server, as the user allowed."""


class ClusterError(CellsenseError):
    """The machines of a cluster can't be reached, or were lost."""


class TrainingError(CellsenseError):
    """A corpus or recipe can't be trained on."""


def near_names(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: `Did you mean "X"?`, or the names that exist (ten at most)."""
    names = list(known)
    folded = {item.casefold(): item for item in names}
    close = get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(f'"{folded[item]}"' for item in close) + "?"
    shown = ", ".join(f'"{item}"' for item in names[:10])
    return f"There is: {shown}{', …' if len(names) > 10 else ''}." if names else "There is none."
