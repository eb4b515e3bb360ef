import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellsense.cells import CellKind, ErrorValue, kind_of


@pytest.mark.parametrize(
    "value",
    ["Good", "10/10", "5 stars", "👍", "not #N/A", "True story", "it's 5.", "?", "-", "100% wool"],
)
def test_text(value: str) -> None:
    assert kind_of(value) is CellKind.TEXT


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "   ",
        "\n\t",
        "\u00a0",
        "\ufeff",
        "\u200b \u200b",
        float("nan"),
        np.nan,
        pd.NA,
        pd.NaT,
    ],
)
def test_blank(value: object) -> None:
    assert kind_of(value) is CellKind.BLANK


@pytest.mark.parametrize(
    "value",
    [
        5,
        5.0,
        -1,
        np.int64(3),
        np.float32(2.5),
        decimal.Decimal("1.5"),
        "5",
        " 4.5 ",
        "-3",
        "1,000.50",
        "1e6",
        "$12.99",
        "12,50 €",
        "45%",
        "0044 20 7946",
    ],
)
def test_number(value: object) -> None:
    assert kind_of(value) is CellKind.NUMBER


@pytest.mark.parametrize(
    "value",
    [
        datetime.date(2026, 1, 2),
        datetime.datetime(2026, 1, 2),
        datetime.time(8),
        pd.Timestamp(0),
        np.datetime64("2026-01-02"),
        "2026-01-02",
        "02.01.2026",
        "1/2/2026 08:15",
        "2026-01-02T08:15:00Z",
    ],
)
def test_date(value: object) -> None:
    assert kind_of(value) is CellKind.DATE


@pytest.mark.parametrize("value", [True, False, np.True_, "TRUE", "FALSE"])
def test_boolean(value: object) -> None:
    assert kind_of(value) is CellKind.BOOLEAN


@pytest.mark.parametrize("value", [ErrorValue("#N/A"), "#N/A", " #REF! ", "#DIV/0!"])
def test_error(value: object) -> None:
    assert kind_of(value) is CellKind.ERROR


@pytest.mark.parametrize("value", [b"bytes", ["a list"], {"a": 1}, object()])
def test_other(value: object) -> None:
    assert kind_of(value) is CellKind.OTHER


@given(st.text())
def test_every_string_is_of_one_kind_and_letters_make_it_text(value: str) -> None:
    assert isinstance(kind_of(value), CellKind)
    assert kind_of(value + " lovely") is CellKind.TEXT
