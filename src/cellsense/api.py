"""`classify`: a column of a data frame, or any list, in one call."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cellsense.classifier import Classifier, shared_classifier

if TYPE_CHECKING:
    import pandas as pd


def classify(texts: Iterable[object], classifier: Classifier | None = None) -> "pd.DataFrame":
    """Return a DataFrame with the columns `label` and `score`, a row for each text.

    A Series keeps its index. Cells that hold no text have missing values in both columns.
    """
    import pandas as pd

    index = texts.index if isinstance(texts, pd.Series) else None
    predictions = (classifier or shared_classifier()).predict(texts)
    return pd.DataFrame(
        {
            "label": pd.Series([p.label if p else None for p in predictions], dtype="str"),
            "score": pd.Series([p.score if p else None for p in predictions], dtype="float64"),
        }
    ).set_axis(index if index is not None else pd.RangeIndex(len(predictions)), axis="index")
