"""What a classifier was asked for → the model on this machine or a server's, not loaded yet."""

import warnings
from dataclasses import dataclass, replace
from typing import Protocol

from cellsense.device import CPU, Device, resolve_device
from cellsense.errors import OptionError, ServerError, ServerWarning, UnansweredError
from cellsense.inference import nearest, zero_shot
from cellsense.inference.encoder import WINDOW
from cellsense.inference.engine import TextEngine
from cellsense.inference.load import choose_dtype, load_engine
from cellsense.inference.zero_shot import Question
from cellsense.learn.learn import learn
from cellsense.learn.model import Learned, LearnedEngine, read_learned
from cellsense.learn.names import learned_file
from cellsense.models.config import ModelConfig, read_config, renamed
from cellsense.models.fingerprint import fingerprint
from cellsense.models.resolve import EMBEDDED, ENCODER, ModelFiles, resolve_encoder, resolve_model
from cellsense.remote.settings import FALLBACK, LOCAL, read_settings
from cellsense.wanted import Wanted


class Model(Protocol):
    """What a classifier knows of its model before it is loaded."""

    @property
    def name(self) -> str:
        """Its name: "embedded", a folder, a hub id, or the examples it learned from."""

    @property
    def revision(self) -> str | None:
        """A hub model's commit, or what was asked for where that isn't known; None for folders."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, by the names that they are given."""

    @property
    def fingerprint(self) -> bytes:
        """A hash of what decides the scores."""

    @property
    def only_english(self) -> bool:
        """True if texts in other languages are told apart."""

    @property
    def note(self) -> str | None:
        """A line that says what to expect of the answers, where that isn't plain."""

    @property
    def server(self) -> str | None:
        """The URL of the server that answers; None on this machine."""

    @property
    def warning(self) -> str | None:
        """Why this machine answers instead of a server."""

    def load(self, batch_size: int | None) -> TextEngine:
        """Load the model; this is what takes time. Raises ModelError, DeviceError, ServerError."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model on this machine that was found, but isn't in memory yet."""

    files: ModelFiles
    checkpoint: ModelConfig
    config: ModelConfig  # with the labels that are given
    asked: Question | None
    device: Device
    precision: str
    only_english: bool  # texts in other languages are told apart
    learned: Learned | None = None
    warning: str | None = None
    server: None = None

    @property
    def name(self) -> str:
        """Its name: "embedded", a folder, a hub id, or the examples it learned from."""
        return self.files.name

    @property
    def revision(self) -> str | None:
        """A hub model's commit, or what was asked for where that isn't known; None for folders."""
        folder = self.files.folder
        return folder.name if folder.parent.name == "snapshots" else self.files.revision

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, by the names that they are given."""
        return self.config.labels

    @property
    def fingerprint(self) -> bytes:
        """A hash of what decides the scores."""
        asked = () if self.asked is None else (repr(self.asked),)
        if self.learned is not None:
            asked = (self.learned.as_json(),)
        return fingerprint(self.files, self.device, self.precision, self.only_english, *asked)

    def load(self, batch_size: int | None) -> TextEngine:
        """Load the model; this is what takes time. Raises ModelError or DeviceError."""
        if self.learned is not None:
            return LearnedEngine(self.learned)
        return load_engine(
            self.files, self.checkpoint, self.device, self.precision, batch_size, self.asked
        )

    @property
    def note(self) -> str | None:
        """A line that says what to expect of the answers, where that isn't plain."""
        if self.learned is not None:
            return self.learned.note
        if self.files.name != ENCODER:
            return None
        return (
            "Labels of your own without a --model are told by likeness of meaning, which is right "
            "for two of three reviews among ten topics: check some. A model for natural language "
            f"inference reads closer, such as --model {zero_shot.NLI_MODEL} (a download)."
        )


def find_model(wanted: Wanted) -> Model:
    """Find the model, as far as that goes without loading it; a server's if one was named.

    Raises MissingModelError, ModelError, DeviceError, InputError, ServerError.
    """
    settings = read_settings() if _is_for_server(wanted) else None
    if settings is None:
        return _find_here(wanted)
    from cellsense.remote.model import find_remote

    try:
        return find_remote(wanted, settings)
    except UnansweredError as error:
        if not settings.falls_back:
            raise UnansweredError(
                f"{error} With {FALLBACK}={LOCAL} this machine's model answers instead."
            ) from error
        return _fall_back(_find_here(wanted), error)


def find_stand_in(lost: Model, wanted: Wanted, error: ServerError) -> FoundModel | None:
    """Return this machine's model to go on where a server's stopped; None if it isn't to.

    It has to be the same one, or a column would hold the answers of two models.
    """
    from cellsense import __version__
    from cellsense.remote.model import RemoteModel

    unanswered = isinstance(error, UnansweredError)
    if not unanswered or not isinstance(lost, RemoteModel) or not lost.settings.falls_back:
        return None
    here = _find_here(wanted)
    same = lost.name == here.name == EMBEDDED and lost.hosted.version == __version__
    return _fall_back(here, error) if same and lost.labels == here.labels else None


def _is_for_server(wanted: Wanted) -> bool:
    """Tell whether nobody named a model, a device or a precision of this machine."""
    return (
        wanted.model is None
        and wanted.device == "auto"
        and wanted.dtype == "auto"
        and wanted.revision is None
    )


def _fall_back(here: FoundModel, error: ServerError) -> FoundModel:
    warning = f"{str(error).rstrip('.')}: the model on this machine answers instead."
    warnings.warn(warning, ServerWarning, stacklevel=2)
    return replace(here, warning=warning)


def _find_here(wanted: Wanted) -> FoundModel:
    device = resolve_device(wanted.device)
    if isinstance(wanted.model, tuple):
        texts, labels = zip(*wanted.model, strict=True)
        learned = learn(texts, labels)
        return _find_learned(f"{len(wanted.model)} examples", learned, wanted)
    file = learned_file(wanted.model)
    if file is not None:
        return _find_learned(str(file), read_learned(file), wanted)
    files = resolve_model(wanted.model, wanted.revision)
    if wanted.revision is not None and files.revision is None:
        raise OptionError(f'"{files.name}" is no hub model, so it has no --revision: leave it out.')
    english = files.name == EMBEDDED
    checkpoint = read_config(files.folder)
    asked = None
    if wanted.labels is None:
        config = renamed(checkpoint, wanted.rename_labels or {})
        if wanted.several and config.function != "sigmoid":
            raise OptionError(
                f'The model "{files.name}" gives each text one label: leave --several out, or name '
                "--labels of your own."
            )
    else:
        default = nearest.HYPOTHESIS if english else zero_shot.HYPOTHESIS
        hypothesis = wanted.hypothesis or default
        asked = Question(tuple(wanted.labels), wanted.several, hypothesis)
        asked.check()
        config = replace(checkpoint, labels=asked.labels)
        if english:
            files, device = resolve_encoder(), CPU  # there is no other file of it
            if wanted.dtype not in ("auto", "int8") or wanted.device not in ("auto", "cpu"):
                raise OptionError(
                    "--labels without a model are told by the embedded encoder, which is int8 and "
                    "for the CPU: leave precision and device out."
                )
        else:
            zero_shot.entailment(checkpoint)
    if wanted.hypothesis is not None and asked is None:
        raise OptionError("--hypothesis words the question for --labels: name these too.")
    if wanted.labels is not None and wanted.rename_labels:
        raise OptionError(
            "--rename-labels names the model's labels; --labels are your own already."
        )
    precision = choose_dtype(files, device, wanted.dtype)
    check = wanted.check_language
    return FoundModel(
        files, checkpoint, config, asked, device, precision, english if check is None else check
    )


def _find_learned(name: str, learned: Learned, wanted: Wanted) -> FoundModel:
    given = (wanted.labels, wanted.revision, wanted.hypothesis)
    elsewhere = wanted.device not in ("auto", "cpu") or wanted.dtype not in ("auto", "int8")
    if any(item is not None for item in given) or wanted.several or elsewhere:
        raise OptionError(
            f"{name} holds learned labels, for the CPU: leave the model's other flags out."
        )
    checkpoint = ModelConfig(learned.head.labels, "softmax", WINDOW)
    return FoundModel(
        ModelFiles(name, resolve_encoder().folder),
        checkpoint,
        renamed(checkpoint, wanted.rename_labels or {}),
        None,
        CPU,
        "int8",
        wanted.check_language is not False,
        learned,
    )
