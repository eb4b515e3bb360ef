"""The worksheet functions. Thin: what they say is shaped here, and found in `Classifier`.

The same functions serve Excel on Windows (through xlwings' COM server) and, through xlwings
Server, Excel on the Mac and on the web. Their signatures, docstrings and `doc` entries are what
Excel's function wizard shows.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from cellsense.errors import CellsenseError, OptionError
from cellsense.more_columns import SCORE_DIGITS
from cellsense.prediction import Prediction
from cellsense_addin.background import Waiting
from cellsense_addin.failures import unexpected
from cellsense_addin.options import read_threshold
from cellsense_addin.question import Asked, asks_nothing, read_question
from cellsense_addin.session import answer, background, current_options, reasons
from cellsense_addin.xlwings_light import xw

CATEGORY = "cellsense"
PLACEHOLDER = "…"  # shown until a text's answer is there
OUTPUTS = ("both", "label", "score")

Cell = str | float
Rows = list[list[Cell]]


@xw.func(category=CATEGORY)
def sentiment(
    texts: Annotated[
        Any,
        {"ndim": 2, "doc": "The reviews: a cell, or cells of one column, such as A2:A1001 or A:A."},
    ],
    output: Annotated[Any, {"doc": '"both" (the default), "label" or "score".'}] = "both",
    threshold: Annotated[
        Any,
        {"doc": "Reviews with a score below this, such as 0.7, get TO REVIEW instead of a label."},
    ] = None,
    cell: Annotated[Any, {"doc": "Where the formula stands; the add-in fills it in."}] = None,
) -> Any:
    """Return label (NEGATIVE, NEUTRAL, POSITIVE) and score of each review, beside its row.

    Cells without text stay empty; ... stands where an answer is still in work.
    """
    return _answered(texts, output, threshold, cell, lambda: None)


@xw.func(category=CATEGORY)
def classify(
    texts: Annotated[
        Any,
        {"ndim": 2, "doc": "The texts: a cell, or cells of one column, such as A2:A1001 or A:A."},
    ],
    labels: Annotated[
        Any,
        {
            "ndim": 2,
            "doc": 'Your labels, {"price","delivery"} or cells; or two columns with examples: '
            "texts, and the labels that you gave them.",
        },
    ],
    output: Annotated[Any, {"doc": '"both" (the default), "label" or "score".'}] = "both",
    several: Annotated[Any, {"doc": "TRUE: any number of the labels may fit a text."}] = False,
    threshold: Annotated[
        Any, {"doc": "Texts with a score below this get TO REVIEW instead of a label."}
    ] = None,
    cell: Annotated[Any, {"doc": "Where the formula stands; the add-in fills it in."}] = None,
) -> Any:
    """Return which of your labels fits each text best, and its score, beside its row.

    Labels alone are told by likeness of meaning; a few examples of each tell more.
    """
    return _answered(texts, output, threshold, cell, lambda: read_question(labels, several))


@xw.func(category=CATEGORY)
def why(
    texts: Annotated[
        Any,
        {"ndim": 2, "doc": "The reviews: a cell, or cells of one column, such as A2:A1001 or A:A."},
    ],
    labels: Annotated[
        Any,
        {
            "ndim": 2,
            "doc": "Your labels or examples, as for CLASSIFY. Left out (the default), it tells why "
            "SENTIMENT gave its label.",
        },
    ] = None,
    cell: Annotated[Any, {"doc": "Where the formula stands; the add-in fills it in."}] = None,
) -> Any:
    """Return the words that carried each review's label, beside its row, as great (+2.1).

    Words that spoke against the label come after "against". The numbers are log-odds.
    """
    return _shown(texts, cell, lambda column, where: _reasons(column, where, labels))


@xw.func(category=CATEGORY)
def sentiment_info() -> Any:
    """Tell what answers SENTIMENT: model, labels, device, and the version of cellsense."""
    from cellsense import __version__

    try:
        classifier = background().classifier
        found: Rows = [
            ["model", classifier.name],
            ["labels", ", ".join(classifier.labels)],
            ["device", classifier.description],
            ["version", f"cellsense {__version__}"],
        ]
        said = {"server": classifier.server, "warning": classifier.warning}
        found += [[what, told] for what, told in said.items() if told]
    except CellsenseError as error:
        return _sentence(error)
    except Exception as error:  # noqa: BLE001 - as above
        return _sentence(unexpected(error))
    return found


FUNCTIONS: tuple[Callable[..., Any], ...] = (sentiment, classify, why, sentiment_info)


def _answered(
    texts: Sequence[Sequence[object]],
    output: object,
    threshold: object,
    cell: object,
    question: Callable[[], Asked | None],
) -> Any:
    def rows(column: list[object], where: str | None) -> Rows:
        wanted, least = _output(output), _threshold(threshold)
        return [_row(found, wanted, least) for found in answer(column, where, question())]

    return _shown(texts, cell, rows)


def _reasons(column: list[object], where: str | None, labels: object) -> Rows:
    question = None if asks_nothing(labels) else read_question(labels, several=False)
    found = reasons(column, where, question)
    return [[PLACEHOLDER if isinstance(told, Waiting) else told or ""] for told in found]


def _shown(
    texts: Sequence[Sequence[object]],
    cell: object,
    rows_of: Callable[[list[object], str | None], Rows],
) -> Any:
    """Return a row of cells for each text, a column for each if they lie in a row; or what failed.

    `rows_of` answers a column of cells in the formula's cell, if that is known.
    """
    try:
        column, lies_in_row = _column(texts)
        rows = rows_of(column, cell if isinstance(cell, str) and cell else None)
    except CellsenseError as error:
        return _sentence(error)
    except Exception as error:  # noqa: BLE001 - a cell shows a sentence; the log has the rest
        return _sentence(unexpected(error))
    return [list(line) for line in zip(*rows, strict=True)] if lies_in_row else rows


def _column(texts: Sequence[Sequence[object]]) -> tuple[list[object], bool]:
    """Return the texts, and whether they lie side by side in a row rather than in a column."""
    height = len(texts)
    width = max((len(row) for row in texts), default=0)
    if height > 1 and width > 1:
        raise OptionError(
            f"It reads one column of reviews; this is a block of {width} columns and "
            f"{height:,} rows. Use one function for each column."
        )
    if width > 1:
        return list(texts[0]), True
    return [row[0] if row else None for row in texts], False


def _output(request: object) -> str:
    wanted = str(request).strip().lower() if request not in (None, "") else OUTPUTS[0]
    if wanted not in OUTPUTS:
        raise OptionError(f'There is no output "{request}": use "both", "label" or "score".')
    return wanted


def _threshold(request: object) -> float | None:
    """Read the formula's threshold; without one, the ribbon's counts."""
    given = read_threshold(request)
    return current_options().least_score if given is None else given


def _row(found: Prediction | Waiting | None, output: str, threshold: float | None) -> list[Cell]:
    row: list[Cell] = ["", ""]  # None would show as 0
    if isinstance(found, Waiting):
        row = [PLACEHOLDER, PLACEHOLDER if output == "score" else ""]
    elif found is not None:
        row = [found.above(threshold).label, round(found.score, SCORE_DIGITS)]
    return row if output == "both" else [row[OUTPUTS.index(output) - 1]]


def _sentence(error: CellsenseError) -> Rows:
    return [[f"cellsense: {error}"]]
