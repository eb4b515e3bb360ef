"""The commands of `python -m cellsense.training`."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from cellsense.classifier import Classifier, Dtype
from cellsense.errors import TrainingError
from cellsense.evaluation.temperature import best_temperature, logs_of
from cellsense.models.resolve import resolve_model
from cellsense.optimize.optimize import write_int8
from cellsense.training.behaviours.measure import failures
from cellsense.training.card import Validation, model_card
from cellsense.training.encoder import write_encoder
from cellsense.training.export import export_folder, scale_head
from cellsense.training.finetune import finetune, in_work
from cellsense.training.measure import Figures, figures, score_texts
from cellsense.training.mixture import (
    Examples,
    held_out_sets,
    training_mixture,
    validation_set,
)
from cellsense.training.recipe import load_recipe
from cellsense.training.written import round_examples

app = typer.Typer(
    help="`build` makes the embedded model, `int8` its int8 file, `score` measures such models.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Corpora = Annotated[Path, typer.Option(help="Folder with NAME.parquet for each corpus.")]
INT8_SAMPLES = 256
EMBEDDED = Path(__file__).parents[1] / "models" / "embedded"
ENCODER = EMBEDDED.with_name("encoder")


@app.command()
def build(
    corpora: Corpora,
    work: Annotated[Path, typer.Option(help="Where checkpoints are kept between stages.")],
    out: Annotated[Path, typer.Option(help="The transformers folder to write.")] = EMBEDDED,
) -> None:
    """Fine-tune, calibrate, export and measure. Finished rounds in WORK are taken up."""
    recipe = load_recipe()
    validation = validation_set(corpora, recipe)
    mixtures = [round_examples(corpora, recipe, n) for n in range(len(recipe.rounds))]
    trained = recipe.base.path()
    for number, examples in enumerate(mixtures):
        start, trained = trained, work / f"round-{number + 1}"
        whole = (trained / "model.safetensors").is_file() and not in_work(trained)
        if not whole:
            finetune(recipe, number, examples, start, trained)
    calibrated = work / "calibrated"
    classes = np.array(validation.classes)
    uncalibrated = score_texts(_own(trained, "float32"), validation.texts)
    temperature = best_temperature(logs_of(uncalibrated), classes)
    print(f"temperature {temperature:.3f}")
    scale_head(trained, temperature, calibrated)
    shutil.rmtree(out, ignore_errors=True)
    export_folder(calibrated, out, recipe.window, mixtures[0].texts[:INT8_SAMPLES])

    found = _validate(out, validation)
    int8 = _own(out, "int8")
    card = model_card(
        recipe,
        sum(len(m.texts) for m in mixtures),
        temperature,
        found,
        _measure(int8, held_out_sets(corpora, recipe)),
        failures(int8),
    )
    (out / "README.md").write_text(card, encoding="utf-8")
    print(f"Wrote {out}")


@app.command()
def int8(
    corpora: Corpora,
    model: Annotated[
        Path, typer.Option(help="The folder whose int8 file is to be new.")
    ] = EMBEDDED,
) -> None:
    """Write a model's int8 file anew from its weights, and measure it."""
    recipe = load_recipe()
    samples = training_mixture(corpora, recipe, 0).texts[:INT8_SAMPLES]
    write_int8(model, resolve_model(model).int8, samples, recipe.window)
    _validate(model, validation_set(corpora, recipe))
    _measure(_own(model, "int8"), held_out_sets(corpora, recipe))


@app.command()
def encoder(
    corpora: Corpora,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = ENCODER,
) -> None:
    """Write the embedded encoder: the base as it is, in int8, with its card."""
    recipe = load_recipe()
    samples = training_mixture(corpora, recipe, 0).texts[:INT8_SAMPLES]
    write_encoder(recipe.base.path(), out, samples)
    print(f"Wrote {out}")


@app.command()
def score(
    model: Annotated[str, typer.Argument(help='A folder, a hub id, or "embedded".')],
    corpora: Corpora,
    dtype: Annotated[str, typer.Option(help="auto, int8, float32, …")] = "auto",
) -> None:
    """Measure a three-label model on the corpora that training leaves out."""
    recipe = load_recipe()
    precision: Dtype = dtype  # type: ignore[assignment]  # checked when the model loads
    classifier = Classifier(model, dtype=precision, check_language=False)
    if classifier.labels != recipe.labels:
        raise TrainingError(f"The model has the labels {classifier.labels}, not {recipe.labels}.")
    _measure(classifier, held_out_sets(corpora, recipe))


@app.command()
def behaviours(
    model: Annotated[str, typer.Argument(help='A folder, a hub id, or "embedded".')] = "embedded",
    dtype: Annotated[str, typer.Option(help="auto, int8, float32, …")] = "auto",
    show: Annotated[int, typer.Option(help="So many failures of each capability.")] = 0,
) -> None:
    """Count how often a model fails in negations, turns, questions, plain facts and so on."""
    precision: Dtype = dtype  # type: ignore[assignment]  # checked when the model loads
    found = failures(Classifier(model, dtype=precision, use_cache=False, check_language=False))
    for item in found:
        print(f"{item.capability:32} {item.rate:6.1%} of {item.cases}")
        for case, given in item.wrong[:show]:
            print(f"    {' / '.join(given)}: {' / '.join(case.texts)}")
    print(f"{'mean':32} {sum(item.rate for item in found) / len(found):6.1%}")


def _own(model: Path, dtype: Dtype) -> Classifier:
    return Classifier(model, "cpu", dtype=dtype, use_cache=False)


def _validate(model: Path, examples: Examples) -> Validation:
    """Compare the int8 file with float32 on the validation split."""
    exact = score_texts(_own(model, "float32"), examples.texts)
    quantised = score_texts(_own(model, "int8"), examples.texts)
    same = float((quantised.argmax(axis=1) == exact.argmax(axis=1)).mean())
    found = Validation(figures(quantised, examples), figures(exact, examples), same)
    print(f"int8 agrees with float32 on {same:.2%} of {len(examples.texts):,} validation texts")
    print("validation, int8", asdict(found.int8))
    print("validation, float32", asdict(found.float32))
    for name in dict.fromkeys(examples.corpora):
        places = [place for place, corpus in enumerate(examples.corpora) if corpus == name]
        part = Examples(
            [examples.texts[place] for place in places],
            [examples.classes[place] for place in places],
            [name] * len(places),
        )
        if len(set(part.classes)) > 1:
            told = figures(quantised[places], part)
            print(f"  {name}: accuracy {told.accuracy:.1%}, binary {told.binary:.1%}")
    return found


def _measure(classifier: Classifier, sets: dict[str, Examples]) -> dict[str, Figures]:
    measured = {}
    for name, examples in sets.items():
        measured[name] = figures(score_texts(classifier, examples.texts), examples)
        print(
            name, {key: value and round(value, 4) for key, value in asdict(measured[name]).items()}
        )
    print(f"mean binary {sum(item.binary for item in measured.values()) / len(measured):.4f}")
    return measured
