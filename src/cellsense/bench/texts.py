"""The texts that are timed, and how many tokens they are."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from cellsense.cells import CellKind, kind_of
from cellsense.errors import SelectionError
from cellsense.models.resolve import resolve_model
from cellsense.sheets.open import open_workbook
from cellsense.sheets.several import select_named


def read_texts(file: Path, sheet: str | None, column: str | None, limit: int) -> list[str]:
    """Read the different texts of a file's column, at most `limit` of them.

    Raises what opening the file and choosing a column raise, and SelectionError without texts.
    """
    with closing(open_workbook(file)) as workbook:
        names = () if sheet is None else (sheet,)
        selection = select_named(workbook.sheets, names, column).selections[0]
        texts: dict[str, None] = {}
        for row, value in selection.sheet.column(selection.column.column, selection.first_row):
            if row > selection.last_row or len(texts) >= limit:
                break
            if isinstance(value, str) and kind_of(value) is CellKind.TEXT:
                texts[value] = None
    if not texts:
        raise SelectionError(f"{file} has no texts in {selection.column}: name another --column.")
    return list(texts)


def count_tokens(model: str | None, texts: Sequence[str]) -> int | None:
    """Count the tokens of all texts, special ones left out; None without a fast tokenizer."""
    from tokenizers import Tokenizer

    from cellsense.inference.windows import encodable

    file = resolve_model(model).folder / "tokenizer.json"
    if not file.is_file():
        return None
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    given = [encodable(text) for text in texts]
    found = tokenizer.encode_batch_fast(given, add_special_tokens=False)
    return sum(len(item.ids) for item in found)
