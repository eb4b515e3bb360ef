"""Columns beyond label and score: the next likeliest labels, and the score of each label."""

import csv
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from cellsense import Classifier, Options, convert
from cellsense.errors import OptionError, OutputError
from cellsense.more_columns import MoreColumns, more_columns
from cellsense.prediction import Prediction

GOOD, MIXED = "The kettle is absolutely wonderful.", "It is small. It arrived on Monday."
FOREIGN = "Der Wasserkocher war leider schon nach zwei Tagen kaputt."
TEXTS = [GOOD, MIXED, "", FOREIGN, "12", GOOD]
TOPICS = ("price", "delivery", "quality")


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["Review Text", "Stars"], *([text, 3] for text in TEXTS)])
    return file


def read_csv(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def converted(file: Path, classifier: Classifier, **flags: object) -> list[list[str]]:
    output = file.with_suffix(".out.csv")
    convert(str(file), str(output), classifier=classifier, options=Options(**flags, force=True))
    return [row[2:] for row in read_csv(output)]


def test_the_likeliest_labels_and_their_scores(csv_file: Path, embedded: Classifier) -> None:
    header, *rows = converted(csv_file, embedded, top_k=3)
    assert header == ["Label", "Score", "Label 2", "Score 2", "Label 3", "Score 3"]
    for row, prediction in zip(rows, embedded.predict(TEXTS, all_scores=True), strict=True):
        if prediction is None or prediction.scores is None:
            assert row[2:] == [""] * 4
            continue
        ranked = sorted(prediction.scores, key=lambda label: -prediction.scores[label])
        assert row[::2] == ranked
        assert [float(cell) for cell in row[1::2]] == [
            round(prediction.scores[label], 4) for label in ranked
        ]
    assert rows[3][0] == "OTHER LANGUAGE"
    assert rows[0] == rows[5]


def test_a_column_for_each_label(csv_file: Path, embedded: Classifier) -> None:
    header, *rows = converted(csv_file, embedded, all_scores=True)
    assert header == ["Label", "Score", *embedded.labels]
    for row in (rows[0], rows[1]):
        assert row[1] == row[2 + embedded.labels.index(row[0])]
        assert sum(map(float, row[2:])) == pytest.approx(1, abs=2e-4)
    assert [row[2:] for row in rows[2:5]] == [[""] * 3] * 3


def test_all_at_once_with_reasons_and_a_threshold(csv_file: Path) -> None:
    doubtful = Classifier(threshold=1.0)
    header, *rows = converted(
        csv_file, doubtful, top_k=2, all_scores=True, explain=True, label_name="L", score_name="P"
    )
    assert header == ["L", "P", "L 2", "P 2", *doubtful.labels, "Why"]
    assert rows[0][0] == "TO REVIEW"
    assert float(rows[0][1]) == max(map(float, rows[0][4:7])) > float(rows[0][3])
    assert "wonderful (+" in rows[0][7]
    assert rows[3][2:] == [""] * 6


@pytest.mark.parametrize("several", [False, True])
def test_labels_of_ones_own(csv_file: Path, several: bool) -> None:
    classifier = Classifier(labels=TOPICS, several=several, check_language=False)
    header, *rows = converted(csv_file, classifier, top_k=5, all_scores=True)
    assert header[2:6] == ["Label 2", "Score 2", "Label 3", "Score 3"]
    assert header[6:] == list(TOPICS)
    for row in (rows[0], rows[1], rows[3]):
        scores = sorted(map(float, row[6:]), reverse=True)
        assert [float(row[place]) for place in (1, 3, 5)] == scores
        if several:
            fitting = [
                label for label, score in zip(TOPICS, row[6:], strict=True) if float(score) >= 0.5
            ]
            assert set(row[0].split(", ")) == set(fitting or ["NONE"])
        else:
            assert row[0] == TOPICS[row[6:].index(row[1])]
        assert {row[2], row[4]} < set(TOPICS)


def test_headers_that_are_there_already_name_the_score_too(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(f"Review Text,PRICE\n{GOOD},5\n", encoding="utf-8")
    classifier = Classifier(labels=TOPICS)
    output = tmp_path / "one.csv"
    convert(str(file), str(output), classifier=classifier, options=Options(all_scores=True))
    header = read_csv(output)[0]
    assert header[2:] == ["Label", "Score", "Score price", "Score delivery", "Score quality"]
    again = tmp_path / "two.csv"
    options = Options(all_scores=True, force=True)
    convert(str(output), str(again), classifier=classifier, options=options)
    assert read_csv(again) == read_csv(output)


@pytest.mark.parametrize("labels", [("Label", "other"), ("=1+1", "other"), ("two\nlines", "Other")])
def test_headers_that_could_not_stand_alone(csv_file: Path, labels: tuple[str, str]) -> None:
    header = converted(csv_file, Classifier(labels=labels), all_scores=True)[0]
    first, second = header[2:]
    assert first in ("Score Label", "Score =1+1", "two lines")
    assert second.endswith(labels[1])


def test_many_labels(csv_file: Path) -> None:
    topics = [f"topic number {number}" for number in range(51)]
    header = converted(csv_file, Classifier(labels=topics[:50]), all_scores=True)[0]
    assert header == ["Label", "Score", *topics[:50]]
    header = converted(csv_file, Classifier(labels=topics), top_k=26)[0]
    assert header[-2:] == ["Label 26", "Score 26"]
    for flags in ({"top_k": 27}, {"all_scores": True}, {"top_k": 26, "all_scores": True}):
        with pytest.raises(OptionError, match="50 at most"):
            converted(csv_file, Classifier(labels=topics), **flags)


def test_the_model_is_not_looked_for_without_need() -> None:
    gone = Classifier("gone/gone")
    assert more_columns(1, all_scores=False, explain=True, classifier=gone).explained
    assert MoreColumns(top=2).values(Prediction("POSITIVE", 0.9)) == (None, None)


@pytest.fixture
def xlsx_file(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Reviews")
        sheet.add_table(
            0,
            0,
            len(TEXTS),
            1,
            {
                "name": "Reviews",
                "columns": [{"header": "Review Text"}, {"header": "Stars"}],
                "data": [[text, 3] for text in TEXTS],
            },
        )
    return file


def cells(path: Path) -> list[list[object]]:
    sheet = openpyxl.load_workbook(path)["Reviews"]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_writers_agree_and_the_table_grows(xlsx_file: Path, embedded: Classifier) -> None:
    found = []
    for writer in ("splice", "openpyxl"):
        output = xlsx_file.with_name(f"{writer}.xlsx")
        options = Options(top_k=2, all_scores=True, writer=writer)
        summary = convert(xlsx_file, output, classifier=embedded, options=options).summary
        assert (summary.label_column, summary.score_column, len(summary.names)) == ("C", "D", 7)
        found.append(cells(output))
        (table,) = openpyxl.load_workbook(output)["Reviews"].tables.values()
        assert table.ref == "A1:I7"
        assert [column.name for column in table.tableColumns][2:] == list(summary.names)
    assert found[0] == found[1]
    assert found[0][1][2:6] == ["POSITIVE", *found[0][1][3:4], found[0][1][4], found[0][1][5]]
    assert all(isinstance(found[0][1][place], float) for place in (3, 5, 6, 7, 8))
    assert found[0][3][2:] == [None] * 7


def test_columns_of_an_earlier_run_are_known(xlsx_file: Path, embedded: Classifier) -> None:
    first = xlsx_file.with_name("first.xlsx")
    flags = {"top_k": 2, "all_scores": True, "explain": True}
    convert(xlsx_file, first, classifier=embedded, options=Options(**flags))
    with pytest.raises(OutputError, match=r'"Label" to "Why" \(C to J\): add --force'):
        convert(first, classifier=embedded, options=Options(**flags))
    again = xlsx_file.with_name("again.xlsx")
    done = convert(first, again, classifier=embedded, options=Options(**flags, force=True))
    assert done.notes == convert(xlsx_file, first, classifier=embedded, options=Options(
        **flags, force=True
    )).notes  # fmt: skip
    assert cells(again) == cells(first)
    # Fewer columns: what is left of the earlier run is told, and kept.
    done = convert(first, again, classifier=embedded, options=Options(force=True))
    assert "Columns E to J" in done.notes[-1]
    assert cells(again) == cells(first)


@pytest.mark.parametrize("writer", ["splice", "openpyxl"])
def test_more_columns_than_an_earlier_run(
    xlsx_file: Path, embedded: Classifier, writer: str
) -> None:
    plain, again, direct = (xlsx_file.with_name(f"{name}.xlsx") for name in "pad")
    convert(xlsx_file, plain, classifier=embedded)
    flags = {"top_k": 2, "explain": True, "force": True, "writer": writer}
    convert(plain, again, classifier=embedded, options=Options(**flags))
    convert(xlsx_file, direct, classifier=embedded, options=Options(**flags))
    assert cells(again) == cells(direct)
    assert cells(again)[0][2:] == ["Label", "Score", "Label 2", "Score 2", "Why"]
    (table,) = openpyxl.load_workbook(again)["Reviews"].tables.values()
    assert (table.ref, [column.name for column in table.tableColumns][4:]) == (
        "A1:G7",
        ["Label 2", "Score 2", "Why"],
    )
    with pytest.raises(
        OutputError, match=r"table's columns keep their names\. Delete columns C to G"
    ):
        convert(again, plain, classifier=embedded, options=Options(all_scores=True, force=True))


def test_forced_again_and_again_there_is_one_block(csv_file: Path, embedded: Classifier) -> None:
    def run(classifier: Classifier = embedded, **flags: object) -> tuple[str, ...]:
        options = Options(**flags, force=True)
        return convert(csv_file, in_place=True, classifier=classifier, options=options).notes

    run(top_k=2)
    before = read_csv(csv_file)
    run(top_k=3)
    wider = read_csv(csv_file)
    assert wider[0][2:] == ["Label", "Score", "Label 2", "Score 2", "Label 3", "Score 3"]
    assert [row[:6] for row in wider] == before
    notes = run(Classifier(threshold=0.9999))
    narrower = read_csv(csv_file)
    assert "Columns E to H" in notes[-1]
    assert [row[4:] for row in narrower] == [row[4:] for row in wider]
    assert narrower[1][2] == "TO REVIEW"
    run(top_k=3, all_scores=True)
    assert read_csv(csv_file)[0][2:] == [*wider[0][2:], *embedded.labels]
    with pytest.raises(OutputError, match=r"would have the same names\. Delete columns C to K"):
        run(all_scores=True)
    with pytest.raises(OutputError, match=r'"Label" to "Score 3" \(C to H\): add --force'):
        convert(csv_file, classifier=embedded, options=Options())


def test_columns_in_the_way_of_more(csv_file: Path, embedded: Classifier) -> None:
    convert(csv_file, in_place=True, classifier=embedded, options=Options(force=True))
    rows = read_csv(csv_file)
    for name, value in (("Label 2", "0.5"), ("POSITIVE", "0.9999"), ("Why", "said by phone")):
        with csv_file.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([[*rows[0], name], *([*row, value] for row in rows[1:])])
        content = csv_file.read_bytes()
        options = Options(top_k=2, all_scores=True, explain=True, force=True)
        with pytest.raises(OutputError, match=r"column E holds .*Delete columns C to D, or add"):
            convert(csv_file, in_place=True, classifier=embedded, options=options)
        assert csv_file.read_bytes() == content
        convert(csv_file, in_place=True, classifier=embedded, options=Options(force=True))
        assert csv_file.read_bytes() == content


def test_a_users_own_column_that_begins_late(csv_file: Path, embedded: Classifier) -> None:
    rows = [*read_csv(csv_file), *[[GOOD, "3"]] * 500]
    with csv_file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    convert(csv_file, in_place=True, classifier=embedded)
    rows = read_csv(csv_file)
    flags = Options(explain=True, force=True)
    for last, refused in (("said by phone", True), ("", False)):
        whys = ["Why", *[""] * (len(rows) - 2), last]
        with csv_file.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([*row, why] for row, why in zip(rows, whys, strict=True))
        if refused:
            with pytest.raises(OutputError, match="column E holds something in row 1"):
                convert(csv_file, in_place=True, classifier=embedded, options=flags)
        else:
            convert(csv_file, in_place=True, classifier=embedded, options=flags)
            assert "wonderful (+" in read_csv(csv_file)[1][4]


def test_more_columns_in_parquet(tmp_path: Path, embedded: Classifier) -> None:
    import pyarrow as pa

    files = [tmp_path / f"{name}.parquet" for name in "abcd"]
    pq.write_table(pa.table({"Review Text": TEXTS}), files[0])
    convert(*files[:2], classifier=embedded, options=Options(all_scores=True))
    flags = Options(top_k=3, all_scores=True, explain=True, force=True)
    convert(files[1], files[2], classifier=embedded, options=flags)
    convert(files[0], files[3], classifier=embedded, options=flags)
    assert pq.read_table(files[2]).equals(pq.read_table(files[3]))


def test_two_of_the_same_name(csv_file: Path) -> None:
    with pytest.raises(OptionError, match="rename one with --label-name or --score-name"):
        converted(csv_file, Classifier(labels=("2", "3", "Label")), top_k=2, all_scores=True)


def test_parquet_has_numbers_and_texts(tmp_path: Path, embedded: Classifier) -> None:
    import pyarrow as pa

    file = tmp_path / "reviews.parquet"
    pq.write_table(pa.table({"Review Text": TEXTS}), file)
    output = tmp_path / "out.parquet"
    options = Options(top_k=2, all_scores=True)
    convert(file, output, classifier=embedded, options=options)
    types = [str(field.type) for field in pq.read_schema(output)][1:]
    assert types == ["string", "double", "string", "double", "double", "double", "double"]
    blank = tmp_path / "blank.parquet"
    pq.write_table(pa.table({"Review Text": [None, FOREIGN]}), blank)
    blank_output = tmp_path / "blank.out.parquet"
    explained = Options(top_k=2, all_scores=True, explain=True)
    convert(blank, blank_output, classifier=embedded, options=explained)
    assert [str(field.type) for field in pq.read_schema(blank_output)][1:] == [*types, "string"]
    with pytest.raises(OutputError, match='"Label" to "POSITIVE"'):
        convert(output, classifier=embedded, options=options)


def test_no_free_columns_beside(tmp_path: Path, embedded: Classifier) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(f"Review Text,,,,Stars\n{GOOD},,,,5\n", encoding="utf-8")
    with pytest.raises(OutputError, match="no 5 free columns right of column A"):
        convert(file, classifier=embedded, options=Options(all_scores=True, beside=True))


def test_from_the_shell(csv_file: Path) -> None:
    def run(*flags: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cellsense", "convert", str(csv_file), "--force", *flags]
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", check=False
        )

    done = run("--top-k", "2", "--all-scores")
    assert done.returncode == 0, done.stderr
    assert 'columns C "Label" and D "Score", with "Label 2" to "POSITIVE" beside' in done.stdout
    refused = run("--top-k", "0")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "Error: --top-k 0 asks for no label: use 1 or more.\n"
    # In a folder a mistake that concerns all files is told once.
    topics = ",".join(f"topic {number}" for number in range(60))
    command = [sys.executable, "-m", "cellsense", "convert", str(csv_file.parent)]
    done = subprocess.run(
        [*command, "--labels", topics, "--all-scores"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("50 at most") == 1
    assert len(done.stderr.splitlines()) == 1
