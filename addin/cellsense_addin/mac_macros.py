"""The ribbon's macros on the Mac, where no Python stays beside Excel.

The add-in starts `python -m cellsense_addin.mac_macros CALL` through AppleScript: a process that
talks to Excel by itself (xlwings' RunPython works the same way). CALL is a macro's name and its
arguments, parted by tabs.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from cellsense_addin import macros
from cellsense_addin.failures import unexpected
from cellsense_addin.xlwings_light import xw

_TITLE = "cellsense"
_NOTHING_PICKED = "Select the reviews first: a cell of their column, or the cells."


def main(call: str) -> int:
    """Do what a button asks for, and print what the macro shall say. Returns the exit code."""
    name, *arguments = call.split("\t")
    if name in ("classify", "learn"):
        app: Any = xw.apps.active
        with _alone() as alone:
            if alone:
                classify(app, *arguments)
            else:
                app.alert("A column is being classified already.", _TITLE)
    elif name == "cancel":
        stop_file().parent.mkdir(parents=True, exist_ok=True)
        stop_file().touch()
        _answer(f"{macros.CANCELLED}\tCancelling.")
    elif name == "about":
        _answer(macros.about())
    elif name == "get_option":
        _answer(macros.get_option(*arguments))
    elif name == "set_option":
        _answer(macros.set_option(*arguments))
    elif name == "choose_labels":
        _answer(macros.choose_labels(*arguments))
    else:
        print(f"There is no macro {name!r}.", file=sys.stderr)
        return 2
    return 0


def classify(app: Any, labels: str | None = None) -> str:
    """Classify the selected column of an xlwings App; return what was said at the end.

    With `labels`, the name of a column, learn from its rows first.
    """
    stop_file().unlink(missing_ok=True)
    calculation, updating = app.calculation, app.screen_updating
    try:
        picked = _picked(app)
        kind, text = _begin(app, picked) if labels is None else _learn(picked, labels)
        while kind in (macros.MORE, macros.LEARNED):
            if kind == macros.LEARNED:
                kind, text = _begin_if_wanted(app, picked, text)
                continue
            app.calculation = "manual"
            app.status_bar = f"cellsense: {text}"
            app.screen_updating = False
            call = macros.cancel if stop_file().exists() else macros.step
            kind, text = _parts(call())
            app.screen_updating = updating
    except Exception as error:  # noqa: BLE001 - nobody sees what this process prints
        kind, text = macros.FAILED, str(unexpected(error))
    finally:
        app.screen_updating = updating
        if app.calculation != calculation:
            app.calculation = calculation
        app.status_bar = False
    if kind != macros.CANCELLED:
        app.alert(text, _TITLE)
    return text


@contextmanager
def _alone() -> Iterator[bool]:
    """Tell whether no other process is at it: two would write into the same columns."""
    import fcntl  # not on Windows, where none of this runs

    file = stop_file().with_suffix(".lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _answer(state: str) -> None:
    print(state, end="")  # AppleScript would keep the line's end


def stop_file() -> Path:
    """Return the file whose being there stops a run: another process's only way to say so."""
    return user_cache_path("cellsense", appauthor=False) / "cancel-column"


def _picked(app: Any) -> Any:
    """Return the selected cells, once: while it learns, others may get selected."""
    try:
        return app.selection
    except AttributeError:  # xlwings' way to say that no cells are selected
        return None


def _learn(picked: Any, labels: str) -> tuple[str, str]:
    if picked is None:
        return macros.FAILED, _NOTHING_PICKED
    return _parts(macros.learn(picked, labels))


def _begin(app: Any, picked: Any) -> tuple[str, str]:
    if picked is None:
        return macros.FAILED, _NOTHING_PICKED
    kind, text = _parts(macros.begin(picked))
    if kind not in (macros.ASK, macros.CHOOSE):
        return kind, text
    buttons = "yes_no_cancel" if kind == macros.CHOOSE else "ok_cancel"
    answer = {"ok": "yes", "yes": "yes", "no": "no"}.get(app.alert(text, _TITLE, buttons=buttons))
    if answer is None:
        return macros.CANCELLED, "Nothing was written."
    return _parts(macros.begin(picked, answer))


def _begin_if_wanted(app: Any, picked: Any, learned: str) -> tuple[str, str]:
    question = f"{learned}\n\nClassify the column by it now?"
    if app.alert(question, _TITLE, buttons="ok_cancel") == "ok":
        return _begin(app, picked)
    return macros.CANCELLED, learned.splitlines()[0]


def _parts(state: str) -> tuple[str, str]:
    kind, _, text = state.partition("\t")
    return kind, text


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
