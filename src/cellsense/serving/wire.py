"""What goes over the wire, as OpenAPI describes it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ClassifyRequest(BaseModel):
    """Texts to classify."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"texts": ["Lovely kettle.", "Broke at once."]}]},
    )

    texts: Annotated[
        list[str],
        Field(
            description="The texts, strings only. One that is blank, or nothing but a number, a "
            "date, TRUE, FALSE or an Excel error, gets null as a prediction."
        ),
    ]
    all_scores: Annotated[
        bool, Field(description="Give the score of every label of each text, too.")
    ] = False
    check_language: Annotated[
        bool,
        Field(
            description="Give OTHER LANGUAGE to texts that the model doesn't read, if the server "
            "does so; false labels them all."
        ),
    ] = True
    model: Annotated[
        str | None,
        Field(description="The model that has to answer, by its name; another one is a 409."),
    ] = None
    fingerprint: Annotated[
        str | None,
        Field(description="As `model`, by the fingerprint that stands in earlier answers."),
    ] = None


class AnsweredPrediction(BaseModel):
    """The label of a text, and its calibrated probability."""

    label: str
    score: Annotated[float, Field(ge=0, le=1)]
    scores: Annotated[
        dict[str, float] | None,
        Field(description="By label, where asked for."),
    ] = None
    language: Annotated[
        str | None, Field(description="ISO 639-1, where the label is OTHER LANGUAGE.")
    ] = None


class AnsweringModel(BaseModel):
    """The model that answered."""

    name: str
    revision: str | None
    fingerprint: Annotated[
        str,
        Field(description="A hash of what decides the answers."),
    ]


class ClassifyAnswer(BaseModel):
    """Predictions in the order of the texts."""

    model: AnsweringModel
    predictions: list[AnsweredPrediction | None]


class CallLimits(BaseModel):
    """What a call may hold."""

    texts: int
    characters: int
    bytes: int


class ModelAnswer(AnsweringModel):
    """The model that this server hosts, and what a call may hold."""

    labels: list[str]
    only_english: Annotated[bool, Field(description="Texts in other languages get OTHER LANGUAGE.")]
    runs_on: Annotated[str, Field(description="Device, runtime and precision.")]
    version: Annotated[str, Field(description="The version of cellsense.")]
    limits: CallLimits


class State(BaseModel):
    """How the server is."""

    status: str


class Problem(BaseModel):
    """Why there is no answer, in a line that quotes nothing of the call."""

    detail: str
