"""Files on this machine and elsewhere (`s3://…`, `gs://…`), through fsspec.

Who may read and write there is the business of each storage's own package: environment variables,
profiles, roles. A file appears under its name whole or not at all.
"""

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from cellsense.atomic import PREFIX, temporary
from cellsense.errors import CellsenseError, DependencyError, InputError, OptionError, OutputError
from cellsense.sheets.failures import cause
from cellsense.stamp import stamp

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
# Which package knows which storage, where fsspec doesn't bring it.
_PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az", "adl"), "adlfs"),
}
# What storages call the mark of a content, or the time of its writing.
_MARKS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder: a path on this machine, or a URI."""

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path | None:
        """The path, if it is on this machine."""
        return None if _SCHEME.match(self.name) else Path(self.name)

    @property
    def filename(self) -> str:
        """The last part of its name."""
        return PurePosixPath(self.name).name if self.path is None else self.path.name

    @property
    def suffix(self) -> str:
        """What its name ends with, such as ".csv", in small letters."""
        return PurePosixPath(self.filename).suffix.lower()

    @property
    def parent(self) -> "Place":
        """The folder it is in."""
        if self.path is not None:
            return Place(str(self.path.parent))
        return Place(self.name.rstrip("/").rpartition("/")[0])

    def below(self, relative: str) -> "Place":
        """Return what a relative name, with slashes, stands for in this folder."""
        if self.path is not None:
            return Place(str(self.path.joinpath(*relative.split("/"))))
        return Place(f"{self.name.rstrip('/')}/{relative}")


@dataclass(frozen=True, slots=True)
class Status:
    """What a storage says of a file or folder."""

    is_folder: bool
    size: int = 0
    version: str = ""  # another one after every writing


def place(text: str) -> Place:
    """Understand what a user named. Raises OptionError."""
    scheme = _SCHEME.match(text)
    if scheme is None:
        return Place(text)
    kind, rest = scheme[1].lower(), text[scheme.end() :]
    if kind == "file":
        return Place(rest.removeprefix("localhost") or "/")
    user, _, _ = rest.partition("/")[0].rpartition("@")
    if ":" in user:
        raise OptionError(
            f"A password stands in the {kind}:// address, where others can read it: leave it out, "
            "and give it to the storage's own settings."
        )
    if not rest.strip("/"):
        raise OptionError(f"{text} names no file or folder: add its name.")
    return Place(text.rstrip("/"))


def look(where: Place) -> Status | None:
    """Look at a file or folder; None if there's none. Raises InputError, DependencyError."""
    if where.path is not None:
        if where.path.is_dir():
            return Status(is_folder=True)
        found = stamp(where.path)
        return found and Status(False, found.size, f"{found.size}-{found.written_ns}")
    with _reached(where) as (storage, path):
        try:
            storage.invalidate_cache()
            return _status(storage.info(path))
        except FileNotFoundError:
            return None


def files_below(folder: Place, *, recursive: bool = True) -> dict[str, Status]:
    """Return the files of a folder by their relative names; nothing if there's no folder."""
    if folder.path is not None:
        return _local_files(folder.path)
    with _reached(folder) as (storage, path):
        storage.invalidate_cache()
        depth = None if recursive else 1
        try:
            found = storage.find(path, maxdepth=depth, detail=True)
        except FileNotFoundError:
            return {}
        root = path.rstrip("/") + "/"
        return {
            name.removeprefix(root): _status(about)
            for name, about in found.items()
            if name.startswith(root) and not name.endswith("/")
        }


@contextmanager
def opened(where: Place) -> Iterator[IO[bytes]]:
    """Open a file for reading. Raises InputError."""
    if where.path is not None:
        try:
            stream: IO[bytes] = where.path.open("rb")
        except OSError as error:
            raise InputError(f"{where} can't be read: {cause(error)}.") from error
    else:
        with _reached(where) as (storage, path):
            stream = storage.open(path, "rb")
    with stream:
        yield stream


def fetch(where: Place, target: Path) -> None:
    """Copy a file to this machine. Raises InputError."""
    with _reached(where) as (storage, path):
        storage.get_file(path, str(target))


def read_many(wheres: Sequence[Place]) -> dict[Place, bytes]:
    """Read small files of one storage, as many as there are, at the same time where it can."""
    if not wheres:
        return {}
    if wheres[0].path is not None:
        return {where: where.path.read_bytes() for where in wheres if where.path is not None}
    with _reached(wheres[0]) as (storage, _):
        paths = {storage._strip_protocol(where.name): where for where in wheres}  # noqa: SLF001 - public in all but its name
        contents = storage.cat(list(paths), on_error="omit")
        return {paths[path]: content for path, content in contents.items()}


@contextmanager
def appearing(target: Place, aside: Place) -> Iterator[Path]:
    """Give a file on this machine to be written; at the end it stands under `target`, whole.

    Elsewhere it is sent under another name in the folder `aside` first, and moved from there.
    """
    if target.path is not None:
        target.path.parent.mkdir(parents=True, exist_ok=True)
        with temporary(target.path.parent) as file:
            yield file
            with file.open("rb+") as stream:
                os.fsync(stream.fileno())
            file.replace(target.path)
        return
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        file = Path(folder) / target.filename
        yield file
        unfinished = aside.below(secrets.token_hex(8))
        with _reached(target) as (storage, path):
            _, sent = _resolve(unfinished)
            if target.name.partition(":")[0] not in _PACKAGES:
                # Those know no folders, and might make a bucket of a mistyped name.
                for needed in {sent.rpartition("/")[0], path.rpartition("/")[0]}:
                    storage.makedirs(needed, exist_ok=True)
            try:
                storage.put_file(str(file), sent)
                storage.mv(sent, path)
            except BaseException as error:
                with suppress(Exception):  # what went wrong before matters more
                    storage.rm_file(sent)
                if isinstance(error, FileNotFoundError):
                    raise OutputError(
                        f"{target} can't be written: there is no such bucket."
                    ) from error
                raise


def write_text(target: Place, text: str, aside: Place) -> None:
    """Write a small file that appears whole. Raises InputError, OSError."""
    with appearing(target, aside) as file:
        file.write_text(text, encoding="utf-8")


def remove(where: Place) -> None:
    """Remove a file or a folder with all that is in it, if it is there."""
    if where.path is not None:
        if where.path.is_dir():
            shutil.rmtree(where.path)
        else:
            where.path.unlink(missing_ok=True)
        return
    with _reached(where) as (storage, path), suppress(FileNotFoundError):
        storage.rm(path, recursive=True)


def _local_files(folder: Path) -> dict[str, Status]:
    found = {}
    for path in folder.rglob("*"):
        about = stamp(path)
        if about is not None and path.is_file():
            name = path.relative_to(folder).as_posix()
            found[name] = Status(False, about.size, f"{about.size}-{about.written_ns}")
    return found


def _status(about: dict[str, Any]) -> Status:
    size = int(about.get("size") or 0)
    mark = next((str(about[name]) for name in _MARKS if about.get(name)), "")
    return Status(about["type"] == "directory", size, f"{size}-{mark}")


def _resolve(where: Place) -> "tuple[AbstractFileSystem, str]":
    from fsspec.core import url_to_fs

    try:
        storage, path = url_to_fs(where.name)
    except ImportError as error:
        kind = where.name.partition(":")[0]
        package = _PACKAGES.get(kind, error.name or "for it")
        raise DependencyError(
            f"{kind}:// needs the package {package}: run `pip install {package}`, on every machine."
        ) from error
    except ValueError as error:  # no such protocol
        raise OptionError(f"{where} can't be used: {cause(error)}.") from error
    return storage, path


@contextmanager
def _reached(where: Place) -> "Iterator[tuple[AbstractFileSystem, str]]":
    """Hand out the storage; whatever its package raises is said in a line."""
    storage, path = _resolve(where)
    try:
        yield storage, path
    except CellsenseError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"There is no {where}.") from error
    except Exception as error:
        # Each package has errors of its own, of no common kind.
        reason = cause(error) or type(error).__name__
        raise InputError(f"{where} can't be reached: {reason}.") from error
