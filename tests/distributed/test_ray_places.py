"""Where a run on Ray reads and writes, and what it refuses."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cellsense.distributed import cluster
from cellsense.distributed.aim import aim
from cellsense.distributed.storage import (
    appearing,
    files_below,
    look,
    opened,
    place,
    read_many,
    remove,
)
from cellsense.errors import InputError, MissingFileError, OptionError, OutputError
from cellsense.jobs.records import Job
from distributed.conftest import command
from distributed.planning import make_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "in")


def test_files_elsewhere_appear_whole() -> None:
    root = place("memory://shop/out")
    target, aside = root.below("x/result.csv"), root.below("aside")
    stopped = appearing(target, aside)
    stopped.__enter__().write_text("half")
    assert not stopped.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert look(target) is None
    with appearing(target, aside) as file:
        file.write_text("whole")
    status = look(target)
    assert status is not None
    assert (status.size, status.is_folder) == (5, False)
    assert list(files_below(root)) == ["x/result.csv"]
    assert read_many([target, root.below("none")]) == {target: b"whole"}
    with opened(target) as stream:
        assert stream.read() == b"whole"
    with pytest.raises(InputError, match="There is no memory://shop/out/none"):
        opened(root.below("none")).__enter__()
    remove(root)
    assert look(root) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("s3://key:secret@bucket/x", "A password stands in the s3:// address"),
        ("gs://", "names no file"),
    ],
)
def test_names_that_are_refused(name: str, message: str) -> None:
    with pytest.raises(OptionError, match=message) as raised:
        place(name)
    assert "secret" not in str(raised.value)


def test_names_of_places() -> None:
    assert place("file:///in/a b.csv").path == Path("/in/a b.csv")
    where = place("abfs://container@account.dfs.core.windows.net/in/a.CSV/")
    assert (where.filename, where.suffix) == ("a.CSV", ".csv")
    assert str(where.parent.below("x/y")) == (
        "abfs://container@account.dfs.core.windows.net/in/x/y"
    )


@pytest.mark.parametrize(
    ("job", "kind", "message"),
    [
        (Job("-"), OptionError, "reads and writes files"),
        (Job("in", in_place=True), OptionError, "leave --in-place out"),
        (Job("none.csv"), MissingFileError, "none.csv"),
        (Job("in/c.csv", recursive=True), OptionError, "name a folder"),
        (Job("in", "in"), OptionError, "is the source itself"),
        (Job("in", "out.csv"), OptionError, "several files"),
        (Job("in/c.csv", "in/c.csv"), OutputError, "is the input itself"),
        (Job("in/c.csv", "out.xlsx"), OutputError, "another kind"),
        (Job("memory://x/y"), OptionError, "in one process"),
        (Job("nowhere://x/y"), OptionError, "nowhere://x/y can't be used"),
    ],
)
def test_jobs_that_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, job: Job, kind: type[Exception], message: str
) -> None:
    monkeypatch.chdir(folder.parent)
    with pytest.raises(kind, match=re.escape(message)):
        aim(job)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--workers", 2), "--workers is for --engine ray"),
        (("--engine", "ray", "--device", "cuda:1"), "each worker has a device of its own"),
        (("--engine", "ray", "--workers", 0), "--workers 0 leaves nobody to work"),
        (("--engine", "ray", "--part-rows", 0), "--part-rows 0 leaves no row"),
        (("--engine", "ray", "--threshold", 7), "7"),
        (("--engine", "ray", "--address", "127.0.0.1:9"), "No Ray cluster answers at 127.0.0.1:9"),
    ],
)
def test_flags_that_are_refused(folder: Path, flags: tuple[object, ...], message: str) -> None:
    line = command("convert", folder, *flags)
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("address", ["here", "10.0.0.5", "host:port", "ray://"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(OptionError, match=f'--address "{address}" is none'):
        cluster._check_reachable(address)


def test_without_ray(folder: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['ray'] = None\n"
        f"sys.argv = ['cellsense', 'convert', {str(folder)!r}, '--engine', 'ray']\n"
        "from cellsense.cli import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert not folder.with_name("in.labelled").exists()
    assert done.stderr == (
        "Error: --engine ray needs the package ray: run `pip install 'cellsense[ray]'`.\n"
    )
