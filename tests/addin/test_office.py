"""The tests' own bridge to LibreOffice: what the other tests here rely on."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from addin.office import Document, Office, OfficeError, OfficeMissingError, RemoteError

MODULE = """Option VBASupport 1
Private python As Object
Sub SetPython(value)
    Set python = value
End Sub
Function Twice(x)
    Twice = 2 * x
End Function
Function CallPython(x)
    python.replaceByName "f", Array(x, "two")
    CallPython = python.getByName("f")
End Function
Function Caught()
    On Error GoTo Failed
    Caught = python.getByName("f")
    Exit Function
Failed:
    Caught = "caught: " & Error
End Function
Function Box()
    Box = MsgBox("Yes?", 4)
End Function
Function Forever()
    Do
    Loop
End Function
"""


def with_module(office: Office, source: str = MODULE) -> Document:
    doc = office.new()
    libraries = doc.model.BasicLibraries
    libraries.createLibrary("Standard")
    libraries.getByName("Standard").insertByName("M", source)
    return doc


def test_cells_are_read_and_written(office: Office) -> None:
    doc = office.new()
    sheet = doc.sheet("Sheet1")
    sheet.getCellByPosition(0, 0).String = "good"
    sheet.getCellRangeByName("B1:C2").setDataArray((("a", 1.0), ("", 2.5)))
    sheet.getCellRangeByName("D1").Formula = "=C1+C2"
    assert sheet.getCellRangeByName("A1:D1").getDataArray() == (("good", "a", 1.0, 3.5),)
    assert [item.Name for item in doc.model.Sheets] == ["Sheet1"]
    assert len(doc.model.Sheets) == 1


def test_structs_and_enums_go_both_ways(office: Office) -> None:
    sheet = office.new().sheet(0)
    cell = sheet.getCellRangeByName("B2")
    line = cell.TopBorder
    assert line.OuterLineWidth == 0
    line.OuterLineWidth = 35
    cell.TopBorder = line
    assert cell.TopBorder.OuterLineWidth == 35
    assert cell.RangeAddress.StartColumn == 1
    assert cell.Type == office.enum("com.sun.star.table.CellContentType", "EMPTY")
    assert office.constant("com.sun.star.sheet.CellFlags.STRING") == 4


def test_errors_say_what_libreoffice_says(office: Office) -> None:
    doc = office.new()
    with pytest.raises(AttributeError, match="nothing"):
        _ = doc.sheet(0).nothing
    with pytest.raises(RemoteError) as caught:
        doc.model.Sheets.getByName("none")
    assert caught.value.kind.endswith("NoSuchElementException")


def test_basic_calls_python_which_uses_cells_meanwhile(office: Office) -> None:
    doc = with_module(office)
    sheet = doc.sheet(0)

    def write(name: str, *arguments: object) -> object:
        sheet.getCellRangeByName("A1:B1200").setDataArray(
            tuple((f"text {row}", float(row)) for row in range(1200))
        )
        return [name, *arguments, sheet.getCellRangeByName("A1200").String, doc.run("M.Twice", 4)]

    doc.run("M.SetPython", office.callback(write))
    assert doc.run("M.CallPython", 5) == ("f", 5, "two", "text 1199", 8)


def test_what_python_raises_is_an_error_in_basic(office: Office) -> None:
    def fail(name: str) -> None:
        raise ValueError("oh no")

    doc, python = with_module(office), office.callback(fail)
    doc.run("M.SetPython", python)
    assert "oh no" in doc.run("M.Caught")
    assert [str(error) for error in python.errors] == ["oh no"]
    assert doc.run("M.CallPython", 1) is None


def test_message_boxes_do_not_wait(office: Office) -> None:
    assert with_module(office).run("M.Box") == 0


def processes(folder: Path) -> list[bytes]:
    """List what runs with a profile in the folder."""
    commands = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            commands.append(file.read_bytes())
    return [command for command in commands if folder.name.encode() in command]


def test_a_macro_that_hangs_ends_libreoffice_and_nothing_stays_behind() -> None:
    office = Office()
    try:
        doc = with_module(office)
    except OfficeMissingError as error:
        pytest.skip(str(error))
    folder = office._folder
    assert processes(folder)
    office._link.timeout = 1
    with pytest.raises(OfficeError, match="didn't answer within"):
        doc.run("M.Forever")
    assert not processes(folder)
    assert not folder.exists()
    with pytest.raises(OfficeError, match="doesn't run"):
        doc.run("M.Twice", 1)
    with office:
        assert with_module(office).run("M.Twice", 1) == 2
        with pytest.raises(OfficeError, match="has ended"):
            doc.run("M.Twice", 1)


def test_tests_that_are_killed_leave_no_libreoffice(office: Office) -> None:
    program = (
        "from addin.office import Office\n"
        "office = Office()\n"
        "office.start()\n"
        "print(office._folder, flush=True)\n"
        "input()\n"
    )
    tests = str(Path(__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": tests},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        folder = Path(process.stdout.readline().strip())
        started = processes(folder)
        process.kill()
    assert started
    end = time.monotonic() + 20
    while (processes(folder) or folder.exists()) and time.monotonic() < end:
        time.sleep(0.1)
    assert not processes(folder)
    assert not folder.exists()
