"""How fast this machine labels texts, beside the plain transformers pipeline.

candidates (what is compared) → run, each in a process of its own (worker) → table.
"""

from pathlib import Path

DEFAULT_FILE = Path("workbooks/reviews.csv")  # comes with the source, not with the package
