"""The ribbon's macros, on the Python side: the selected column gains its labels.

The add-in drives: `begin` or `learn`, then `step` until it's done, so that Excel answers to the
mouse between two steps and the analyst can cancel. Each returns what comes next, a tab, and what to
say.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

from cellsense import __version__
from cellsense.errors import CellsenseError, ModelError, OptionError, SelectionError
from cellsense.learn.names import learned_file
from cellsense.live import LiveColumn
from cellsense.sheets.excel_native import full_name
from cellsense.sheets.interface import Area
from cellsense.sheets.xlwings_sheet import XlwingsSheet
from cellsense_addin.background import Labels
from cellsense_addin.column_job import ColumnJob, Question, plan
from cellsense_addin.failures import unexpected
from cellsense_addin.learning_job import LearningJob
from cellsense_addin.options import AddinOptions, change_option, read_options
from cellsense_addin.question import Asked
from cellsense_addin.session import background
from cellsense_addin.xlwings_light import xw

# What comes next: another step; a question (yes or no; yes, no or neither); whether to classify by
# what was learned; or nothing.
MORE, ASK, CHOOSE, LEARNED = "more", "ask", "choose", "learned"
DONE, CANCELLED, FAILED = "done", "cancelled", "failed"
STEP_SECONDS = 0.3  # long enough to be worth the call, short enough for Cancel to be felt


@dataclass(slots=True)
class _Session:
    """One column at a time is worked off in an Excel session."""

    job: ColumnJob | LearningJob | None = None
    ended: str = ""  # what the last step said: Esc may have kept it from being heard
    # The column of labels by hand, by its workbook and sheet.
    learned_from: dict[tuple[str, str], int] = field(default_factory=dict)


_session = _Session()


def _told(function: Callable[..., str]) -> Callable[..., str]:
    """Turn what is raised into the line that tells it."""

    @wraps(function)
    def told(*arguments: Any) -> str:
        try:
            return function(*arguments)
        except CellsenseError as error:
            failure: CellsenseError = error
        except Exception as error:  # noqa: BLE001 - shown in a message box; the log has the rest
            failure = unexpected(error)
        _drop_job()
        return f"{FAILED}\t{failure}"

    return told


@xw.func
@_told
def begin(selection: Annotated[Any, {"convert": "range"}], consent: Any = "") -> str:
    """Start with the selected cells (an xlwings Range), or return the question to ask first.

    `consent` is the answer to it, "yes" or "no".
    """
    _drop_job()
    options = read_options()
    asked = options.question
    answers = _background(options, asked)
    sheet = selection.sheet
    decided = plan(
        XlwingsSheet(sheet),
        picked_area(selection),
        options,
        str(consent or ""),
        kept=_session.learned_from.get((sheet.book.name, sheet.name)),
    )
    if isinstance(decided, Question):
        return f"{CHOOSE if decided.choices > 2 else ASK}\t{decided.text}"
    column = LiveColumn(*decided)
    _session.job = ColumnJob(column, answers, options.least_score)
    return f"{MORE}\t{_session.job.progress}"


@xw.func
@_told
def learn(selection: Annotated[Any, {"convert": "range"}], labels: Any) -> str:
    """Start to learn from the rows of the selected column that have a label in another one.

    `labels` is that column's header, letter or number.
    """
    _drop_job()
    sheet = selection.sheet
    _session.job = LearningJob(
        XlwingsSheet(sheet), picked_area(selection), str(labels), _file_of(sheet.book)
    )
    return f"{MORE}\t{_session.job.progress}"


@xw.func
@_told
def step() -> str:
    """Write what is ready, and tell how far it is."""
    job = _running()
    job.step(STEP_SECONDS)
    if not job.finished:
        return f"{MORE}\t{job.progress}"
    _session.job = None
    if isinstance(job, LearningJob):
        _session.learned_from[job.sheet] = job.column
        _session.ended = f"{LEARNED}\t{job.told}"
    else:
        _session.ended = f"{DONE}\t{job.told}"
    return _session.ended


@xw.func
@_told
def cancel() -> str:
    """Stop; the rows written so far keep their labels."""
    job, _session.job = _session.job, None
    if job is None:
        return _session.ended or f"{CANCELLED}\tNothing is being classified."
    return f"{CANCELLED}\t{job.cancel()}"


@xw.func
@_told
def set_option(name: Any, value: Any) -> str:
    """Change one of the ribbon's options, and return its value; an empty one sets it back."""
    changed = change_option(str(name), str(value or ""))
    return f"{DONE}\t{getattr(changed, str(name))}"


@xw.func
@_told
def get_option(name: Any) -> str:
    """Return the value of one of the ribbon's options."""
    return f"{DONE}\t{getattr(read_options(), str(name))}"


@xw.func
@_told
def choose_labels(labels: Any) -> str:
    """Set the labels of the button, and return what it tells from now on."""
    kept = change_option("labels", str(labels or "")).labels
    if not kept:
        return f"{DONE}\tClassify column tells sentiment."
    if learned_file(kept):
        return f"{DONE}\tClassify column goes by what was learned: {kept}"
    return f"{DONE}\tClassify column tells which of these fits best: {kept}"


@xw.func
@_told
def about() -> str:
    """Tell version, model and device."""
    classifier = background().classifier
    labels = read_options().labels
    asked = f"Labels of the button: {labels}\n" if labels else ""
    where = f"go to {classifier.server}" if classifier.server else "never leave this machine"
    warning = f"\n{classifier.warning}" if classifier.warning else ""
    return (
        f"{DONE}\tcellsense {__version__}\nModel: {classifier.name}\n"
        f"Device: {classifier.description}\n{asked}Reviews {where}.{warning}"
    )


def picked_area(selection: Any) -> Area:
    """Return the cells of an xlwings Range. Raises SelectionError for several areas at once."""
    if "," in selection.address:
        raise SelectionError("Several areas are selected: select cells of one column.")
    last = selection.last_cell
    return Area(selection.row, selection.column, last.row, last.column)


def _background(options: AddinOptions, asked: Asked | None) -> Labels:
    """Return what answers the question. Raises ModelError if what was learned can't be had."""
    found = background(options, asked)
    if asked is None or asked.learned is None:
        return found
    try:
        _ = found.classifier.labels
    except ModelError as error:
        raise ModelError(
            f"Classify column goes by what was learned before, and that can't be had: {error} "
            "Click Learn… again, or empty Labels… for sentiment."
        ) from error
    return found


def _file_of(book: Any) -> Path:
    """Return a workbook's file, or a bare name where it has none on this machine."""
    name = full_name(book)
    return Path(book.name if "://" in name else name)


def _drop_job() -> None:
    """Stop what failed, or was left behind by a macro that was halted; begin anew."""
    _session.ended = ""
    job, _session.job = _session.job, None
    if job is not None:
        job.cancel()


def _running() -> ColumnJob | LearningJob:
    if _session.job is None:
        raise OptionError("No column is being classified.")
    return _session.job
