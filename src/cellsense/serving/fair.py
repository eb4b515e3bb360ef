"""Texts that wait, handed out so that nobody waits for somebody else's hundred thousand.

Half of a batch is for the calls that lack least: were all calls worked on alike, all would be ready
only at the end. For the other half callers take turns, and so do the calls of one caller, a text
each: whoever sends many small calls takes no more than the first half from the others. A text that
several ask for is handed out once.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import NamedTuple

from cellsense.prediction import Prediction

# What a text costs beside its characters: reading it, its place in a batch.
_COST = 40


class Key(NamedTuple):
    """A text, and whether other languages are told apart."""

    text: str
    checked: bool

    @property
    def cost(self) -> int:
        """What it takes to classify it, in characters."""
        return len(self.text) + _COST


class Job:
    """A call: the texts that it waits for, and the answers that are there.

    Args:
        caller: whose call it is.
        texts: its texts, each once.
        checked: other languages are told apart.
    """

    def __init__(self, caller: str, texts: Iterable[str], checked: bool) -> None:
        self.caller = caller
        self.checked = checked
        self.pending = dict.fromkeys(texts)
        self.answers: dict[str, Prediction] = {}
        self.future: Future[Mapping[str, Prediction]] = Future()


class FairQueue:
    """The jobs of all callers. Not for several threads at once: `Batcher` has the lock."""

    def __init__(self) -> None:
        self._jobs: dict[str, dict[Job, None]] = {}  # by caller, the next in turn first
        self._by_key: dict[Key, list[Job]] = {}
        self.texts = 0  # that wait

    def __len__(self) -> int:
        return sum(map(len, self._jobs.values()))

    def __contains__(self, job: Job) -> bool:
        return job in self._jobs.get(job.caller, ())

    def add(self, job: Job) -> None:
        """Put a job at the end of its caller's."""
        self._jobs.setdefault(job.caller, {})[job] = None
        for text in job.pending:
            self._by_key.setdefault(Key(text, job.checked), []).append(job)
        self.texts += len(job.pending)

    def remove(self, job: Job) -> None:
        """Drop a job, and those of its texts that nobody else waits for."""
        jobs = self._jobs[job.caller]
        del jobs[job]
        if not jobs:
            del self._jobs[job.caller]
        for text in job.pending:
            waiting = self._by_key[Key(text, job.checked)]
            waiting.remove(job)
            if not waiting:
                del self._by_key[Key(text, job.checked)]
        self.texts -= len(job.pending)

    def take(self, budget: int) -> list[Key]:
        """Return texts to work on, of some `budget` characters; at least one. They stay here."""
        keys: dict[Key, None] = {}
        spent = 0
        for key in self._nearly_done():
            if key not in keys:
                keys[key] = None
                spent += key.cost
            if 2 * spent >= budget:
                break
        turns = {caller: self._in_turn(jobs, keys) for caller, jobs in self._jobs.items()}
        while turns and spent < budget:
            caller, texts = next(iter(turns.items()))
            del turns[caller]
            found = next(texts, None)
            if found is not None:
                keys[found] = None
                spent += found.cost
                turns[caller] = texts
                self._jobs[caller] = self._jobs.pop(caller)  # to the end
        return list(keys)

    def _nearly_done(self) -> Iterator[Key]:
        jobs = [job for jobs in self._jobs.values() for job in jobs]
        for job in sorted(jobs, key=lambda job: len(job.pending)):
            for text in job.pending:
                yield Key(text, job.checked)

    def _in_turn(self, jobs: dict[Job, None], taken: Mapping[Key, None]) -> Iterator[Key]:
        lines = deque((job, iter(job.pending)) for job in jobs)
        while lines:
            job, texts = lines.popleft()
            key = next((key for t in texts if (key := Key(t, job.checked)) not in taken), None)
            if key is not None:
                lines.append((job, texts))
                jobs[job] = jobs.pop(job)  # to the end
                yield key

    def answer(self, answers: Mapping[Key, Prediction]) -> list[Job]:
        """Give answers to all who wait for them; return the jobs that are done, and gone."""
        done = []
        for key, prediction in answers.items():
            for job in self._by_key.pop(key, ()):
                del job.pending[key.text]
                job.answers[key.text] = prediction
                self.texts -= 1
                if not job.pending:
                    done.append(job)
        for job in done:
            self.remove(job)
        return done

    def asking(self, keys: Iterable[Key]) -> list[Job]:
        """Return the jobs that wait for any of these texts."""
        return list({id(job): job for key in keys for job in self._by_key.get(key, ())}.values())
