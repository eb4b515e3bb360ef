"""The model card, written from the recipe and the measured figures."""

from cellsense.training.measure import Figures
from cellsense.training.recipe import Recipe


def model_card(
    recipe: Recipe,
    texts: int,
    temperature: float,
    agreement: float,
    validation: Figures,
    held_out: dict[str, Figures],
) -> str:
    """Return the card as Markdown. Figures are those of the int8 file, in windows."""
    mean = sum(item.binary for item in held_out.values()) / len(held_out)
    corpora = "\n".join(
        f"| {name} | {rule.what} | {rule.licence} |" for name, rule in recipe.corpora.items()
    )
    plan = recipe.optimisation
    rates = ", ".join(
        f"{item.learning_rate:g}"
        + (" (int8 activations simulated)" if item.int8_activations else "")
        for item in recipe.rounds
    )
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

Mean binary accuracy: {mean:.1%}. On the validation split ({validation.texts:,} texts of the
training corpora): accuracy {validation.accuracy:.1%}, macro F1 {validation.macro_f1 or 0:.3f},
binary {validation.binary:.1%}.

The int8 file gives the same label as float32 on **{agreement:.2%}** of the validation split.

## Data

{texts:,} texts in {len(recipe.rounds)} rounds (small classes come in more than one), at most
{plan.max_tokens} tokens of each (head and tail). Stars 1–2 count as negative, 3 as neutral, 4–5
as positive. None of the texts is part of this package.

| corpus | what | licence of the source |
|---|---|---|
{corpora}

Several sources are for research or non-commercial use, or state no licence. Whether weights
trained on such texts may be used commercially is for you to judge.

## Training

AdamW with peak learning rates {rates} in the rounds, warm-up and linear decay, batches of
{plan.batch_tokens:,} tokens, label smoothing {plan.label_smoothing:g}, bfloat16 autocast, seed
{recipe.seed}; then temperature scaling ({temperature:.3f}, inside the weights) on the validation
split. The int8 file is smoothed first (SmoothQuant), has static scales from 256 of the training
texts, and weights that leave room for processors without VNNI. The recipe and the code are in
`cellsense.training`; the README names the command.

## Limits

- English only: other languages get labels that mean little.
- Weak on sarcasm, on the negation of something negative ("I thought it would be bad, but it
  wasn't"), on questions, and on three stars against two or four.
- A label is a guess about a text, not a fact about its writer. Read a sample before you decide
  anything by it.
- Processors round floats a little differently: near ties can fall the other way on another
  machine. On one machine a text gets the same score whatever stands beside it.
"""


def _rows(held_out: dict[str, Figures]) -> str:
    return "\n".join(
        f"| {name} | {item.texts:,} | {item.accuracy:.1%} | "
        f"{'–' if item.macro_f1 is None else f'{item.macro_f1:.3f}'} | {item.binary:.1%} | "
        f"{item.binary_calibration_error:.1%} |"
        for name, item in held_out.items()
    )
