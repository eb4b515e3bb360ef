"""Formulas and their answers: the embedded model, or a stand-in where moments matter."""

import threading
import time
from collections.abc import Iterator

import pytest

from cellsense import Classifier, Prediction
from cellsense.errors import ModelError
from cellsense.explain import explain
from cellsense_addin.background import WAITING, Hold, Labels, Reasons

TEXTS = [f"Review number {number} says it works well." for number in range(40)]


class SteppedClassifier(Classifier):
    """Answers only as many batches as it was let."""

    def __init__(self) -> None:
        super().__init__(device="cpu")
        self.let = threading.Semaphore(0)
        self.batches: list[list[str]] = []
        self.error: Exception | None = None

    def predict(self, texts, *, all_scores=False):  # noqa: ANN001, ANN201
        self.batches.append(list(texts))
        self.let.acquire()
        if self.error is not None:
            raise self.error
        return [Prediction("POSITIVE", 0.9) for _ in texts]


@pytest.fixture
def stepped() -> Iterator[tuple[Labels, SteppedClassifier]]:
    classifier = SteppedClassifier()
    background = Labels(classifier, hold_seconds=0.05)
    yield background, classifier
    classifier.let.release(1000)
    background.close()


def until(condition) -> None:  # noqa: ANN001
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def test_waits_for_all_answers_without_a_cell(embedded: Classifier) -> None:
    background = Labels(embedded)
    cells = [TEXTS[0], None, 5.0, "  ", TEXTS[1], TEXTS[0], True, "#N/A"]
    answers = background.answer(cells)
    background.close()
    assert answers == embedded.predict(cells)
    assert answers[0] == answers[5]


def test_shows_placeholders_and_fills_in(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    assert background.answer(TEXTS, "A1") == [WAITING] * 40
    assert background.due(10) == [("A1", "")]
    classifier.let.release()
    until(lambda: background.due(10) == [("A1", "finished")])
    assert background.answer(TEXTS, "A1") == [Prediction("POSITIVE", 0.9)] * 40
    assert background.due(10) == []


def test_ten_formulas_over_the_same_texts_cost_one_pass(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    for number in range(10):
        background.answer(TEXTS, f"A{number}")
    classifier.let.release(10)
    until(lambda: all(state == "finished" for _, state in background.due(20)))
    assert classifier.batches == [TEXTS]


def test_ten_formulas_hold_excel_once(stepped) -> None:  # noqa: ANN001
    background, _ = stepped
    background._hold_seconds = 0.5
    started = time.monotonic()
    for number in range(10):
        background.answer([f"{text} {number}" for text in TEXTS], f"A{number}")
    assert time.monotonic() - started < 5 * 0.5


def test_different_questions_hold_excel_once() -> None:
    hold = Hold()
    asked = [SteppedClassifier(), SteppedClassifier()]
    backgrounds = [Labels(classifier, 0.5, hold=hold) for classifier in asked]
    started = time.monotonic()
    for background in backgrounds:
        assert background.answer(["text"], "A1") == [WAITING]
    assert time.monotonic() - started < 2 * 0.5
    for classifier, background in zip(asked, backgrounds, strict=True):
        classifier.let.release()
        background.close()


def test_forgotten_formula_is_not_worked_on(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    background.answer(["first"], "A1")
    background.answer(TEXTS, "A2")
    until(lambda: classifier.batches == [["first"]])
    background.forget(["A2"])
    classifier.let.release(10)
    until(lambda: background.due(10) == [("A1", "finished")])
    assert background.answer(["second"]) == [Prediction("POSITIVE", 0.9)]
    assert classifier.batches == [["first"], ["second"]]


def test_long_formula_lets_a_short_one_in_between(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    background.answer([f"long {number}" for number in range(2000)], "A1")
    background.answer(["short"], "A2")
    classifier.let.release(3)
    until(lambda: ("A2", "finished") in background.due(10))
    assert len(classifier.batches) <= 4


def test_changed_formula_replaces_its_request(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    background.answer([f"old {number}" for number in range(1000)], "A1")
    background.answer(["new", "old 999"], "A1")
    assert background.due(10) == [("A1", "")]
    classifier.let.release(2)
    until(lambda: background.due(10) == [("A1", "finished")])
    assert sum(map(len, classifier.batches)) < 1000


def test_failure_reaches_the_formula_and_is_tried_again(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    classifier.error = ModelError("the weights are broken")
    assert background.answer(["text"], "A1") == [WAITING]
    classifier.let.release()
    until(lambda: background.due(10) == [("A1", "finished")])
    with pytest.raises(ModelError, match="weights are broken"):
        background.answer(["text"], "A1")
    classifier.error = None
    classifier.let.release()
    assert background.answer(["text"]) == [Prediction("POSITIVE", 0.9)]


def test_unforeseen_failure_is_told_and_logged_without_its_text(
    stepped,  # noqa: ANN001
    monkeypatch: pytest.MonkeyPatch,
    tmp_path,  # noqa: ANN001
) -> None:
    monkeypatch.setattr("cellsense_addin.failures.log_file", lambda: tmp_path / "log" / "addin.log")
    background, classifier = stepped
    classifier.error = ZeroDivisionError("a secret review")
    classifier.let.release()
    with pytest.raises(Exception, match=r"cellsense failed \(ZeroDivisionError\)"):
        background.answer(["text"])
    log = (tmp_path / "log" / "addin.log").read_text()
    assert "in predict" in log
    assert "secret" not in log


def test_reasons_fill_in_a_few_at_a_time(embedded: Classifier) -> None:
    texts = [*TEXTS[:9], "Der Wasserkocher war leider schon nach zwei Tagen kaputt."]
    background = Reasons(embedded, hold_seconds=0.0)
    assert background.answer([*texts, None], "A1") == [*[WAITING] * 10, None]
    until(lambda: background.due(10) == [("A1", "finished")])
    answers = background.answer([*texts, None], "A1")
    background.close()
    assert answers[:9] == [
        reason.told() or "no single word" for reason in explain(texts[:9], embedded)
    ]
    assert answers[9:] == ["OTHER LANGUAGE", None]


def test_closing_ends_a_wait(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    answers: list[object] = []
    waiting = threading.Thread(target=lambda: answers.extend(background.answer(["text"])))
    waiting.start()
    until(lambda: classifier.batches == [["text"]])
    classifier.let.release()
    background.close()
    waiting.join()
    assert len(answers) == 1


def test_known_answers_need_no_model(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path,  # noqa: ANN001
) -> None:
    monkeypatch.setenv("CELLSENSE_CACHE", str(tmp_path))
    expected = Classifier(device="cpu").predict(TEXTS)
    background = Labels(Classifier(device="cpu"))
    assert background.answer(TEXTS, "A1") == expected
    assert not background.classifier.loaded
    background.close()


def test_part_of_the_answers_is_shown_now_and_then(
    stepped,  # noqa: ANN001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    background, classifier = stepped
    monkeypatch.setattr("cellsense_addin.turns.REFRESH_SECONDS", 0.2)
    texts = [f"text {number}" for number in range(600)]
    background.answer(texts, "A1")
    classifier.let.release()
    until(lambda: background.due(10) == [("A1", "partly")])
    shown = background.answer(texts, "A1")
    assert [answer is WAITING for answer in shown] == [False] * 256 + [True] * 344
    assert background.due(10) == [("A1", "")]


def test_two_calls_of_one_formula_wait_for_both(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    first, second = TEXTS[:20], TEXTS[20:]
    background.answer(first, "A1")
    background.answer(second, "A1")
    classifier.let.release(10)
    until(lambda: background.due(10) == [("A1", "finished")])
    assert background.answer(first, "A1") == [Prediction("POSITIVE", 0.9)] * 20
    assert background.answer(second, "A1") == [Prediction("POSITIVE", 0.9)] * 20
    assert background.due(10) == []


def test_second_call_that_is_known_already_does_not_drop_the_first(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    classifier.let.release()
    background.answer(["known"])
    background.answer(TEXTS, "A1")
    assert background.answer(["known"], "A1") == [Prediction("POSITIVE", 0.9)]
    assert background.due(10) == [("A1", "")]
    classifier.let.release(10)
    until(lambda: background.due(10) == [("A1", "finished")])


def test_formulas_of_one_text_are_classified_together(stepped) -> None:  # noqa: ANN001
    background, classifier = stepped
    for number in range(2000):
        background.answer([f"text {number}"], f"A{number}")
    classifier.let.release(100)
    until(lambda: len(background.due(3000)) == 2000 and background.due(1)[0][1] == "finished")
    until(lambda: all(state == "finished" for _, state in background.due(3000)))
    assert len(classifier.batches) < 20
