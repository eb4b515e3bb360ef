"""What a classifier was asked for → the model on this machine, not in memory yet."""

from dataclasses import dataclass, replace

from cellsense.device import CPU, Device, resolve_device
from cellsense.errors import OptionError
from cellsense.inference import nearest, zero_shot
from cellsense.inference.load import choose_dtype
from cellsense.inference.zero_shot import Question
from cellsense.models.config import ModelConfig, read_config, renamed
from cellsense.models.fingerprint import fingerprint
from cellsense.models.resolve import EMBEDDED, ENCODER, ModelFiles, resolve_encoder, resolve_model
from cellsense.wanted import Wanted


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that was found, but isn't in memory yet."""

    files: ModelFiles
    checkpoint: ModelConfig
    config: ModelConfig  # with the labels that are given
    asked: Question | None
    device: Device
    precision: str
    only_english: bool  # texts in other languages are told apart

    @property
    def fingerprint(self) -> bytes:
        """A hash of what decides the scores."""
        asked = () if self.asked is None else (repr(self.asked),)
        return fingerprint(self.files, self.device, self.precision, self.only_english, *asked)

    @property
    def note(self) -> str | None:
        """A line that says what to expect of the answers, where that isn't plain."""
        if self.files.name != ENCODER:
            return None
        return (
            "Labels of your own without a --model are told by likeness of meaning, which is right "
            "for two of three reviews among ten topics: check some. A model for natural language "
            f"inference reads closer, such as --model {zero_shot.NLI_MODEL} (a download)."
        )


def find_model(wanted: Wanted) -> FoundModel:
    """Find the model, as far as that goes without loading it.

    Raises MissingModelError, ModelError, DeviceError, OptionError.
    """
    device = resolve_device(wanted.device)
    files = resolve_model(wanted.model, wanted.revision)
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
            if wanted.dtype not in ("auto", "int8"):
                raise OptionError("The embedded encoder is int8: leave the precision out.")
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
