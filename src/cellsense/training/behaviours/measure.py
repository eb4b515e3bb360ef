"""How often a model fails each capability."""

from dataclasses import dataclass

from cellsense.classifier import Classifier
from cellsense.training.behaviours.suite import Case, read_cases

PER_CAPABILITY = 300


@dataclass(frozen=True)
class Failures:
    """The cases of one capability that a model got wrong, with the labels it gave."""

    capability: str
    cases: int
    wrong: tuple[tuple[Case, tuple[str, ...]], ...]

    @property
    def rate(self) -> float:
        """Between 0 and 1."""
        return len(self.wrong) / self.cases


def failures(
    classifier: Classifier, per_capability: int = PER_CAPABILITY, seed: int = 0
) -> list[Failures]:
    """Run the suite; a text that gets no label counts as the label ""."""
    cases = read_cases(per_capability, seed)
    texts = [text for case in cases for text in case.texts]
    answers = iter([found.label if found else "" for found in classifier.predict(texts)])
    given = [tuple(next(answers) for _ in case.texts) for case in cases]
    found = []
    for name in dict.fromkeys(case.capability for case in cases):
        of_it = [(case, labels) for case, labels in zip(cases, given, strict=True)
                 if case.capability == name]  # fmt: skip
        wrong = tuple((case, labels) for case, labels in of_it if not case.passes(labels))
        found.append(Failures(name, len(of_it), wrong))
    return found
