import multiprocessing
import sqlite3
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
import pytest

from cellsense import Classifier
from cellsense.cache import ResultCache, shared_cache

FINGERPRINT = b"model"
LABELS = 3


def scores(count: int, start: int = 0) -> dict[str, np.ndarray]:
    return {f"text {n}": np.array([n, 1 / (n + 1), 0.1]) for n in range(start, start + count)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CELLSENSE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_results_come_back_exactly(tmp_path: Path) -> None:
    given = scores(2500)
    ResultCache(tmp_path).put(FINGERPRINT, given)
    found = ResultCache(tmp_path).get(FINGERPRINT, [*given, "unknown"], LABELS)
    assert found.keys() == given.keys()
    assert all(np.array_equal(found[text], given[text]) for text in given)


def test_another_model_has_other_results(tmp_path: Path) -> None:
    ResultCache(tmp_path).put(FINGERPRINT, scores(1))
    assert ResultCache(tmp_path).get(b"another", ["text 0"], LABELS) == {}


def test_no_text_is_kept(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path)
    cache.put(FINGERPRINT, {"a review nobody else may read": np.array([0.5])})
    cache.put(FINGERPRINT, {"lone \ud800 surrogate": np.array([0.5])})
    cache.close()
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"nobody else" not in content
    assert len(ResultCache(tmp_path).get(FINGERPRINT, ["lone \ud800 surrogate"], 1)) == 1


def test_looking_makes_no_file(tmp_path: Path) -> None:
    assert ResultCache(tmp_path / "none").get(FINGERPRINT, ["text"], LABELS) == {}
    assert not (tmp_path / "none").exists()


def test_stays_within_its_limit_and_drops_the_longest_unused(tmp_path: Path) -> None:
    limit = 400_000
    cache = ResultCache(tmp_path, limit)
    cache.put(FINGERPRINT, scores(3000))
    with sqlite3.connect(cache.file) as connection:
        connection.execute("UPDATE results SET used = used - 100")
    connection.close()
    assert len(cache.get(FINGERPRINT, list(scores(500)), LABELS)) == 500  # used again today
    start = 3000
    while cache.info().results == start:
        cache.put(FINGERPRINT, scores(100, start))
        start += 100
    assert 3000 * 2 / 3 < cache.info().results < start < 10_000
    assert len(cache.get(FINGERPRINT, list(scores(500)), LABELS)) == 500
    assert len(cache.get(FINGERPRINT, list(scores(2500, 500)), LABELS)) < 2500


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough" * 100, b"SQLite format"]
)
def test_damaged_file_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    cache = ResultCache(tmp_path)
    cache.file.write_bytes(content)
    cache.put(FINGERPRINT, scores(3))
    assert len(ResultCache(tmp_path).get(FINGERPRINT, list(scores(3)), LABELS)) == 3


def test_file_of_another_format_is_begun_anew(tmp_path: Path) -> None:
    with sqlite3.connect(ResultCache(tmp_path).file) as connection:
        connection.execute("CREATE TABLE results (something)")
        connection.execute("PRAGMA user_version=99")
    connection.close()
    ResultCache(tmp_path).put(FINGERPRINT, scores(3))
    assert len(ResultCache(tmp_path).get(FINGERPRINT, list(scores(3)), LABELS)) == 3


def test_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = ResultCache(tmp_path / "file" / "folder")
    cache.put(FINGERPRINT, scores(3))
    assert cache.broken
    assert cache.info().results == 0


def write_many(folder: Path, start: int, gate: Barrier) -> None:
    cache = ResultCache(folder)
    gate.wait()  # all of them find no file, and make one
    for first in range(start, start + 1000, 50):
        cache.put(FINGERPRINT, scores(50, first))
    assert not cache.broken


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    running = [
        context.Process(target=write_many, args=(tmp_path, start, gate)) for start in (0, 500, 1000)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
        assert process.exitcode == 0
    assert ResultCache(tmp_path).info().results == 2000


TEXTS = ["Not bad at all!", "Broke on the second day.", "", "Not bad at all!"]


def test_classifier_answers_from_the_cache_without_the_model(
    folder: Path, embedded: Classifier
) -> None:
    first = Classifier(device="cpu").predict(TEXTS, all_scores=True)
    again = Classifier(device="cpu")
    assert again.predict(TEXTS, all_scores=True) == first
    assert again.labels == ("NEGATIVE", "NEUTRAL", "POSITIVE")
    assert not again.loaded
    assert first[:2] == embedded.predict(TEXTS, all_scores=True)[:2]


def test_only_unknown_texts_are_worked_out(folder: Path) -> None:
    Classifier(device="cpu").predict(TEXTS)
    classifier = Classifier(device="cpu")
    assert set(classifier.cached([*TEXTS[:2], "Arrived late."])) == set(TEXTS[:2])
    assert not classifier.loaded
    assert len(classifier.predict([*TEXTS[:2], "Arrived late."])) == 3
    results = shared_cache()
    assert results is not None
    assert results.info().results == 3


def test_what_was_worked_out_before_a_cancel_is_kept(folder: Path) -> None:
    steps = Classifier(device="cpu").stream([f"Review number {n} was fine." for n in range(300)])
    done = next(step.done for step in steps if step.done >= 20)
    steps.close()
    results = shared_cache()
    assert results is not None
    assert results.info().results >= done


def test_switched_off_by_argument_or_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Classifier(device="cpu", use_cache=False).predict(TEXTS)
    monkeypatch.setenv("CELLSENSE_CACHE", "off")
    Classifier(device="cpu").predict(TEXTS)
    assert not folder.exists()


def test_another_precision_is_another_model(folder: Path) -> None:
    Classifier(device="cpu").predict(TEXTS)
    assert Classifier(device="cpu", dtype="float32").cached(TEXTS[:2]) == {}
