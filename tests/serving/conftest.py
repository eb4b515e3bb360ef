"""Running servers, each started once."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from cellsense import Classifier
from serving.running_engine import TOKEN, Engine

SAMPLE = Path(__file__).parents[2] / "workbooks" / "reviews.csv"


@pytest.fixture(scope="session")
def engine(embedded: Classifier) -> Iterator[Engine]:
    """A server for this machine."""
    with Engine(embedded) as engine:
        yield engine


@pytest.fixture(scope="session")
def guarded_engine(embedded: Classifier) -> Iterator[Engine]:
    """A server that asks for a token."""
    with Engine(embedded, token=TOKEN) as engine:
        yield engine


@pytest.fixture
def served(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A server that this process' classifiers ask."""
    monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
    return engine


@pytest.fixture(scope="session")
def cells() -> list[object]:
    """Cells of a column of reviews, with blanks, numbers, errors and other languages among them."""
    return list(pd.read_csv(SAMPLE)["Review Text"])
