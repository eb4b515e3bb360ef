"""Many at a time: fair turns, overload told and survived, nothing lost."""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from cellsense import Classifier
from cellsense.remote.engine import in_own_loop
from cellsense.serving.batcher import Batcher, OverloadedError
from cellsense.serving.fair import FairQueue, Job, Key
from cellsense.serving.limits import Limits
from cellsense.serving.metrics import Metrics
from serving.running_engine import BAD, GOOD, Engine, predictions


def numbered(what: str, count: int) -> list[str]:
    return [f"{what} number {number} works as it should." for number in range(count)]


def ask_at_once(engine: Engine, calls: Sequence[Sequence[str]]) -> list[httpx.Response]:
    """Send all calls at the same time, each over a connection of its own."""

    async def ask_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            base_url=engine.url,
            timeout=120,
            trust_env=False,
            limits=httpx.Limits(max_connections=len(calls)),
        ) as client:
            posts = [client.post("/v1/classify", json={"texts": texts}) for texts in calls]
            return list(await asyncio.gather(*posts))

    return in_own_loop(ask_all())  # playwright's loop may run in this thread


def test_two_hundred_callers_get_their_own_answers(engine: Engine, embedded: Classifier) -> None:
    calls = [[*numbered(f"Caller {caller}, lamp", 3), GOOD, BAD] for caller in range(200)]
    answers = ask_at_once(engine, calls)
    here = embedded.predict([text for texts in calls for text in texts])
    expected = [(given.label, given.score) for given in here if given is not None]
    found = [given for answer in answers for given in predictions(answer)]
    assert [(given["label"], given["score"]) for given in found] == expected


def test_calls_of_several_callers_share_batches(engine: Engine) -> None:
    before = engine.count("cellsense_batch_texts_count")
    ask_at_once(engine, [numbered(f"Shared {caller}, lamp", 1) for caller in range(100)])
    assert engine.count("cellsense_batch_texts_count") - before < 50


def test_overload_is_told_and_nothing_is_lost(embedded: Classifier) -> None:
    with Engine(embedded, Limits(texts=50, waiting=50)) as engine:
        calls = [numbered(f"Overload {caller}, lamp", 20) for caller in range(40)]
        answers = ask_at_once(engine, calls)
        taken = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert taken
        assert refused
        assert len(taken) + len(refused) == 40
        assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in refused)
        assert "come again in" in refused[0].json()["detail"]
        assert all(len(predictions(answer)) == 20 for answer in taken)
        assert engine.count("cellsense_waiting_texts") == 0


def test_clients_that_come_again_get_everything(
    embedded: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cellsense.remote.calls._LONGEST_PAUSE", 0.3)
    with Engine(embedded, Limits(texts=20, waiting=20)) as engine:
        monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
        calls = [numbered(f"Again {caller}, lamp", 30) for caller in range(12)]
        with ThreadPoolExecutor(12) as pool:
            found = list(pool.map(lambda texts: Classifier().predict(texts), calls))
        assert [embedded.predict(texts) for texts in calls] == found
        with engine.client() as client:
            assert 'status="429"' in client.get("/metrics").text


def test_one_text_does_not_wait_for_a_thousand(
    embedded: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cellsense.serving.batcher._MOST_BUDGET", 8_192)  # some hundred texts
    done: list[str] = []

    def ask(name: str, texts: list[str]) -> None:
        assert len(predictions(engine.post(texts))) == len(texts)
        done.append(name)

    with Engine(embedded) as engine:
        many = threading.Thread(target=ask, args=("many", numbered("A thousand, lamp", 2000)))
        many.start()
        end = time.monotonic() + 60
        while not engine.count("cellsense_waiting_texts"):
            assert time.monotonic() < end
        for number in range(3):
            ask("one", [f"Only this text, number {number}."])
        many.join()
    assert done == ["one", "one", "one", "many"]


def test_batches_take_as_long_as_they_should(embedded: Classifier) -> None:
    batcher = Batcher(embedded, 10, Metrics())
    keys = [Key("a" * 88, checked=True)] * 128  # half a batch at first
    batcher._measure(keys[:10], 100.0)
    assert batcher._budget == 16_384  # too few to tell
    batcher._measure(keys, 0.01)
    assert batcher._budget == 32_768
    batcher._measure(keys * 2, 1.0)
    assert batcher._budget == 8_192
    batcher._measure(keys, 3600.0)
    assert batcher._budget == 4_096


def test_work_of_a_caller_who_hangs_up_is_dropped(engine: Engine) -> None:
    before = engine.count("cellsense_dropped_calls_total")
    body = {"texts": numbered("Nobody waits for it, lamp", 5000)}
    with engine.client() as client, pytest.raises(httpx.ReadTimeout):
        client.post("/v1/classify", json=body, timeout=0.5)
    end = time.monotonic() + 20
    while engine.count("cellsense_waiting_texts"):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert engine.count("cellsense_dropped_calls_total") == before + 1


def test_call_that_takes_too_long_is_given_up(embedded: Classifier) -> None:
    with Engine(embedded, Limits(seconds=1)) as engine:
        answer = engine.post(numbered("Far too many for a second, lamp", 5000))
        assert answer.status_code == 503
        assert "more than 1 s" in answer.json()["detail"]
        assert engine.count("cellsense_waiting_texts") == 0


def test_what_was_taken_is_answered_before_the_server_stops(embedded: Classifier) -> None:
    texts = numbered("The last lamp", 300)
    with Engine(embedded) as engine, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(engine.post, texts)
        end = time.monotonic() + 30
        while not engine.count("cellsense_waiting_texts"):
            assert time.monotonic() < end
        engine.stop()
        assert len(predictions(answer.result())) == 300


# ---- turns ---------------------------------------------------------------------------------------


def test_calls_that_lack_least_come_first_and_all_others_take_turns() -> None:
    queue = FairQueue()
    for caller, name, texts in (("greedy", "a", 90), ("greedy", "b", 80), ("modest", "c", 70)):
        queue.add(Job(caller, [f"{name}{number:02}" for number in range(texts)], checked=True))
    queue.add(Job("late", ["d00"], checked=True))
    first = [key.text for key in queue.take(10 * 43)]
    assert first[:5] == ["d00", "c00", "c01", "c02", "c03"]
    assert first[5:] == ["a00", "c04", "b00", "c05", "a01"]
    assert [key.text for key in queue.take(1)] == ["d00"]
    assert queue.texts == 241


def test_many_small_calls_take_half_at_most_from_a_large_one() -> None:
    queue = FairQueue()
    queue.add(Job("large", [f"a{number:03}" for number in range(500)], checked=True))
    for number in range(500):
        queue.add(Job("many", [f"b{number:03}"], checked=True))
    taken = [key.text[0] for key in queue.take(100 * 44)]
    assert 25 <= taken.count("a") <= 50


def test_text_of_several_calls_is_handed_out_once_and_answered_to_all(
    embedded: Classifier,
) -> None:
    (prediction,) = embedded.predict([GOOD])
    assert prediction is not None
    queue = FairQueue()
    jobs = [Job(caller, [GOOD], checked=True) for caller in "ab"]
    other = Job("c", [GOOD, BAD], checked=False)
    for job in (*jobs, other):
        queue.add(job)
    keys = queue.take(100_000)
    assert sorted(keys) == sorted([Key(GOOD, True), Key(GOOD, False), Key(BAD, False)])
    assert queue.answer({Key(GOOD, True): prediction}) == jobs
    assert (len(queue), queue.texts) == (1, 2)
    queue.remove(other)
    assert (len(queue), queue.texts, queue.take(100)) == (0, 0, [])


def test_batcher_survives_calls_that_are_dropped(embedded: Classifier) -> None:
    batcher = Batcher(embedded, 10, Metrics())
    with pytest.raises(OverloadedError):
        batcher.submit("a", numbered("Lamp", 11), checked=True)
    batcher.start()
    for number in range(50):
        batcher.drop(batcher.submit("a", [f"Dropped lamp {number}."], checked=True))
    job = batcher.submit("a", [GOOD], checked=True)
    assert job.future.result(timeout=30)[GOOD].label == "POSITIVE"
    batcher.close()
    assert not batcher.ready
