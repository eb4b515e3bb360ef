"""CSV and TSV: every byte stays, the new fields line up, the csv module agrees."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellsense.errors import MissingFileError, OutputError, SelectionError, UnreadableFileError
from cellsense.sheets.delimited import DelimitedWorkbook, Dialect
from cellsense.sheets.interface import Addition, Sheet

NAMES = ("Label", "Score")
Values = dict[int, tuple[str | float | None, ...]]


def book(content: str | bytes, name: str = "reviews.csv") -> DelimitedWorkbook:
    data = content.encode() if isinstance(content, str) else content
    return DelimitedWorkbook(Path(name), data)


def sheet_of(content: str | bytes, name: str = "reviews.csv") -> Sheet:
    return book(content, name).sheets[0]


def written(workbook: DelimitedWorkbook) -> bytes:
    stream = io.BytesIO()
    workbook.write_to(stream)
    return stream.getvalue()


def labelled(
    content: str | bytes,
    values: Values,
    *,
    name: str = "reviews.csv",
    header_row: int | None = 1,
    column: int | None = None,
    replaces: bool = False,
) -> bytes:
    workbook = book(content, name)
    sheet = workbook.sheets[0]
    column = column or sheet.extent()[1] + 1
    sheet.write(Addition(column, NAMES, header_row, values, replaces=replaces))
    return written(workbook)


def cells(sheet: Sheet) -> dict[int, dict[int, object]]:
    return {row.number: dict(row.cells) for row in sheet.rows()}


# ---- reading ------------------------------------------------------------------------------------


def test_rows_and_columns_count_from_one_and_leave_out_what_is_empty() -> None:
    sheet = sheet_of('id,review\n1,"good, ""really"""\n\n2,\n,,\n')
    assert cells(sheet) == {
        1: {1: "id", 2: "review"},
        2: {1: "1", 2: 'good, "really"'},
        4: {1: "2"},
    }
    assert list(sheet.column(2, 2)) == [(2, 'good, "really"')]
    assert sheet.extent() == (5, 3)
    assert [row.number for row in sheet.rows(limit=2)] == [1, 2]


def test_a_sheet_without_tables_filters_or_known_header() -> None:
    sheet = sheet_of("a,b\n")
    assert (sheet.name, sheet.hidden, sheet.known_header) == ("reviews", False, None)
    assert sheet.tables() == []
    assert sheet.autofilter() is None


def test_records_not_lines_are_counted() -> None:
    sheet = sheet_of('id,review\r\n1,"two\r\nlines"\r\n2,next\r\n')
    assert list(sheet.column(2, 2)) == [(2, "two\r\nlines"), (3, "next")]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_has_no_extent(data: bytes) -> None:
    workbook = book(data)
    assert workbook.sheets[0].extent() == (0, 0)
    assert list(workbook.sheets[0].rows()) == []
    assert written(workbook) == data


def test_a_field_longer_than_the_csv_modules_limit() -> None:
    long = "very " * 40_000
    assert len(long) > csv.field_size_limit()
    assert list(sheet_of(f'id,review\n1,"{long}"\n').column(2, 2)) == [(2, long)]


def test_standard_input() -> None:
    workbook = DelimitedWorkbook.from_bytes(b"id;review\n1;good\n")
    assert workbook.sheets[0].name == "stdin"
    assert workbook.dialect.delimiter == ";"


def test_the_module_loads_nothing_heavy() -> None:
    code = (
        "import sys, cellsense.sheets.delimited as d;"
        "d.DelimitedWorkbook.from_bytes(b'a,b');"
        "print({'pandas', 'pyarrow', 'openpyxl', 'charset_normalizer', 'csv'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert output.stdout.strip() == b"set()"


# ---- encoding -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
    ],
)
def test_unicode_and_its_mark_are_kept(encoding: str, mark: bytes) -> None:
    text = "id,review\n1,schön 👍\n"
    workbook = book(mark + text.encode(encoding))
    assert list(workbook.sheets[0].column(2, 2)) == [(2, "schön 👍")]
    assert workbook.notes == []
    expected = "id,review,Label,Score\n1,schön 👍,positive,0.5\n"
    out = labelled(mark + text.encode(encoding), {2: ("positive", 0.5)})
    assert out == mark + expected.encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "review"),
    [
        ("cp1252", "Größe passt überhaupt nicht – schade"),
        ("cp1252", "It’s “great”"),
        ("cp1250", "Bardzo słaba jakość, nie polecam. Świetny produkt, żona zadowolona"),
        ("cp1251", "Очень плохое качество, не советую никому"),
        ("cp932", "とても良い商品です。また買います"),
        ("gb18030", "非常好的产品，我很喜欢。质量太差了，不会再买"),
    ],
)
def test_other_encodings_are_guessed_kept_and_noted(encoding: str, review: str) -> None:
    data = f"id;review\r\n1;{review}\r\n".encode(encoding)
    workbook = book(data)
    assert list(workbook.sheets[0].column(2, 2)) == [(2, review)]
    assert encoding in workbook.notes[0]
    expected = f"id;review;Label;Score\r\n1;{review};positive;0.5\r\n".encode(encoding)
    assert labelled(data, {2: ("positive", 0.5)}) == expected


def test_a_label_that_the_encoding_cannot_hold() -> None:
    sheet = sheet_of("id,review\n1,Größe passt überhaupt nicht\n".encode("cp1252"))
    with pytest.raises(OutputError, match=r"cp1252.*UTF-8"):
        sheet.write(Addition(3, NAMES, 1, {2: ("👍", 0.9)}))


def test_utf_8_with_a_broken_byte_stays_as_it_is() -> None:
    data = "id,review\n1,schöne Größe über äußerst öde Übergänge\n2,hübsch süß".encode() + b"\xc3"
    workbook = book(data)
    assert list(workbook.sheets[0].column(2, 3)) == [(3, "hübsch süß\ufffd")]
    assert "1 bytes aren't UTF-8" in workbook.notes[0]
    assert labelled(data, {3: ("good", 0.5)}).endswith("süß".encode() + b"\xc3,good,0.5")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest", "looks like a workbook"),
        (b"\xd0\xcf\x11\xe0rest", "looks like a workbook"),
        (b"a,b\n1,\x00\x01\n", "NUL"),
        (b"\xff\xfea\x00b", "utf-16-le"),
        (bytes(range(128, 256)), "no encoding"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message) as caught:
        book(data)
    assert "\n" not in str(caught.value)


# ---- dialect ------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_delimiter_and_line_ends_are_kept(delimiter: str, end: str, last: bool) -> None:
    def lines(*rows: str) -> str:
        return end.join(rows).replace("§", delimiter) + (end if last else "")

    content = lines("id§review", "1§good value", "2§awful")
    expected = lines("id§review§Label§Score", "1§good value§pos§0.9", "2§awful§neg§0.8")
    assert labelled(content, {2: ("pos", 0.9), 3: ("neg", 0.8)}) == expected.encode()


def test_mixed_line_ends_stay_mixed() -> None:
    assert labelled("a,b\r\n1,x\n2,y\r3,z", {4: ("p", 1)}) == (
        b"a,b,Label,Score\r\n1,x,,\n2,y,,\r3,z,p,1"
    )


def test_commas_in_texts_do_not_beat_the_semicolon() -> None:
    content = "id;review;price\n1;good, cheap;1,50\n2;bad, loud;2,75\n3;fine, ok;3,25\n"
    assert book(content).dialect == Dialect(";")


def test_a_tsv_is_tabs_whatever_its_commas_say() -> None:
    assert book("a,b\n1,2\n", "reviews.tsv").dialect.delimiter == "\t"


def test_a_sep_line_is_honoured_and_kept() -> None:
    content = "sep=;\r\nid;review, long\r\n1;good, cheap\r\n"
    sheet = sheet_of(content)
    assert cells(sheet) == {1: {1: "id", 2: "review, long"}, 2: {1: "1", 2: "good, cheap"}}
    assert labelled(content, {2: ("pos", 0.9)}) == (
        b"sep=;\r\nid;review, long;Label;Score\r\n1;good, cheap;pos;0.9\r\n"
    )


def test_single_quotes() -> None:
    content = "id,review,n\n1,'good, cheap',2\n2,'bad, isn''t it',3\n3,'so, so',4\n"
    assert list(sheet_of(content).column(2, 3)) == [(3, "bad, isn't it"), (4, "so, so")]
    assert b"'isn''t'" not in labelled(content, {2: ("a,b", 1)})
    assert b"'good, cheap',2,'a,b',1\n" in labelled(content, {2: ("a,b", 1)})


def test_apostrophes_are_no_quotes() -> None:
    content = "id,review\n1,'tis good\n2,don't\n3,'cause I like it, really\n"
    assert book(content).dialect.quote == '"'


def test_backslashed_quotes() -> None:
    content = 'id,review,n\n1,"so \\"good\\", really",2\n2,"plain, text",3\n'
    assert list(sheet_of(content).column(2, 2)) == [(2, 'so "good", really'), (3, "plain, text")]
    assert labelled(content, {2: ('a "b"', 1)}).splitlines()[1].endswith(b',2,"a \\"b\\"",1')


def test_spaces_before_quotes() -> None:
    content = 'id, review, n\n1, "good, cheap", 2\n2, "bad, loud", 3\n'
    assert list(sheet_of(content).column(2, 2)) == [(2, "good, cheap"), (3, "bad, loud")]


def test_literal_quotes_in_a_file_without_quoting() -> None:
    content = 'id\treview\n1\t"great he said\n2\tfine\n3\t5" screen\n'
    sheet = sheet_of(content, "reviews.tsv")
    assert list(sheet.column(2, 2)) == [(2, '"great he said'), (3, "fine"), (4, '5" screen')]
    with pytest.raises(OutputError, match="no quotes"):
        sheet.write(Addition(3, NAMES, 1, {2: ("tab\there", 0.5)}))


def test_an_open_quote_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableFileError, match=r"reviews\.csv.*line 3"):
        book('id,review\n1,good\n2,"never closed, and\nmore\n3,b\n')


def test_quotes_that_only_the_rest_of_the_file_explains() -> None:
    head = "id\treview\n" + "1\tfine\n" * 10_000
    assert book(head + '2\t"stray\n3\tfine\n', "reviews.tsv").dialect.quote is None
    head = 'id,review\n1,"a \\"b\\", c"\n' + "1,fine\n" * 10_000
    assert book(head + '2,"path\\"\n', "reviews.csv").dialect == Dialect(",")


def test_titles_above_the_header_do_not_hide_the_delimiter() -> None:
    content = "Report, made by hand\nid;review\n1;good, really\n2;bad\n"
    assert book(content).dialect == Dialect(";")


def test_one_column_of_prose_gets_a_delimiter_that_cuts_no_text() -> None:
    content = "review\nGreat, love it\nBad\nWell, well, well\n"
    assert list(sheet_of(content).column(1, 2)) == [
        (2, "Great, love it"),
        (3, "Bad"),
        (4, "Well, well, well"),
    ]
    assert labelled(content, {3: ("neg", 0.9)}).splitlines()[2] == b"Bad;neg;0.9"


def test_one_plain_column_gets_commas() -> None:
    assert labelled("review\ngood\n", {2: ("pos", 0.9)}) == b"review,Label,Score\ngood,pos,0.9\n"


# ---- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            '"id","r"\n"1","x"\n"2",""\n',
            '"id","r","Label","Score"\n"1","x","p","0.5"\n"2","","",""\n',
        ),
        ('"id","r"\n1,"x"\n2,"y"\n', '"id","r","Label","Score"\n1,"x","p",0.5\n2,"y",,\n'),
        ('id,r\n1,x\n2,"y,z"\n', 'id,r,Label,Score\n1,x,p,0.5\n2,"y,z",,\n'),
    ],
    ids=["all", "texts", "minimal"],
)
def test_new_fields_are_quoted_as_the_others(content: str, expected: str) -> None:
    assert labelled(content, {2: ("p", 0.5)}).decode() == expected


def test_what_needs_quotes_gets_them() -> None:
    out = labelled("id,r\n1,x\n", {2: ('a "b", c\nd', 0.5)})
    assert list(csv.reader(io.StringIO(out.decode())))[1] == ["1", "x", 'a "b", c\nd', "0.5"]


def test_decimal_comma_where_the_file_has_it() -> None:
    content = "id;price;r\n1;2,50;x\n2;3,75;y\n"
    assert labelled(content, {2: ("p", 0.5)}).splitlines()[1] == b"1;2,50;x;p;0,5"
    content = "id;price;r\n1;2.50;x\n2;3.75;y\n"
    assert labelled(content, {2: ("p", 0.5)}).splitlines()[1] == b"1;2.50;x;p;0.5"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_labels_that_would_be_formulas_are_text(start: str) -> None:
    out = labelled("id,r\n1,x\n", {2: (f"{start}1", -0.5)})
    assert list(csv.reader(io.StringIO(out.decode(), newline="")))[1] == [
        *("1", "x", f"'{start}1", "-0.5"),
    ]


def test_short_rows_are_padded_and_long_ones_set_the_place() -> None:
    assert labelled("id,r,c\n1\n2,x,y,extra\n", {2: ("p", 1), 3: ("n", 1)}) == (
        b"id,r,c,,Label,Score\n1,,,,p,1\n2,x,y,extra,n,1\n"
    )


def test_blank_lines_stay_blank() -> None:
    assert labelled("id,r\n\n1,x\n\n", {3: ("p", 1)}) == b"id,r,Label,Score\n\n1,x,p,1\n\n"


def test_rows_above_the_header_stay() -> None:
    out = labelled("Report 2024\n\nid,r\n1,x\n", {4: ("p", 1)}, header_row=3)
    assert out == b"Report 2024\n\nid,r,Label,Score\n1,x,p,1\n"


def test_without_a_header_all_rows_get_as_long() -> None:
    assert labelled("1,x\n2,y\n", {2: ("p", 1)}, header_row=None) == b"1,x,,\n2,y,p,1\n"


def test_a_second_run_replaces_and_leaves_the_rest() -> None:
    first = labelled('id,r\n1,"x"\n2,y\n3,z\n', {2: ("p", 0.5), 3: ("n", 0.7)})
    again = labelled(first, {2: ("n", 0.25), 4: ("p", 1.0)}, column=3, replaces=True)
    assert again == b'id,r,Label,Score\n1,"x",n,0.25\n2,y,,\n3,z,p,1.0\n'


def test_replacing_in_the_middle() -> None:
    content = 'id,Label,Score,"r"\n1,old,0.1, x \n2\n'
    out = labelled(content, {2: ("p", 0.5)}, column=2, replaces=True)
    assert out == b'id,Label,Score,"r"\n1,p,0.5, x \n2,,\n'


def test_two_additions_stand_side_by_side() -> None:
    workbook = book("id,r\n1,x\n")
    sheet = workbook.sheets[0]
    sheet.write(Addition(3, NAMES, 1, {2: ("p", 1)}))
    assert sheet.extent() == (2, 4)
    sheet.write(Addition(5, ("L2", "S2"), 1, {2: ("n", 0)}))
    assert written(workbook) == b"id,r,Label,Score,L2,S2\n1,x,p,1,n,0\n"


def test_a_row_that_is_not_there_is_refused() -> None:
    sheet = sheet_of("id,r\n1,x\n")
    with pytest.raises(SelectionError, match="no row 3"):
        sheet.write(Addition(3, NAMES, 1, {3: ("p", 1)}))


def test_save_writes_the_file(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(b"id,r\r\n1,x")
    workbook = DelimitedWorkbook(source)
    workbook.sheets[0].write(Addition(3, NAMES, 1, {2: ("p", 0.5)}))
    workbook.save(target)
    workbook.close()
    assert target.read_bytes() == b"id,r,Label,Score\r\n1,x,p,0.5"
    assert source.read_bytes() == b"id,r\r\n1,x"


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.csv"):
        DelimitedWorkbook(tmp_path / "none.csv")
    with pytest.raises(UnreadableFileError, match="can't be read"):
        DelimitedWorkbook(tmp_path)
    with pytest.raises(OutputError, match="can't be written"):
        book("a,b\n").save(tmp_path / "no" / "folder.csv")


# ---- properties ---------------------------------------------------------------------------------

# Surrogates can't be encoded, and NUL makes a file binary.
FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NASTY = st.text(st.sampled_from("aé,;\t|\"'\r\n =\\👍"), max_size=8)
ENCODINGS = {"utf-8": b"", "utf-8-sig": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 4))
    fields = st.lists(FIELD | NASTY, min_size=width, max_size=width)
    return draw(st.lists(fields, min_size=1, max_size=6))


def as_csv(row: list[str], delimiter: str, end: str, quoting: int) -> str:
    stream = io.StringIO(newline="")
    options = {"delimiter": delimiter, "lineterminator": end, "quoting": quoting}
    csv.writer(stream, **options).writerow(row)  # type: ignore[arg-type]
    return stream.getvalue()


@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\r\n", "\n", "\r"]),
    quote_all=st.booleans(),
    encoding=st.sampled_from(sorted(ENCODINGS)),
    final_end=st.booleans(),
)
def test_every_record_keeps_its_bytes(
    table: list[list[str]],
    delimiter: str,
    end: str,
    quote_all: bool,
    encoding: str,
    final_end: bool,
) -> None:
    quoting = csv.QUOTE_ALL if quote_all or end != "\r\n" else csv.QUOTE_MINIMAL
    bodies = [as_csv(row, delimiter, end, quoting).removesuffix(end) for row in table]
    ends = [end] * (len(table) - 1) + [end if final_end else ""]
    content = f"sep={delimiter}{end}" + "".join(map(str.__add__, bodies, ends))
    values: Values = {row: (f"label {row}", 1) for row in range(1, len(table) + 1)}
    mark = ENCODINGS[encoding]
    out = labelled(mark + content.encode(encoding), values, header_row=None)

    def expected(label: str, score: str) -> bytes:
        added = [delimiter + label.format(row) + delimiter + score for row in values]
        records = map("".join, zip(bodies, added, ends, strict=True))
        return mark + f"sep={delimiter}{end}{''.join(records)}".encode(encoding)

    # Which of them it is follows from the fields; that it is the same in all records is the point.
    labels, scores = ("label {}", '"label {}"'), ("1", '"1"')
    assert out in [expected(label, score) for label in labels for score in scores]
    records = out.decode(encoding).removeprefix("\ufeff").removeprefix(f"sep={delimiter}{end}")
    read = list(csv.reader(io.StringIO(records, newline=""), delimiter=delimiter))
    assert read == [[*row, f"label {i}", "1"] for i, row in enumerate(table, start=1)]


@given(
    rows=st.lists(st.lists(NASTY, min_size=1, max_size=4), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;|"),
)
def test_reads_what_the_csv_module_reads(rows: list[list[str]], delimiter: str) -> None:
    text = "".join(as_csv(row, delimiter, "\n", csv.QUOTE_ALL) for row in rows)
    read = cells(sheet_of(f"sep={delimiter}\n{text}"))
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    filled = {
        number: {column: value for column, value in enumerate(row, start=1) if value}
        for number, row in enumerate(expected, start=1)
        if any(row)
    }
    assert read == filled


@given(st.binary(max_size=60) | NASTY.map(str.encode) | FIELD.map(str.encode))
def test_any_bytes_come_back_or_are_refused(data: bytes) -> None:
    try:
        workbook = book(data)
    except UnreadableFileError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most bytes are no error
        return
    assert written(workbook) == data
    last, widest = workbook.sheets[0].extent()
    assert all(row.number <= last and max(row.cells) <= widest for row in workbook.sheets[0].rows())


@given(raw=NASTY, delimiter=st.sampled_from(",;\t|"), quote=st.sampled_from(['"', "'", None]))
def test_fields_joined_are_the_record(raw: str, delimiter: str, quote: str | None) -> None:
    dialect = Dialect(delimiter, quote)
    end = dialect.record_end(raw, 0)
    if end is not None:
        record = raw[:end].rstrip("\r\n")
        assert delimiter.join(dialect.split(record)) == record
        options = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        stream = io.StringIO(raw[:end], newline="")
        expected = next(csv.reader(stream, delimiter=delimiter, **options), [])
        assert [dialect.value(field) for field in dialect.split(record)] == (expected or [""])
