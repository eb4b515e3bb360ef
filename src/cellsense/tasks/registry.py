"""The tasks that can fill a column: what each reads and what it writes."""

from dataclasses import dataclass
from typing import Literal

from cellsense.errors import OptionError, near_names

CLASSIFICATION = "text-classification"  # what cellsense is about; all else is in TASKS
Reads = Literal["texts", "recordings", "pictures"]


@dataclass(frozen=True, slots=True)
class Task:
    """A task by its name in transformers."""

    name: str
    pipeline: str  # the pipeline that does it: not always of that name any more
    reads: Reads
    header: str  # of the new column
    nothing: str  # how a row is counted for which the model says nothing
    model: str  # one that does it, by its description; none of them was at hand to be run
    prompt: str | None = None  # what is asked unless --prompt says it; {} stands for the cell
    takes_prompt: bool = False
    writes: bool = True  # has --max-new-tokens

    @property
    def reads_files(self) -> bool:
        """True if the cells are paths."""
        return self.reads != "texts"


TASKS = {
    task.name: task
    for task in (
        Task(
            "text-generation",
            "text-generation",
            "texts",
            "Draft",
            "nothing written",
            "HuggingFaceTB/SmolLM2-1.7B-Instruct",
            "Write a short and polite answer to this review.\n\nReview: {}\n\nAnswer:",
            takes_prompt=True,
        ),
        Task(
            "token-classification",
            "token-classification",
            "texts",
            "Entities",
            "no entities",
            "dslim/bert-base-NER",
            writes=False,
        ),
        Task(
            "automatic-speech-recognition",
            "automatic-speech-recognition",
            "recordings",
            "Transcript",
            "no words heard",
            "openai/whisper-small",
        ),
        Task(
            "image-to-text",
            "image-text-to-text",  # transformers 5 has no other
            "pictures",
            "Description",
            "nothing written",
            "Salesforce/blip-image-captioning-base",
            "Describe this picture in one sentence.",
            takes_prompt=True,
        ),
        Task(
            "image-text-to-text",
            "image-text-to-text",
            "pictures",
            "Answer",
            "nothing written",
            "HuggingFaceTB/SmolVLM-Instruct",
            takes_prompt=True,
        ),
    )
}
_ALIASES = {
    "ner": "token-classification",
    "asr": "automatic-speech-recognition",
    "sentiment-analysis": CLASSIFICATION,
}
# What transformers 5 took out, and what does it now.
_PROMPTS = {
    "summarization": "Summarise this review in one sentence: {}",
    "translation": "Translate this review into English: {}",
    "text2text-generation": "Answer this review: {}",
    "question-answering": "What does this review say about delivery? {}",
}


def find_task(name: str) -> Task | None:
    """Return a task; None for text classification, which is no task among others.

    Raises OptionError for a name that isn't one, and says what to use instead.
    """
    wanted = _ALIASES.get(name.strip().lower(), name.strip().lower())
    if wanted == CLASSIFICATION:
        return None
    if wanted in TASKS:
        return TASKS[wanted]
    base = "translation" if wanted.startswith("translation_") else wanted
    if base in _PROMPTS:
        raise OptionError(
            f'transformers 5 has no task "{wanted}": a chat model does it, with --task '
            f'text-generation --prompt "{_PROMPTS[base]}".'
        )
    if wanted in ("visual-question-answering", "vqa"):
        raise OptionError(
            f'transformers 5 has no task "{wanted}": use --task image-text-to-text --prompt '
            '"What is broken?".'
        )
    if wanted.startswith("zero-shot"):
        raise OptionError('Labels of your own need no --task: use --labels "price,delivery".')
    raise OptionError(
        f'There is no task "{name}" here. {near_names(wanted, [CLASSIFICATION, *TASKS])}'
    )
