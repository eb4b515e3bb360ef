"""Pictures: what a model says of one, asked or not."""

from pathlib import Path
from typing import Any

from cellsense.tasks.adapters.interface import Prepared
from cellsense.tasks.answers import Failure, Given
from cellsense.tasks.pictures import read_picture
from cellsense.tasks.prompts import chat_options, spoken


class Descriptions:
    """Asks a chat model the prompt about each picture; others are given it as it stands."""

    def __init__(self, pipe: Any, asked: str, captioned: str, new_tokens: int) -> None:
        """`asked` is what a chat model is asked, `captioned` what others begin with."""
        self._pipe = pipe
        template = getattr(pipe.processor, "chat_template", None)
        self._is_chat = template is not None
        self._prompt = asked if self._is_chat else captioned
        self._options: dict[str, Any] = {
            "max_new_tokens": new_tokens,
            "generate_kwargs": {"do_sample": False},
            "return_full_text": self._is_chat,
            **chat_options(template),
        }

    def prepare(self, given: Given) -> Prepared | Failure:
        picture = read_picture(Path(given))
        return picture if isinstance(picture, Failure) else Prepared(picture)

    def answer(self, contents: list[Any], batch_size: int) -> list[str]:
        # The pipeline changes the options that it is given.
        options = {**self._options, "generate_kwargs": dict(self._options["generate_kwargs"])}
        if self._is_chat:
            chats = [self._chat(picture) for picture in contents]
            found = self._pipe(text=chats, batch_size=batch_size, **options)
            return [spoken(records[0]["generated_text"][-1]["content"]) for records in found]
        if len(contents) == 1:  # a list, even of one, is padded
            found = self._pipe(contents[0], text=self._prompt, **options)
        else:
            found = self._pipe(contents, text=[self._prompt] * len(contents), **options)
        return [record["generated_text"] for record in found]

    def _chat(self, picture: Any) -> list[dict[str, Any]]:
        content = [{"type": "image", "image": picture}, {"type": "text", "text": self._prompt}]
        return [{"role": "user", "content": content}]
