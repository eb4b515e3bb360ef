"""A workbook of any number of reviews, written as Excel would: 8 columns of all kinds."""

import random
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEADS = ["Id", "Date", "Product", "Review", "Stars", "Region", "Price", "Returned"]
PRODUCTS = ["Backpack", "Kettle & cups", "Lamp"]
REGIONS = ["Ireland", "Wales", "Midlands"]
SHEET = "xl/worksheets/sheet1.xml"
COLUMN = 4  # of the reviews
ERROR = "#N/A"
LEVEL = 3
WORDS = """great product arrived quickly and works as described however battery doesn't last long
enough for whole day I'd still buy again because price is fair support answered within an hour bad
screen scratched box was damaged returned it got refund after two weeks love colour fits perfectly
my kids use every day would recommend to anyone who needs simple reliable cheap noisy heavy light
quiet better than old one exactly what we wanted instructions unclear"""
MARKS = ["&", "“exactly”", "café", "<3", "5★", "it’s", "😀", "😡"]  # in every fourth review


def reviews(count: int) -> Iterator[str]:
    """Yield reviews of some 75 tokens, all different; some have spaces around, some are errors."""
    rng = random.Random(1)
    words = WORDS.split()
    for number in range(count):
        text = " ".join(rng.choices(words, k=rng.randrange(30, 90)))
        if number % 4 == 0:
            text = f"{text} {rng.choice(MARKS)} {rng.choice(words)}"
        if number % 1000 == 11:
            yield ERROR
        else:
            yield f" {text} {number} " if number % 1000 == 7 else f"{text} {number}"


def make(path: Path, rows: int, *, shared: bool) -> Path:
    """Write a workbook: a header and `rows` rows, texts in the cells or shared."""
    cells = _Cells(shared=shared)
    parts = ((SHEET, _sheet(rows, cells)), ("xl/sharedStrings.xml", _strings(rows, cells)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, content in _small_parts().items():
            archive.writestr(name, content)
        for name, pieces in parts:
            with archive.open(name, "w", force_zip64=True) as entry:
                for batch in batches(pieces):
                    entry.write("".join(batch).encode())
    return path


class _Cells:
    """Writes cells of text; of shared ones, the few come first, then one for each row."""

    def __init__(self, *, shared: bool) -> None:
        self.shared = shared
        self.few = {text: index for index, text in enumerate((*PRODUCTS, *REGIONS, *HEADS))}

    def few_of(self, place: str, text: str) -> str:
        return self.text(place, text, self.few[text])

    def text(self, place: str, text: str, index: int) -> str:
        if self.shared:
            return f'<c r="{place}" t="s"><v>{index}</v></c>'
        return f'<c r="{place}" t="inlineStr"><is>{string(text)}</is></c>'


def _sheet(rows: int, cells: _Cells) -> Iterator[str]:
    yield f'<worksheet xmlns="{MAIN}"><dimension ref="A1:H{rows + 1}"/><sheetData>'
    heads = "".join(cells.few_of(f"{c}1", text) for c, text in zip("ABCDEFGH", HEADS, strict=True))
    yield f'<row r="1" spans="1:8">{heads}</row>'
    rng = random.Random(2)
    for number, text in enumerate(reviews(rows)):
        row = number + 2
        review = cells.text(f"D{row}", text, len(cells.few) + number)
        if text == ERROR:
            review = f'<c r="D{row}" t="e"><v>{ERROR}</v></c>'
        yield (
            f'<row r="{row}" spans="1:8"><c r="A{row}"><v>{number}</v></c>'
            f'<c r="B{row}" s="1"><v>{45000 + number % 900}</v></c>'
            f"{cells.few_of(f'C{row}', PRODUCTS[number % 3])}{review}"
            f'<c r="E{row}"><v>{rng.randrange(1, 6)}</v></c>'
            f"{cells.few_of(f'F{row}', REGIONS[number % 3])}"
            f'<c r="G{row}"><v>{rng.randrange(99, 99999) / 100}</v></c>'
            f'<c r="H{row}" t="b"><v>{number % 2}</v></c></row>'
        )
    yield "</sheetData></worksheet>"


def _strings(rows: int, cells: _Cells) -> Iterator[str]:
    yield f'<sst xmlns="{MAIN}">'
    if cells.shared:
        yield from (f"<si>{string(text)}</si>" for text in cells.few)
        yield from (f"<si>{string(text)}</si>" for text in reviews(rows))
    yield "</sst>"


def _small_parts() -> dict[str, str]:
    kinds = ("worksheet", "styles", "sharedStrings")
    targets = ("worksheets/sheet1.xml", "styles.xml", "sharedStrings.xml")
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(zip(kinds, targets, strict=True), start=1)
    )
    types = "".join(
        f'<Override PartName="/xl/{name}" ContentType="{SPREADSHEET}.{kind}+xml"/>'
        for name, kind in zip(("workbook.xml", *targets), ("sheet.main", *kinds), strict=True)
    )
    return {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>',
        "xl/styles.xml": (
            f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill><patternFill/></fill>'
            "</fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs>"
            '<xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
        ),
    }


def string(text: str) -> str:
    """Return a text's element."""
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f"<t{space}>{escape(text)}</t>"


def batches(pieces: Iterable[str]) -> Iterator[list[str]]:
    """Group pieces by the thousand."""
    batch = []
    for piece in pieces:
        batch.append(piece)
        if len(batch) == 1000:
            yield batch
            batch = []
    yield batch
