"""Results by content, kept across runs, workbooks and Excel sessions: nothing is computed twice.

A row holds a text's hash, keyed by the model's fingerprint, and the probability of every label; no
text is kept. Several processes may use the file at once. It is a convenience: where the file can't
be read or written, classification goes on without it.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ENVIRONMENT = "CELLSENSE_CACHE"  # a folder, or "off"
LIMIT_BYTES = 256 * 2**20  # some four million results
_FILE = "results.sqlite3"
_FORMAT = 1  # of the file; another one is begun anew
_KEY_BYTES = 16
_AT_ONCE = 900  # keys in one query; SQLite allows 999 parameters everywhere
_BUSY_SECONDS = 5.0
_DAY = 86_400
_TOUCH_DAYS = 7  # a result that was used is marked so at most this often
_TABLE = "CREATE TABLE results (key BLOB PRIMARY KEY, scores BLOB, used INTEGER) WITHOUT ROWID"


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache holds."""

    file: Path
    results: int
    size: int  # bytes


class ResultCache:
    """A file of results. Not being able to use it is never an error: `broken` tells why."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.file = folder / _FILE
        self.broken = ""
        self._limit = limit_bytes
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def get(
        self, fingerprint: bytes, texts: Sequence[str], labels: int
    ) -> dict[str, "npt.NDArray[np.float64]"]:
        """Return the probabilities, of shape (labels,), of those texts that are known."""
        import numpy as np

        found: dict[str, npt.NDArray[np.float64]] = {}
        if not self.file.exists():  # don't make one just to find nothing
            return found
        today = int(time.time()) // _DAY
        text_of = {_key(fingerprint, text): text for text in texts}
        ordered = sorted(text_of)  # neighbours lie on the same pages of the file
        with self._opened() as connection:
            for start in range(0, len(ordered), _AT_ONCE):
                keys = ordered[start : start + _AT_ONCE]
                marks = ",".join("?" * len(keys))
                query = (
                    f"SELECT key, scores, used FROM results WHERE key IN ({marks}) "  # noqa: S608
                    "AND length(scores) = ?"
                )
                rows = connection.execute(query, (*keys, labels * 8)).fetchall()
                scores = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f8")
                names = (text_of[row[0]] for row in rows)
                found.update(zip(names, scores.reshape(-1, labels), strict=True))
                stale = [(today, key) for key, _, used in rows if used < today - _TOUCH_DAYS]
                if stale:
                    with connection:
                        connection.executemany("UPDATE results SET used=? WHERE key=?", stale)
        return found

    def put(self, fingerprint: bytes, results: Mapping[str, "npt.NDArray[np.float64]"]) -> None:
        """Keep results; when the file grows over its limit, the longest unused ones go."""
        today = int(time.time()) // _DAY
        rows = [
            (_key(fingerprint, text), scores.astype("<f8").tobytes(), today)
            for text, scores in results.items()
        ]
        with self._opened() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)
            if _used_bytes(connection) > self._limit:
                # A third at once, so that this doesn't happen again with every row.
                connection.execute(
                    "DELETE FROM results WHERE key IN "
                    "(SELECT key FROM results ORDER BY used LIMIT (SELECT count(*)/3 FROM results))"
                )

    def info(self) -> CacheInfo:
        """Count what is there."""
        results = 0
        if self.file.exists():
            with self._opened() as connection:
                results = int(connection.execute("SELECT count(*) FROM results").fetchone()[0])
        files = self.file.parent.glob(f"{_FILE}*")
        return CacheInfo(self.file, results, sum(file.stat().st_size for file in files))

    def clear(self) -> int:
        """Forget everything; return how many results there were."""
        results = self.info().results
        if self.file.exists():
            with self._opened() as connection:
                with connection:
                    connection.execute("DELETE FROM results")
                connection.execute("VACUUM")
        return results

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Hand out the connection; a file that fails is replaced by memory from then on."""
        with self._lock:
            try:
                self._connection = self._connection or self._open()
            except (sqlite3.Error, OSError) as error:
                self._connection = self._do_without(error)
            try:
                yield self._connection
            except sqlite3.Error as error:
                self._connection.close()
                self._connection = self._do_without(error)

    def _do_without(self, error: Exception) -> sqlite3.Connection:
        self.broken = str(error)
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.execute(_TABLE)
        return connection

    def _open(self) -> sqlite3.Connection:
        """Open the file; a damaged one is begun anew."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, read-only, disk full
                raise
            for file in self.file.parent.glob(f"{_FILE}*"):
                file.unlink()
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=_BUSY_SECONDS, check_same_thread=False)
        try:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous=NORMAL")
            if _format(connection) != _FORMAT:
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    if _format(connection) != _FORMAT:  # else another process was first
                        connection.execute("DROP TABLE IF EXISTS results")
                        connection.execute(_TABLE)
                        connection.execute(f"PRAGMA user_version={_FORMAT}")
        except BaseException:
            connection.close()
            raise
        return connection


@cache
def _cache_in(folder: Path) -> ResultCache:
    return ResultCache(folder)


def cache_place() -> Path:
    """Return the folder for what is kept on this machine, results or not."""
    named = os.environ.get(ENVIRONMENT, "")
    off = named.lower() == "off"
    return Path(named) if named and not off else user_cache_path("cellsense", appauthor=False)


def cache_folder() -> Path | None:
    """Return where results are kept; None if the environment says "off"."""
    off = os.environ.get(ENVIRONMENT, "").lower() == "off"
    return None if off else cache_place()


def shared_cache() -> ResultCache | None:
    """Return the process's one cache, or None if it is switched off."""
    folder = cache_folder()
    return None if folder is None else _cache_in(folder)


def _key(fingerprint: bytes, text: str) -> bytes:
    # A lone surrogate can't be encoded otherwise, and may well stand in a cell.
    content = text.encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=_KEY_BYTES, key=fingerprint).digest()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; SQLite doesn't wait where another process does so just now."""
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _used_bytes(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
