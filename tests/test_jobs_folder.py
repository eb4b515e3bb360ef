"""A run over a folder: mirrored results, what is done isn't redone, what fails stops nothing."""

import os
import shutil
from pathlib import Path

import openpyxl
import pytest

from cellsense import Classifier, Options
from cellsense.errors import MissingModelError, ModelError, OptionError, OutputError
from cellsense.jobs import run
from cellsense.jobs.done import FILE
from cellsense.jobs.plan import plan_tasks
from cellsense.jobs.records import ALREADY_DONE, FileRecord, Job, SilentJob
from cellsense.jobs.run import run_folder

CSV = b"id,review\n1,I love this lamp. It is beautiful.\n2,Terrible. It broke after two days.\n3,\n"
DONE = b"id,review,Label,Score\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.csv", "b.csv", "sub/c.csv"):
        (folder / name).write_bytes(CSV)
    return folder


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "out" / "box"


class Runner:
    """Runs jobs with one classifier; `listener` may be replaced."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self.listener = SilentJob()

    def __call__(self, job: Job) -> list[FileRecord]:
        records: list[FileRecord] = []
        run_folder(job, self.classifier, self.listener, records)
        return records

    def statuses(self, job: Job) -> dict[str, str]:
        return {
            Path(record.source).relative_to(job.source).as_posix(): record.status
            for record in self(job)
        }


@pytest.fixture
def runner(embedded: Classifier) -> Runner:
    return Runner(embedded)


def job(source: Path, output: Path | None = None, *, recursive: bool = True, **more: object) -> Job:
    options = {name: more.pop(name) for name in list(more) if hasattr(Options(), name)}
    return Job(
        str(source),
        None if output is None else str(output),
        recursive=recursive,
        options=Options(**options),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


def files_in(folder: Path) -> list[str]:
    found = (item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file())
    return sorted(found)


def test_results_are_laid_out_as_the_sources(inbox: Path, outbox: Path, runner: Runner) -> None:
    before = files_in(inbox)
    records = runner(job(inbox, outbox))
    assert [record.status for record in records] == ["ok"] * 3
    assert files_in(outbox) == [FILE, "a.csv", "b.csv", "sub/c.csv"]
    assert (outbox / "sub/c.csv").read_bytes().startswith(DONE)
    assert files_in(inbox) == before
    figures = records[0].figures
    assert figures.rows == 3
    assert figures.sheets[0]["labels"] == {"NEGATIVE": 1, "NEUTRAL": 0, "POSITIVE": 1}


def test_only_the_folder_itself_unless_asked(inbox: Path, outbox: Path, runner: Runner) -> None:
    assert set(runner.statuses(job(inbox, outbox, recursive=False))) == {"a.csv", "b.csv"}


def test_what_is_done_is_not_redone(inbox: Path, outbox: Path, runner: Runner) -> None:
    first = runner(job(inbox, outbox))
    again = runner(job(inbox, outbox))
    assert [record.why for record in again] == [ALREADY_DONE] * 3
    assert [record.figures for record in again] == [record.figures for record in first]
    assert {record.status for record in runner(job(inbox, outbox, force=True))} == {"ok"}


def test_what_changed_is_redone(inbox: Path, outbox: Path, runner: Runner) -> None:
    runner(job(inbox, outbox))
    (inbox / "b.csv").write_bytes(CSV + b"4,Quite good\n")
    (outbox / "sub/c.csv").unlink()
    expected = {"a.csv": "skipped", "b.csv": "ok", "sub/c.csv": "ok"}
    assert runner.statuses(job(inbox, outbox)) == expected
    assert b"Quite good,POSITIVE" in (outbox / "b.csv").read_bytes()


def test_a_copy_of_the_source_counts_as_the_same(
    inbox: Path, outbox: Path, runner: Runner, tmp_path: Path
) -> None:
    runner(job(inbox, outbox))
    shutil.copytree(inbox, tmp_path / "copy", copy_function=shutil.copyfile)
    assert set(runner.statuses(job(tmp_path / "copy", outbox)).values()) == {"skipped"}


def test_other_options_or_another_model_make_it_anew(
    inbox: Path, outbox: Path, runner: Runner, bert_model: Path
) -> None:
    runner(job(inbox, outbox))
    assert set(runner.statuses(job(inbox, outbox, label_name="Mood")).values()) == {"ok"}
    assert set(runner.statuses(job(inbox, outbox, label_name="Mood")).values()) == {"skipped"}
    runner.classifier = Classifier(bert_model, "cpu")
    assert set(runner.statuses(job(inbox, outbox, label_name="Mood")).values()) == {"ok"}


def test_nothing_of_others_is_overwritten(inbox: Path, outbox: Path, runner: Runner) -> None:
    outbox.mkdir(parents=True)
    (outbox / "a.csv").write_bytes(b"mine")
    records = runner(job(inbox, outbox))
    assert [record.status for record in records] == ["failed", "ok", "ok"]
    assert "exists and isn't of an earlier run" in str(records[0].why)
    assert (outbox / "a.csv").read_bytes() == b"mine"
    assert {record.status for record in runner(job(inbox, outbox, force=True))} == {"ok"}


def test_a_result_that_was_edited_is_left_alone(inbox: Path, outbox: Path, runner: Runner) -> None:
    runner(job(inbox, outbox))
    (outbox / "a.csv").write_bytes(b"edited")
    (inbox / "a.csv").write_bytes(CSV + b"4,Quite good\n")
    record = runner(job(inbox, outbox))[0]
    assert record.status == "failed"
    assert "was changed since it was made" in str(record.why)
    assert (outbox / "a.csv").read_bytes() == b"edited"


def test_results_of_another_folder_are_left_alone(
    inbox: Path, outbox: Path, runner: Runner, tmp_path: Path
) -> None:
    runner(job(inbox, outbox))
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.csv").write_bytes(CSV + b"4,Quite good\n")
    record = runner(job(other, outbox))[0]
    assert record.status == "failed"
    assert f"was made from another file, {inbox / 'a.csv'}" in str(record.why)


def test_beside_the_sources(inbox: Path, runner: Runner) -> None:
    assert set(runner.statuses(job(inbox)).values()) == {"ok"}
    assert (inbox / "sub/c.labelled.csv").read_bytes().startswith(DONE)
    assert set(runner.statuses(job(inbox)).values()) == {"skipped"}


def test_in_place(inbox: Path, runner: Runner) -> None:
    assert set(runner.statuses(job(inbox, in_place=True)).values()) == {"ok"}
    assert (inbox / "sub/c.csv").read_bytes().startswith(DONE)
    assert (inbox / "sub/c.csv.bak").read_bytes() == CSV
    assert set(runner.statuses(job(inbox, in_place=True)).values()) == {"skipped"}
    assert not (inbox / "sub/c.csv.bak2").exists()
    other = runner(job(inbox, in_place=True, beside=True))
    assert all("already has the columns" in str(record.why) for record in other)


def test_in_place_a_file_with_two_names_is_done_once(inbox: Path, runner: Runner) -> None:
    (inbox / "z.csv").symlink_to("a.csv")
    assert runner.statuses(job(inbox, in_place=True, recursive=False)) == {
        "z.csv": "skipped",
        "a.csv": "ok",
        "b.csv": "ok",
    }
    assert (inbox / "z.csv").is_symlink()


def test_an_outbox_in_the_inbox_is_not_converted_again(inbox: Path, runner: Runner) -> None:
    first, second = inbox / "first", inbox / "second"
    names = {"a.csv", "b.csv", "sub/c.csv"}
    assert set(runner.statuses(job(inbox, first))) == names
    assert set(runner.statuses(job(inbox, first))) == names
    assert set(runner.statuses(job(inbox, second))) == names
    assert len(runner(job(first, None, label_name="Mood"))) == 3  # named, it is a folder like any


def test_one_bad_file_stops_nothing(inbox: Path, outbox: Path, runner: Runner) -> None:
    (inbox / "b.csv").write_bytes(b"\0\0")
    (inbox / "sub/numbers.csv").write_bytes(b"a,b\n1,2\n")
    (inbox / "sub/quote.csv").write_bytes(b'a,review\n1,"open\n' * 3)
    (inbox / "sub/bad.xlsx").write_bytes(b"PK\3\4 not a zip")
    records = {Path(record.source).name: record for record in runner(job(inbox, outbox))}
    assert [records[name].status for name in ("a.csv", "c.csv")] == ["ok", "ok"]
    assert records["b.csv"].status == records["bad.xlsx"].status == "failed"
    for record in records.values():
        if record.status == "failed":
            assert str(record.why).count(record.source) == 1
            assert "\n" not in str(record.why)
    assert sum(record.status == "failed" for record in records.values()) == 4


def test_a_flag_for_one_kind_fails_the_other_kinds_only(
    inbox: Path, outbox: Path, runner: Runner
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["review"], ["I love this lamp."], ["It broke."]):
        book.active.append(row)
    book.save(inbox / "z.xlsx")
    statuses = runner.statuses(job(inbox, outbox, writer="openpyxl"))
    assert statuses == {"a.csv": "failed", "b.csv": "failed", "sub/c.csv": "failed", "z.xlsx": "ok"}


def test_a_limit_that_does_not_fit_one_file(inbox: Path, outbox: Path, runner: Runner) -> None:
    labelled = b"review,Label,Score\n" + b"Good,POSITIVE,0.9\n" * 3
    (inbox / "b.csv").write_bytes(labelled)
    records = runner(job(inbox, outbox, limit=1, force=True))
    assert [record.status for record in records] == ["ok", "failed", "ok"]
    assert "leave --limit out" in str(records[1].why)


def test_a_fault_of_ours_stops_nothing_and_quotes_nothing(
    inbox: Path, outbox: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = run.convert_file

    def fail(source: Path, *arguments: object, **named: object) -> object:
        if source.name == "b.csv":
            raise KeyError("I love this lamp.")
        return original(source, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "convert_file", fail)
    records = runner(job(inbox, outbox))
    assert [record.status for record in records] == ["ok", "failed", "ok"]
    assert "KeyError" in str(records[1].why)
    assert "lamp" not in str(records[1].why)


def test_a_model_that_is_missing_stops_before_anything_is_done(inbox: Path, outbox: Path) -> None:
    with pytest.raises(MissingModelError):
        Runner(Classifier("org/unknown"))(job(inbox, outbox))
    assert not outbox.exists()


def test_a_model_that_breaks_stops_the_run(
    inbox: Path, outbox: Path, bert_model: Path, tmp_path: Path
) -> None:
    model = Path(shutil.copytree(bert_model, tmp_path / "model"))
    (model / "model.safetensors").write_bytes(b"no weights")
    records: list[FileRecord] = []
    with pytest.raises(ModelError):
        run_folder(job(inbox, outbox), Classifier(model, "cpu"), SilentJob(), records)
    assert records == []
    assert files_in(outbox) == []


@pytest.mark.parametrize("output", ["-", "result.csv", "inbox", "inbox/a.csv"])
def test_outputs_that_are_no_folder(
    inbox: Path, runner: Runner, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(inbox.parent)
    with pytest.raises(OptionError, match="folder"):
        runner(job(inbox, Path(output)))


def test_names_that_some_disks_cannot_tell_apart(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("A.csv", "a.csv", "é.csv", "e\u0301.csv", "b.csv")]
    task = Job(str(tmp_path), "out")
    assert len(plan_tasks(task, files, tmp_path / "out", folds_case=False).tasks) == 5
    plan = plan_tasks(task, files, tmp_path / "out", folds_case=True)
    assert [item.source.name for item in plan.tasks] == ["A.csv", "é.csv", "b.csv"]
    assert "would be the same file" in plan.refused[tmp_path / "a.csv"]


class Meddler(SilentJob):
    """Does something before a file's turn."""

    def __init__(self, turn: int, action: object) -> None:
        self.turn, self.action = turn, action

    def begins(self, number: int, total: int) -> None:
        if number == self.turn:
            self.action()  # type: ignore[operator]


def test_an_output_folder_that_goes_away(inbox: Path, outbox: Path, runner: Runner) -> None:
    runner.listener = Meddler(2, lambda: shutil.rmtree(outbox))
    records = runner(job(inbox, outbox))
    assert [record.status for record in records] == ["ok", "failed", "failed"]
    assert "isn't there any more" in str(records[1].why)
    assert not outbox.exists()
    runner.listener = SilentJob()
    assert set(runner.statuses(job(inbox, outbox)).values()) == {"ok"}


def test_a_source_that_goes_away(inbox: Path, outbox: Path, runner: Runner) -> None:
    runner.listener = Meddler(2, (inbox / "b.csv").unlink)
    assert [record.status for record in runner(job(inbox, outbox))] == ["ok", "failed", "ok"]


def test_a_full_disk_loses_nothing(
    inbox: Path, outbox: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.fsync
    full = False

    def fsync(file: int) -> None:
        if full:
            raise OSError(28, "No space left on device")
        original(file)

    def fill() -> None:
        nonlocal full
        full = True

    monkeypatch.setattr(os, "fsync", fsync)
    runner.listener = Meddler(2, fill)
    records = runner(job(inbox, outbox))
    assert [record.status for record in records] == ["ok", "failed", "failed"]
    assert "No space left" in str(records[1].why)
    assert files_in(outbox) == [FILE, "a.csv"]
    full = False
    runner.listener = SilentJob()
    expected = {"a.csv": "skipped", "b.csv": "ok", "sub/c.csv": "ok"}
    assert runner.statuses(job(inbox, outbox)) == expected


def test_a_torn_line_in_the_list(inbox: Path, outbox: Path, runner: Runner) -> None:
    runner(job(inbox, outbox, recursive=False))
    with (outbox / FILE).open("ab") as stream:
        stream.write(b'{"format": 1, "output": "sub/c.c')
    (outbox / "b.csv").unlink()
    expected = {"a.csv": "skipped", "b.csv": "ok", "sub/c.csv": "ok"}
    assert runner.statuses(job(inbox, outbox)) == expected
    assert set(runner.statuses(job(inbox, outbox)).values()) == {"skipped"}


def test_the_list_stays_short(
    inbox: Path, outbox: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cellsense.jobs.done._SPARE_LINES", 4)
    for _ in range(6):
        runner(job(inbox, outbox, force=True))
    assert len((outbox / FILE).read_bytes().splitlines()) <= 2 * 3 + 4 + 3
    assert set(runner.statuses(job(inbox, outbox)).values()) == {"skipped"}


def test_two_runs_into_one_folder(inbox: Path, outbox: Path, runner: Runner) -> None:
    def second() -> None:
        with pytest.raises(OutputError, match="Another run of cellsense is at work"):
            Runner(runner.classifier)(job(inbox, outbox))

    runner.listener = Meddler(1, second)
    assert set(runner.statuses(job(inbox, outbox)).values()) == {"ok"}
    assert files_in(outbox) == [FILE, "a.csv", "b.csv", "sub/c.csv"]
