"""The button on the Mac: one process that does it all, over xlwings' own App, Range and Sheet.

Here the App is that of xlwings' Windows code over LibreOffice's cells; only its dialog is replaced.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xlwings as xw

from addin.com_over_libreoffice import Application
from addin.office import Office
from cellsense_addin import mac_macros, macros

REVIEWS = [f"Works perfectly, I love it. It was number {row}." for row in range(450)]


class App:
    """An xlwings App that answers its dialogs."""

    def __init__(self, app: Any, answer: str) -> None:
        self.__dict__.update(_app=app, _answer=answer, alerts=[], progress=[])

    def alert(self, text: str, title: str = "", buttons: str = "ok") -> str:
        self.alerts.append((buttons, text))
        return self._answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "status_bar":
            self.progress.append(value)
        setattr(self._app, name, value)


@pytest.fixture
def app(excel: Application, office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> App:
    monkeypatch.setattr(mac_macros, "stop_file", lambda: tmp_path / "stop")
    excel.add(office.new(), "Book1.xlsx")
    sheet = xw.books["Book1.xlsx"].sheets[0]
    sheet["A1"].value = [["Review"], *([review] for review in REVIEWS)]
    excel._selection = sheet["A3"].api
    return App(xw.apps.active, "ok")


def test_column(app: App) -> None:
    said = mac_macros.classify(app)
    assert said.startswith("450 rows: NEGATIVE 0")
    assert app.alerts == [("ok", said)]
    assert xw.books["Book1.xlsx"].sheets[0]["B1:B2"].value == ["Label", "POSITIVE"]
    assert app.progress[0] == "cellsense: 0 of 450 rows"
    assert app.progress[-1] is False
    assert (app.calculation, app.screen_updating) == ("automatic", True)


def test_nothing_selected(app: App, excel: Application) -> None:
    excel._selection = None
    assert mac_macros.classify(app).startswith("Select the reviews first")


@pytest.mark.parametrize(("answer", "said"), [("ok", "450 rows"), ("cancel", "Nothing was")])
def test_question(app: App, answer: str, said: str) -> None:
    app.__dict__["_answer"] = answer
    xw.books["Book1.xlsx"].sheets[0]["B1"].value = "mine"
    assert mac_macros.classify(app).startswith(said)
    assert app.alerts[0][0] == "ok_cancel"
    assert xw.books["Book1.xlsx"].sheets[0]["B1"].value == "mine"


@pytest.mark.parametrize(
    ("answer", "labels"), [("ok", ["delivery", "price"]), ("cancel", [None] * 2)]
)
def test_learns_from_labels_by_hand(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, labels: list[str | None]
) -> None:
    monkeypatch.setenv("CELLSENSE_ADDIN_OPTIONS", str(tmp_path / "addin.json"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    app.__dict__["_answer"] = answer
    sheet = xw.books["Book1.xlsx"].sheets[0]
    examples = [
        ("The parcel came two days late.", "delivery"),
        ("The courier threw the package over the fence.", "delivery"),
        ("Shipping took three weeks.", "delivery"),
        ("Far too expensive for what it is.", "price"),
        ("A real bargain, half of what others ask.", "price"),
        ("Worth every penny.", "price"),
        ("My package is still somewhere in a depot.", None),
        ("A fair price, I paid less than last time.", None),
    ]
    sheet["A2"].value = [list(row) for row in examples]
    sheet["B1"].value = "Topic"
    said = mac_macros.classify(app, "Topic")
    assert app.alerts[0][0] == "ok_cancel"
    assert app.alerts[0][1].startswith("Learned from 6 rows: delivery 3 · price 3\n")
    assert app.progress[0] == "cellsense: learning from 6 rows"
    assert said.startswith("450 rows: delivery" if answer == "ok" else "Learned from 6 rows")
    assert sheet["C8:C9"].value == labels
    assert mac_macros.main("get_option\tlabels") == 0
    assert (tmp_path / "cellsense" / "learned" / "Book1.topic.json").is_file()
    assert app.calculation == "automatic"


def test_stopped_by_another_process(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    step = macros.step
    cells = xw.books["Book1.xlsx"].sheets[0]["A2"].resize(2000)
    cells.value = [[f"{REVIEWS[0]} A new one, {row}."] for row in range(2000)]

    def one_step() -> str:
        assert mac_macros.main("cancel") == 0
        return step()

    monkeypatch.setattr(macros, "step", one_step)
    monkeypatch.setattr(macros, "STEP_SECONDS", 0.01)
    assert mac_macros.classify(app).startswith("Cancelled: ")
    assert app.calculation == "automatic"
    monkeypatch.setattr(macros, "step", step)
    assert mac_macros.classify(app).startswith(
        "2,000 rows"
    )  # a new run isn't stopped by an old wish


def test_settings_are_restored_after_a_fault(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fault() -> str:
        raise RuntimeError("Excel was closed")

    monkeypatch.setattr("cellsense_addin.failures.log_file", lambda: tmp_path / "addin.log")
    monkeypatch.setattr(macros, "step", fault)
    assert mac_macros.classify(app).startswith("cellsense failed (RuntimeError)")
    assert len(app.alerts) == 1
    assert (app.calculation, app.screen_updating) == ("automatic", True)


def test_second_click_starts_no_second_run(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    monkeypatch.setattr(mac_macros.xw.apps.__class__, "active", app)
    monkeypatch.setattr(mac_macros, "classify", begun.append)
    with mac_macros._alone() as alone:
        assert alone
        mac_macros.main("classify")
        assert begun == []
        assert "already" in app.alerts[-1][1]
    mac_macros.main("classify")
    assert begun == [app]


def test_workbooks_in_a_cloud_have_only_a_name() -> None:
    """Excel says https://… for them, and xlwings would search the disks for a copy."""

    def book(full_name: str) -> Any:
        return SimpleNamespace(api=SimpleNamespace(FullName=full_name), name="Survey.xlsx")

    cloud = book("https://company.sharepoint.com/sites/team/Survey.xlsx")
    assert macros._file_of(cloud) == Path("Survey.xlsx")
    assert macros._file_of(book("/home/ann/Survey.xlsx")) == Path("/home/ann/Survey.xlsx")


def test_calls_from_applescript(capsys: pytest.CaptureFixture[str], monkeypatch, tmp_path) -> None:  # noqa: ANN001
    monkeypatch.setenv("CELLSENSE_ADDIN_OPTIONS", str(tmp_path / "addin.json"))
    assert mac_macros.main("set_option\tlabel_name\tMood today") == 0
    assert capsys.readouterr().out == "done\tMood today"
    assert mac_macros.main("set_option\tlabel_name\t=x") == 0
    assert capsys.readouterr().out.startswith("failed\t")
    assert mac_macros.main("set_option\tlabels\tprice, delivery") == 0
    assert mac_macros.main("get_option\tlabels") == 0
    assert capsys.readouterr().out == "done\tprice, delivery" * 2
    assert mac_macros.main("choose_labels\t") == 0
    assert capsys.readouterr().out == "done\tClassify column tells sentiment."
    assert mac_macros.main("choose_labels\tprice, delivery") == 0
    assert "fits best: price, delivery" in capsys.readouterr().out
    assert mac_macros.main("about") == 0
    told = capsys.readouterr().out
    assert "Model: embedded" in told
    assert "Labels of the button: price, delivery" in told
    assert mac_macros.main("dance") == 2
