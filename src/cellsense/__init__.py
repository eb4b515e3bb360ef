"""A label and a score beside every review, on the analyst's own machine.

>>> from cellsense import Classifier
>>> Classifier().predict(["Lovely kettle, boils fast.", None])  # doctest: +SKIP
[Prediction(label='POSITIVE', score=0.99, scores=None), None]
"""

from cellsense.api import classify
from cellsense.classifier import Classifier
from cellsense.conversion import Conversion, Options
from cellsense.convert import convert
from cellsense.errors import (
    CellsenseError,
    ClusterError,
    DependencyError,
    DeviceError,
    InputError,
    MissingFileError,
    MissingModelError,
    ModelError,
    OptionError,
    OutputError,
    SelectionError,
    ServerError,
    ServerWarning,
    TrainingError,
    UnreadableFileError,
)
from cellsense.label import Summary, label_sheet
from cellsense.prediction import Prediction, Progress

__version__ = "0.1.0"

__all__ = [
    "CellsenseError",
    "Classifier",
    "ClusterError",
    "Conversion",
    "DependencyError",
    "DeviceError",
    "InputError",
    "MissingFileError",
    "MissingModelError",
    "ModelError",
    "OptionError",
    "Options",
    "OutputError",
    "Prediction",
    "Progress",
    "SelectionError",
    "ServerError",
    "ServerWarning",
    "Summary",
    "TrainingError",
    "UnreadableFileError",
    "__version__",
    "classify",
    "convert",
    "label_sheet",
]
