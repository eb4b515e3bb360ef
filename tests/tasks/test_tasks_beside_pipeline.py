"""Each task's column holds what `transformers.pipeline`, called plainly, says of the same cells."""

from pathlib import Path
from typing import Any

import pytest
import soundfile
import task_models
from PIL import Image
from task_models import CheckpointOf, Plain

from cellsense.tasks.answers import Answer, Failure, clean
from cellsense.tasks.model import TaskModel
from cellsense.tasks.prompts import spoken

TEXTS = [
    "the kettle boils fast and looks great",
    "not bad",
    "terrible wonderful! would never buy again (five stars)",
    "plastic smell",
]
DRAFT = "Answer: {}\n"


def answers(model: TaskModel, given: list[str] | list[Path]) -> list[str]:
    found = {key: answer for step in model.stream(given) for key, answer in step.items()}
    texts = [found[item] for item in given]
    assert all(isinstance(text, Answer | Failure) for text in texts)
    return [text.text if isinstance(text, Answer) else "" for text in texts]


@pytest.mark.parametrize("batch_size", [None, 3])
def test_drafts_of_a_plain_model(
    checkpoint: CheckpointOf, plain: Plain, batch_size: int | None
) -> None:
    model = TaskModel(
        "text-generation",
        checkpoint("gpt2"),
        prompt=DRAFT,
        max_new_tokens=12,
        batch_size=batch_size,
    )
    pipe = plain("text-generation", "gpt2")
    expected = [
        pipe(DRAFT.replace("{}", text), max_new_tokens=12, do_sample=False, return_full_text=False)[
            0
        ]["generated_text"]
        for text in TEXTS
    ]
    assert len(set(expected)) > 2
    assert answers(model, TEXTS) == [clean(text) for text in expected]


def test_drafts_of_a_chat_model(checkpoint: CheckpointOf, plain: Plain) -> None:
    model = TaskModel("text-generation", checkpoint("llama-chat"), prompt=DRAFT, max_new_tokens=12)
    pipe = plain("text-generation", "llama-chat")
    chats = [[{"role": "user", "content": DRAFT.replace("{}", text)}] for text in TEXTS]
    expected = [
        pipe(chat, max_new_tokens=12, do_sample=False)[0]["generated_text"][-1]["content"]
        for chat in chats
    ]
    assert len(set(expected)) > 2
    assert answers(model, TEXTS) == [clean(text) for text in expected]


@pytest.mark.parametrize("batch_size", [None, 3])
def test_entities(checkpoint: CheckpointOf, plain: Plain, batch_size: int | None) -> None:
    model = TaskModel("ner", checkpoint("names"), batch_size=batch_size)
    pipe = plain("token-classification", "names")
    expected = [
        ", ".join(
            f"{text[entity['start'] : entity['end']]} ({entity['entity_group']})"
            for entity in pipe(text, aggregation_strategy="simple")
        )
        for text in TEXTS
    ]
    assert "kettle" in expected[0]
    assert answers(model, TEXTS) == expected


def test_entities_of_a_text_longer_than_the_window(checkpoint: CheckpointOf, plain: Plain) -> None:
    text = task_models.some_words(90)
    pipe = plain("token-classification", "names")
    expected = pipe(text, aggregation_strategy="simple", stride=8)
    assert max(entity["end"] for entity in expected) > len(text) * 0.9
    (found,) = answers(TaskModel("ner", checkpoint("names")), [text])
    assert found.count("(") == len(expected)


@pytest.mark.parametrize("kind", ["wav2vec2", "whisper"])
def test_transcripts(checkpoint: CheckpointOf, plain: Plain, folder: Path, kind: str) -> None:
    model = TaskModel("automatic-speech-recognition", checkpoint(kind))
    files = [folder / "a.wav", folder / "b.flac"]
    pipe = plain("automatic-speech-recognition", kind)
    expected = [
        clean(
            pipe({"raw": soundfile.read(file, dtype="float32")[0], "sampling_rate": 16_000})["text"]
        )
        for file in files
    ]
    assert all(expected)
    assert answers(model, files) == expected


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("wav2vec2", {"chunk_length_s": 30, "stride_length_s": 5}),
        ("whisper", {"return_timestamps": True}),
    ],
)
def test_long_recordings(
    checkpoint: CheckpointOf, plain: Plain, folder: Path, kind: str, options: dict[str, Any]
) -> None:
    samples, rate = soundfile.read(folder / "long.wav", dtype="float32")
    pipe = plain("automatic-speech-recognition", kind)
    expected = clean(pipe({"raw": samples, "sampling_rate": rate}, **options)["text"])
    model = TaskModel("automatic-speech-recognition", checkpoint(kind), batch_size=2)
    assert answers(model, [folder / "long.wav", folder / "a.wav"])[0] == expected


@pytest.mark.parametrize("batch_size", [None, 2])
def test_descriptions(
    checkpoint: CheckpointOf, plain: Plain, folder: Path, batch_size: int | None
) -> None:
    model = TaskModel("image-to-text", checkpoint("blip"), max_new_tokens=8, batch_size=batch_size)
    files = [folder / "a.png", folder / "b.jpg"]
    pipe = plain("image-text-to-text", "blip")
    expected = [
        pipe(Image.open(file), text="", max_new_tokens=8)[0]["generated_text"] for file in files
    ]
    assert any(expected)
    assert answers(model, files) == [clean(text) for text in expected]


def test_answers_about_pictures(checkpoint: CheckpointOf, plain: Plain, folder: Path) -> None:
    model = TaskModel(
        "image-text-to-text", checkpoint("llava"), prompt="what broke", max_new_tokens=8
    )
    pipe = plain("image-text-to-text", "llava")
    question = {"type": "text", "text": "what broke"}
    picture = {"type": "image", "image": Image.open(folder / "a.png").convert("RGB")}
    chat = [{"role": "user", "content": [picture, question]}]
    (record,) = pipe(
        text=chat, max_new_tokens=8, return_full_text=False, generate_kwargs={"do_sample": False}
    )
    assert answers(model, [folder / "a.png"]) == [clean(record["generated_text"])]


def test_the_same_answer_whatever_stands_beside_it(checkpoint: CheckpointOf) -> None:
    model = TaskModel("text-generation", checkpoint("gpt2"), max_new_tokens=8)
    together = answers(model, TEXTS)
    assert together == [answers(model, [text])[0] for text in TEXTS]


def test_a_text_too_long_to_answer_is_cut_at_its_end(checkpoint: CheckpointOf) -> None:
    model = TaskModel("text-generation", checkpoint("gpt2"), prompt="{} so", max_new_tokens=16)
    long = task_models.some_words(300)
    ((answer,),) = [list(step.values()) for step in model.stream([long])]
    assert isinstance(answer, Answer)
    assert answer.cut
    ((short,),) = [list(step.values()) for step in model.stream([long[:50]])]
    assert isinstance(short, Answer)
    assert not short.cut


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<think>Hm, a complaint.</think>\n\nWe are sorry.", "\n\nWe are sorry."),
        ("Hm.</think>We are sorry.", "We are sorry."),
        ("<think>Hm, a compl", ""),
        ("We are sorry.", "We are sorry."),
    ],
)
def test_what_a_model_thinks_aloud_is_no_draft(written: str, expected: str) -> None:
    assert spoken(written) == expected


def test_a_model_that_can_think_aloud_is_asked_not_to(
    checkpoint: CheckpointOf, tmp_path: Path
) -> None:
    copied = tmp_path / "thinking"
    copied.mkdir()
    for file in checkpoint("llama-chat").iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    template = "{% if enable_thinking is not defined or enable_thinking %}the the the{% endif %}"
    (copied / "chat_template.jinja").write_text(task_models.CHAT + template)
    (copied / "plain").mkdir()
    thinking = TaskModel("text-generation", copied, max_new_tokens=12)
    usual = TaskModel("text-generation", checkpoint("llama-chat"), max_new_tokens=12)
    assert answers(thinking, TEXTS) == answers(usual, TEXTS)
