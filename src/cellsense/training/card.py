"""The model card, written from the recipe and the measured figures."""

from dataclasses import dataclass

from cellsense.training.behaviours.measure import Failures
from cellsense.training.measure import Figures
from cellsense.training.recipe import Recipe, Round


@dataclass(frozen=True)
class Validation:
    """How the int8 file and float32 do on the validation split, and how often they agree."""

    int8: Figures
    float32: Figures
    agreement: float


def model_card(
    recipe: Recipe,
    texts: int,
    temperature: float,
    validation: Validation,
    held_out: dict[str, Figures],
    capabilities: list[Failures],
) -> str:
    """Return the card as Markdown. Figures are those of the int8 file, in windows."""
    mean = sum(item.binary for item in held_out.values()) / len(held_out)
    error = sum(item.binary_calibration_error for item in held_out.values()) / len(held_out)
    tested = "\n".join(
        f"| {item.capability} | {item.cases} | {item.rate:.1%} |" for item in capabilities
    )
    failing = sum(item.rate for item in capabilities) / len(capabilities)
    int8, exact = validation.int8, validation.float32
    corpora = "\n".join(
        f"| {name} | {rule.what} | {rule.licence} |" for name, rule in recipe.corpora.items()
    )
    plan = recipe.optimisation
    rounds = "; ".join(map(_round, recipe.rounds))
    return f"""---
license: apache-2.0
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: text-classification
language: en
---

# The embedded model of cellsense

Labels English reviews and opinions {", ".join(recipe.labels)}. A MiniLM encoder (6 layers, 384
wide, 22.7 million parameters) with a three-way head: `model.safetensors` in fp16 for torch,
`onnx/model_quantized.onnx` in int8 for ONNX Runtime on a CPU. Reads {recipe.window} tokens at
once, longer texts in overlapping windows.

## Figures

On whole corpora that training never saw, at most {recipe.held_out_per_class} texts a class, int8
file, texts read whole. *Binary* leaves NEUTRAL out of the texts and takes the larger of the other
two; *calibration error* is that of the binary vote.

| corpus | texts | accuracy | macro F1 | binary | calibration error |
|---|---|---|---|---|---|
{_rows(held_out)}

Mean binary accuracy: {mean:.1%}; mean calibration error {error:.1%}. On the validation split
({int8.texts:,} texts of the training corpora): accuracy {int8.accuracy:.1%}, macro F1
{int8.macro_f1 or 0:.3f}, binary {int8.binary:.1%}, calibration error {int8.calibration_error:.1%}.

The int8 file gives the same label as float32 on **{validation.agreement:.2%}** of the validation
split; its accuracy there is {abs(int8.accuracy - exact.accuracy) * 100:.2f} points
{"below" if int8.accuracy < exact.accuracy else "above"} float32's.

## Capabilities

In the manner of CheckList (Ribeiro et al., 2020): cases with a known label, or texts that must get
the same label. Their templates were written by someone who had not seen those of the training;
three that were the same by chance were taken out. Plain statements and typos joined the training
after a look at what the model before this one failed.

| capability | cases | failures |
|---|---|---|
{tested}

Mean failure rate: {failing:.1%}.

## Data

{texts:,} texts in {len(recipe.rounds)} rounds (small classes come in more than one); of long ones
head and tail. Sentences written for the training teach negations, turns, questions, plain facts
and emoji; these have places of their own in the vocabulary. Stars 1–2 count as negative, 3 as
neutral, 4–5 as positive. None of the texts is part of this package.

| corpus | what | licence of the source |
|---|---|---|
{corpora}

Several sources are for research or non-commercial use, or state no licence. Whether weights
trained on such texts may be used commercially is for you to judge.

## Training

AdamW with warm-up and linear decay; the rounds: {rounds}. Batches of {plan.batch_tokens:,} tokens,
label smoothing {plan.label_smoothing:g}, bfloat16 autocast, seed {recipe.seed}; then temperature
scaling ({temperature:.3f}, inside the weights) on the validation split. The int8 file is smoothed
first (SmoothQuant), has static scales from 256 of the training texts, and weights that leave room
for processors without VNNI. The recipe and the code are in `cellsense.training`; the README names
the command.

## Limits

- English only: other languages get labels that mean little.
- Weak where the table of capabilities says so, and on three stars against two or four.
- A label is a guess about a text, not a fact about its writer. Read a sample before you decide
  anything by it.
- Processors round floats a little differently: near ties can fall the other way on another
  machine. On one machine a text gets the same score whatever stands beside it.
"""


def _round(item: Round) -> str:
    parts = [f"learning rate {item.learning_rate:g}, {item.max_tokens} tokens of a text"]
    if item.teacher_share:
        parts.append(f"{item.teacher_share:.0%} of the targets from the round before")
    if item.written:
        parts.append(f"{item.written:,} written sentences")
    if item.typos:
        parts.append(f"typos in {item.typos:.0%} of the texts")
    if item.int8_activations:
        parts.append("int8 activations simulated")
    return ", ".join(parts)


def _rows(held_out: dict[str, Figures]) -> str:
    return "\n".join(
        f"| {name} | {item.texts:,} | {item.accuracy:.1%} | "
        f"{'–' if item.macro_f1 is None else f'{item.macro_f1:.3f}'} | {item.binary:.1%} | "
        f"{item.binary_calibration_error:.1%} |"
        for name, item in held_out.items()
    )
