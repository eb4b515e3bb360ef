"""A workbook that gains a sheet with the figures of a column."""

from collections.abc import Callable

from cellsense.classifier import Classifier
from cellsense.conversion import Options
from cellsense.label import Answered
from cellsense.sheets.interface import TakesSheets
from cellsense.sheets.selection import Selection
from cellsense.summary.asked import read_asked
from cellsense.summary.figures import gather
from cellsense.summary.made import made_by
from cellsense.summary.sheet import fill_sheet, sheet_name, subject


def summary_adder(
    selection: Selection,
    workbook: TakesSheets,
    source: str,
    classifier: Classifier,
    options: Options,
    on_added: Callable[[str], None],
) -> Callable[[Answered], None]:
    """Return what adds the sheet once the answers are there; the other columns are read now.

    `on_added` is told the sheet's name. Raises SelectionError for a column that isn't there.
    """
    asked = read_asked(selection, options.by, options.date)

    def add(answered: Answered) -> None:
        found = gather(answered, asked, made_by(classifier, source))
        name = workbook.add_sheet(
            sheet_name(found.labels),
            subject(found),
            lambda sheet, tables: fill_sheet(sheet, found, tables),
            replace=options.force,
        )
        on_added(name)

    return add
