"""The texts that cells share."""

from cellsense.sheets.xlsx.markup import Elements, Name
from cellsense.sheets.xlsx.text import decode


class SharedStrings(Elements):
    """Reads the shared strings part into `texts`: runs joined, phonetic guides left out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._phonetic = False

    def start(self, name: Name, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name.local == "t" and not self._phonetic:
            self.parser.CharacterDataHandler = self._pieces.append
        elif name.local == "rPh":
            self._phonetic = True

    def end(self, name: Name) -> None:
        local = name.local
        if local == "t":
            self.parser.CharacterDataHandler = None
        elif local == "rPh":
            self._phonetic = False
        elif local == "si" and self.depth == 2:
            self.texts.append(decode("".join(self._pieces)))
            self._pieces.clear()
