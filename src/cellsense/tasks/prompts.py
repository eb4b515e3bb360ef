"""What a model is asked for a cell: the prompt around it, as a chat where the model knows chats."""

from collections.abc import Callable
from typing import Any

from cellsense.errors import OptionError
from cellsense.tasks.registry import Task

PLACE = "{}"  # where the cell's text goes
MOST_NEW_TOKENS = 256  # transformers' own default
Message = dict[str, Any]


def check_prompt(task: Task, prompt: str | None) -> None:
    """Raise OptionError for a prompt that can't be meant."""
    if prompt is not None and not task.takes_prompt:
        raise OptionError(f"--prompt asks a model that writes: --task {task.name} has none.")
    if task.name == "image-text-to-text" and prompt is None:
        raise OptionError(
            'Say what is asked of every picture: --prompt "What is broken?" (or take --task '
            "image-to-text, which describes them)."
        )
    if prompt is None:
        return
    if not prompt.strip():
        raise OptionError("The --prompt is empty: say what is asked.")
    if task.reads == "texts" and PLACE not in prompt:
        raise OptionError(
            f'The --prompt has no {PLACE} for the text: "Write a polite answer to this review: '
            f'{PLACE}".'
        )
    if task.reads == "pictures" and PLACE in prompt:
        raise OptionError(f"The --prompt is asked of every picture: leave {PLACE} out.")


def chat_options(template: object) -> dict[str, bool]:
    """Return what a chat template is told: models that would think aloud first are asked not to."""
    return {"enable_thinking": False} if "enable_thinking" in str(template) else {}


def spoken(text: str) -> str:
    """Leave out what a model thought aloud all the same."""
    if "</think>" in text:
        return text.rpartition("</think>")[2]
    return "" if text.lstrip().startswith("<think>") else text


class Asker:
    """Words the question for a text, no longer than the model reads together with its answer."""

    def __init__(self, tokenizer: Any, prompt: str, window: int | None, new_tokens: int) -> None:
        """Raise OptionError if the prompt alone leaves no room."""
        self._tokenizer = tokenizer
        self._prompt = prompt
        self._room = None if window is None else window - new_tokens
        template = getattr(tokenizer, "chat_template", None)
        self.is_chat = template is not None
        self.options = chat_options(template)
        if not self._fits(""):
            raise OptionError(
                f"The prompt and an answer of {new_tokens} tokens leave no room for a text among "
                f"the {window} tokens that the model reads: shorten --prompt or --max-new-tokens."
            )

    def ask(self, text: str) -> tuple[str | list[Message], bool]:
        """Return what the pipeline is given, and whether the text was cut at its end for it."""
        length = len(text)
        if not self._fits(text):
            length = _longest(lambda count: self._fits(text[:count]), length)
        return self._worded(text[:length]), length < len(text)

    def _worded(self, text: str) -> str | list[Message]:
        wording = self._prompt.replace(PLACE, text)
        return [{"role": "user", "content": wording}] if self.is_chat else wording

    def _fits(self, text: str) -> bool:
        if self._room is None:
            return True
        worded = self._worded(text)
        if self.is_chat:
            ids = self._tokenizer.apply_chat_template(
                worded, add_generation_prompt=True, return_dict=False, **self.options
            )
        else:
            ids = self._tokenizer(worded)["input_ids"]
        return len(ids) <= self._room


def _longest(fits: Callable[[int], bool], most: int) -> int:
    """Return the greatest count that fits, by halving; 0 is known to fit, and `most` not to."""
    least = 0
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if fits(middle) else (least, middle)
    return least
