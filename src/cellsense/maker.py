"""What works out the new columns: labels and scores, or the answers of another task."""

from cellsense.classifier import Classifier
from cellsense.tasks.model import TaskModel

Maker = Classifier | TaskModel
