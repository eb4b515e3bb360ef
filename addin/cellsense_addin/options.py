"""What the analyst chose in the ribbon: kept in a file, read by the functions and the button."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from platformdirs import user_config_path

from cellsense.device import resolve_device
from cellsense.errors import OptionError, OutputError
from cellsense.label import LABEL_NAME, SCORE_NAME
from cellsense.learn.names import learned_file
from cellsense.models.resolve import EMBEDDED, resolve_model
from cellsense.prediction import check_threshold
from cellsense.sheets.new_names import check_names
from cellsense_addin.question import Asked, read_labels

ENVIRONMENT = "CELLSENSE_ADDIN_OPTIONS"  # another file
ASK, NEXT_FREE = "ask", "next free"
LONGEST_ANSWER = 250  # characters that Excel's input box takes


@dataclass(frozen=True, slots=True)
class AddinOptions:
    """The ribbon's options; `occupied` says what to do when cells to the right are in use."""

    label_name: str = LABEL_NAME
    score_name: str = SCORE_NAME
    occupied: str = ASK
    model: str = EMBEDDED
    device: str = "auto"
    threshold: str = ""  # a number below which a score isn't trusted; empty: none
    # The button's: labels of one's own, parted by commas, or a file of what was learned from some;
    # empty: sentiment.
    labels: str = ""

    @property
    def least_score(self) -> float | None:
        """The threshold as a number. Raises OptionError if it's none, or out of range."""
        return read_threshold(self.threshold)

    @property
    def own_labels(self) -> str:
        """The labels, parted by commas; empty for what was learned, which is for this machine."""
        return "" if learned_file(self.labels) else self.labels

    @property
    def question(self) -> Asked | None:
        """What the button asks. Raises OptionError for labels that can't be asked for."""
        file = learned_file(self.labels)
        if file is None:
            return read_labels(self.labels)
        return Asked(learned=file, stamp=file.stat().st_mtime_ns if file.exists() else 0)


def read_threshold(value: object) -> float | None:
    """Read a threshold from a cell or a box: a number, with a comma too; nothing is none."""
    if value is None or value == "":
        return None
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError as error:
        raise OptionError(f'The threshold "{value}" is no number: use 0 to 1, as 0.7.') from error
    check_threshold(number)
    return number


def option_names() -> tuple[str, ...]:
    """Return the names of the options."""
    return tuple(field.name for field in fields(AddinOptions))


def read_options() -> AddinOptions:
    """Read the options; what the file lacks, or holds in another form, is as it was at first."""
    try:
        content = json.loads(options_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return AddinOptions()
    if not isinstance(content, dict):
        return AddinOptions()
    known = {name: content[name] for name in option_names() if isinstance(content.get(name), str)}
    return replace(AddinOptions(), **known)


def change_option(name: str, value: str) -> AddinOptions:
    """Set an option and keep it; an empty value sets it back.

    Raises OptionError (or what the model or device raises) if it can't be used.
    """
    if name not in option_names():
        raise OptionError(f'There is no option "{name}": use one of {", ".join(option_names())}.')
    value = value.strip() or str(getattr(AddinOptions(), name))
    changed = replace(read_options(), **{name: value})
    _CHECKS[name](changed)
    file = options_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        written = file.with_suffix(".new")
        written.write_text(json.dumps(asdict(changed), indent=1), encoding="utf-8")
        written.replace(file)
    except OSError as error:
        raise OutputError(f"The options can't be written to {file}: {error.strerror}.") from error
    return changed


def options_file() -> Path:
    """Return where the options are kept."""
    named = os.environ.get(ENVIRONMENT)
    return Path(named) if named else user_config_path("cellsense", appauthor=False) / "addin.json"


def _check_names(options: AddinOptions) -> None:
    check_names((options.label_name, options.score_name))


def _check_occupied(options: AddinOptions) -> None:
    if options.occupied not in (ASK, NEXT_FREE):
        raise OptionError(
            f'"{options.occupied}" is no answer to occupied cells: use "{ASK}" or "{NEXT_FREE}".'
        )


def _check_labels(options: AddinOptions) -> None:
    if len(options.labels) > LONGEST_ANSWER:
        raise OptionError(
            f"The labels have {len(options.labels)} characters, and the box holds "
            f"{LONGEST_ANSWER}: name fewer, or use CLASSIFY with labels in cells."
        )
    asked = options.question
    if asked is not None:
        _ = asked.classifier(options.model, options.device).labels  # raises what it can't be asked


def _check_model(model: str) -> None:
    from cellsense.learn.model import read_learned

    file = learned_file(model)
    if file is None:
        resolve_model(model)
    else:
        read_learned(file)


_CHECKS: dict[str, Callable[[AddinOptions], object]] = {
    "label_name": _check_names,
    "score_name": _check_names,
    "occupied": _check_occupied,
    "model": lambda options: _check_model(options.model),
    "device": lambda options: resolve_device(options.device),
    "threshold": lambda options: options.least_score,
    "labels": _check_labels,
}
