"""`cellsense models`: its commands and what they say about themselves."""

from pathlib import Path
from typing import Annotated

import typer

models = typer.Typer(
    name="models",
    help="The models on this machine: list, look at, download, make faster.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


_Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A folder or a hub id.", show_default=False)
]
_Revision = Annotated[
    str | None, typer.Option(metavar="REVISION", help="A hub model's branch, tag or commit.")
]


@models.command("list")
def list_models() -> None:
    """List the embedded model and the hub models that were downloaded.

    Only text-classification models with safetensors weights, which are those that --model takes.
    """
    from cellsense.models.report import print_list

    print_list()


@models.command()
def info(
    model: Annotated[
        str, typer.Argument(metavar="[MODEL]", help="A folder or a hub id.")
    ] = "embedded",
    revision: _Revision = None,
) -> None:
    """Show a model's labels, size, revision and precision. Nothing is downloaded."""
    from cellsense.models.report import print_info

    print_info(model, revision)


@models.command()
def download(model: _Model, revision: _Revision = None) -> None:
    """Fetch a model from the hub, for use without a network from then on.

    Weights are taken as safetensors only, and no code of the model's is run. A model whose terms
    have to be accepted needs `hf auth login` first.
    """
    from cellsense.models.report import print_download

    print_download(model, revision)


@models.command()
def optimize(
    model: _Model,
    texts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Texts like those to come, the first 300 of a file as convert takes it: they "
            "decide how int8 rounds. [default: 40 invented reviews]",
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column with the texts. [default: as convert]"),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Forget the int8 file; the model runs as it is.")
    ] = False,
) -> None:
    """Make a model several times faster on a CPU, by an int8 file that is kept on this machine.

    From then on --model MODEL takes it on a CPU. Its labels are compared with those of the model
    itself, and it isn't kept if more than one in twenty differs; scores differ a little. For BERT,
    RoBERTa, XLM-RoBERTa, CamemBERT and DistilBERT models. Needs `pip install cellsense[optimize]`.
    """
    from cellsense.errors import DependencyError

    try:
        from cellsense.optimize.report import forget, optimize_and_print
    except ModuleNotFoundError as error:
        raise DependencyError(
            f"This needs the package {error.name}: run `pip install 'cellsense[optimize]'`."
        ) from error
    if remove:
        forget(model)
    else:
        optimize_and_print(model, texts, column)
