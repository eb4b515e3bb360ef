"""The command line's run over one file or the files of a folder, one after the other."""

import sys
from pathlib import Path

from cellsense.classifier import Classifier
from cellsense.console import ConsoleListener
from cellsense.convert import STANDARD, Options, convert, find_files
from cellsense.errors import CellsenseError, DeviceError, ModelError, OptionError


def convert_all(
    source: str,
    output: str | None,
    in_place: bool,
    classifier: Classifier,
    options: Options,
) -> int:
    """Convert a file, or every file of a folder; return how many files of a folder failed.

    A file that fails doesn't stop the others of its folder; what concerns all of them (the model,
    the device, a flag) does. Raises CellsenseError.
    """
    folder = Path(source)
    if source in ("", STANDARD) or not _is_folder(folder):
        to_stderr = output == STANDARD or (source == STANDARD and output is None)
        with ConsoleListener(classifier, to_stderr=to_stderr) as listener:
            listener.finished(
                convert(
                    source,
                    output,
                    in_place=in_place,
                    classifier=classifier,
                    options=options,
                    listener=listener,
                )
            )
        return 0
    if output == STANDARD or (output is not None and not Path(output).is_dir()):
        raise OptionError(f"{source} is a folder: --output must be a folder that exists.")
    failed = 0
    for file in find_files(folder):
        try:
            convert_all(str(file), output, in_place, classifier, options)
        except (ModelError, DeviceError, OptionError):
            raise
        except CellsenseError as error:
            print(f"Error: {error}", file=sys.stderr)
            failed += 1
    return failed


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that no file can have; converting it says so
        return False
