"""A task and its pipeline → the adapter between them, with the prompt and the limits that hold."""

from pathlib import Path
from typing import Any

from cellsense.models.config import read_window
from cellsense.tasks.adapters.descriptions import Descriptions
from cellsense.tasks.adapters.drafts import Drafts
from cellsense.tasks.adapters.entities import Entities
from cellsense.tasks.adapters.interface import Adapter
from cellsense.tasks.adapters.transcripts import Transcripts
from cellsense.tasks.prompts import MOST_NEW_TOKENS, Asker
from cellsense.tasks.registry import Task


def adapt(
    task: Task, pipe: Any, folder: Path, prompt: str | None, new_tokens: int | None
) -> Adapter:
    """Return the adapter. Raises OptionError for flags that don't fit the model."""
    if task.name == "automatic-speech-recognition":
        return Transcripts(pipe, new_tokens)
    if task.name == "token-classification":
        return Entities(pipe, read_window(folder))
    tokenizer = pipe.tokenizer or pipe.processor.tokenizer
    window = _window(pipe.model, tokenizer)
    usual = MOST_NEW_TOKENS if window is None else min(MOST_NEW_TOKENS, window // 2)
    wanted = new_tokens or usual
    asked = prompt or task.prompt or ""
    if task.reads == "pictures":
        return Descriptions(pipe, asked, prompt or "", wanted)
    return Drafts(pipe, Asker(tokenizer, asked, window, wanted), wanted)


def _window(model: Any, tokenizer: Any) -> int | None:
    """Return how many tokens a model that writes reads and writes; None if nothing says so."""
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    stated = tokenizer.model_max_length
    known = [
        limit
        for limit in (positions, stated)
        if isinstance(limit, int | float) and 0 < limit < 1e6  # "no limit" is written as 1e30
    ]
    return int(min(known)) if known else None
