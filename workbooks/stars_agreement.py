"""How many of the sample reviews get the label that their stars suggest.

1-2 stars should be NEGATIVE, 4-5 POSITIVE; three stars are shown, not judged. The reviews are
invented: this shows how the tool is used, it is not a test of quality.
Run: `python workbooks/stars_agreement.py`.
"""

from pathlib import Path

import pandas as pd

import cellsense

MEANT = {1: "NEGATIVE", 2: "NEGATIVE", 4: "POSITIVE", 5: "POSITIVE"}


def main() -> None:
    """Print a table of stars against labels, and the agreement."""
    reviews = pd.read_csv(Path(__file__).with_name("reviews.csv"))
    labelled = reviews.join(cellsense.classify(reviews["Review Text"])).dropna(subset=["label"])
    print(pd.crosstab(labelled["Stars"], labelled["label"]))
    meant = labelled["Stars"].map(MEANT)
    for name, stars in (("1-2 stars, NEGATIVE", (1, 2)), ("4-5 stars, POSITIVE", (4, 5))):
        chosen = labelled["Stars"].isin(stars)
        right = (labelled["label"] == meant)[chosen]
        print(f"{name}: {right.sum()} of {chosen.sum()} ({right.mean():.1%})")


if __name__ == "__main__":
    main()
