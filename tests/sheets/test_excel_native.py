"""The Mac's spelling: nobody has run it on a Mac, but Excel's dictionary there has its words."""

from pathlib import Path
from typing import Any

import pytest
import xlwings

from cellsense.sheets import excel_native


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(excel_native, "on_mac", lambda: True)
    return (Path(xlwings.__file__).parent / "mac_dict.py").read_text()


class Reference:
    """An appscript reference: answers `get` at the paths it was told, and notes what is set."""

    def __init__(self, words: str, answers: dict[str, Any], path: str = "") -> None:
        self._words, self._answers, self._path = words, answers, path
        self.done: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}".lstrip(".")
        if name == "get":
            return lambda: self._answers[self._path]
        if name == "get_address":
            return lambda: self._answers[self._path]
        if name == "set":
            return lambda value: self._answers.__setitem__(self._path, value)
        assert f'"{name}"' in self._words, name
        return Reference(self._words, self._answers, path)

    def __call__(self, **arguments: Any) -> None:
        self._answers[self._path] = arguments


class Wrapped:
    """Anything of xlwings'."""

    def __init__(self, api: Any, sheet: Any = None) -> None:
        self.api, self.sheet = api, sheet


def test_protection_on_a_mac(words: str) -> None:
    for contents, only_by_hand, expected in [
        (True, False, True),
        (True, True, False),
        (False,) * 3,
    ]:
        answers = {"protect_contents": contents, "protection_mode": only_by_hand}
        assert excel_native.is_protected(Wrapped(Reference(words, answers))) is expected


def test_the_filter_on_a_mac(words: str) -> None:
    answers: dict[str, Any] = {"autofilter_mode": False}
    sheet = Wrapped(Reference(words, answers))
    assert excel_native.filter_address(sheet) is None
    answers.update({"autofilter_mode": True, "autofilter_object.range_object": "$A$1:$C$9"})
    assert excel_native.filter_address(sheet) == "$A$1:$C$9"
    excel_native.move_filter(Wrapped(Reference(words, answers), sheet))
    assert answers["autofilter_mode"] is False
    assert answers["autofilter_range"] == {"field": 1}


def test_tables_on_a_mac(words: str) -> None:
    for source, plain in [("k.src_range", True), ("k.src_query", False)]:
        assert source.removeprefix("k.") in words
        table = Wrapped(Reference(words, {"source_type": source}))
        assert excel_native.is_plain_table(table) is plain


def test_what_a_mac_cannot_tell(words: str) -> None:
    untouched = Wrapped(None)
    assert not excel_native.has_spill(untouched)
    excel_native.let_tables_grow(untouched, excel_native.stop_tables_growing(untouched))
