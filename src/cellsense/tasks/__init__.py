"""Other tasks as columns: a transformers pipeline reads a column's cells and writes one beside it.

Each module imports only from those before it: answers, registry, paths, recordings, pictures,
prompts, adapters, load, adapt, runner, model, fill, flags.
"""

from cellsense.tasks.model import TaskModel

__all__ = ["TaskModel"]
