"""The installation on Windows and on a Mac: their own code, on a made-up machine."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Self

import pytest

from cellsense import __version__
from cellsense.errors import DependencyError, OptionError, OutputError
from cellsense_addin.build import Versions, build_addin, read_versions
from cellsense_addin.excel import Machine, write_whole
from cellsense_addin.excel_mac import from_applescript, to_applescript
from cellsense_addin.install import build_file, install, status, uninstall

XLWINGS = version("xlwings")
ALL_SETTINGS = r"Software\VB and VBA Program Settings\cellsense"
SETTINGS = rf"{ALL_SETTINGS}\Addin"
EXCEL = r"Software\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"


class Key:
    """An open key of the registry below."""

    def __init__(self, path: tuple[str, str]) -> None:
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class FakeRegistry(ModuleType):
    """The module winreg, over a dictionary; it refuses what the real one refuses."""

    HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, REG_SZ = "HKCU", "HKLM", 1

    def __init__(self) -> None:
        super().__init__("winreg")
        self.keys: dict[tuple[str, str], dict[str, str]] = {}

    def OpenKey(self, root: str, key: str) -> Key:  # noqa: N802
        if (root, key) not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return Key((root, key))

    def CreateKey(self, root: str, key: str) -> Key:  # noqa: N802
        parts = key.split("\\")
        for count in range(1, len(parts) + 1):
            self.keys.setdefault((root, "\\".join(parts[:count])), {})
        return Key((root, key))

    def SetValueEx(self, key: Key, name: str, zero: int, kind: int, value: str) -> None:  # noqa: N802
        assert (zero, kind) == (0, self.REG_SZ)
        self.keys[key.path][name] = value

    def QueryValueEx(self, key: Key, name: str) -> tuple[str, int]:  # noqa: N802
        if name not in self.keys[key.path]:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return self.keys[key.path][name], self.REG_SZ

    def QueryInfoKey(self, key: Key) -> tuple[int, int, int]:  # noqa: N802
        return len(self.below(*key.path)), len(self.keys[key.path]), 0

    def EnumKey(self, key: Key, index: int) -> str:  # noqa: N802
        return self.below(*key.path)[index]

    def DeleteKey(self, root: str, key: str) -> None:  # noqa: N802
        if self.below(root, key):
            raise PermissionError(5, "Access is denied")
        del self.keys[root, key]

    def below(self, root: str, key: str) -> list[str]:
        names = [path.removeprefix(f"{key}\\") for r, path in self.keys if r == root != path]
        return [
            name for name in names if "\\" not in name and (root, f"{key}\\{name}") in self.keys
        ]

    def values(self, key: str) -> dict[str, str] | None:
        return self.keys.get((self.HKEY_CURRENT_USER, key))


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> FakeRegistry:
    fake = FakeRegistry()
    fake.CreateKey(fake.HKEY_LOCAL_MACHINE, EXCEL)
    fake.CreateKey(fake.HKEY_CURRENT_USER, r"Software\VB and VBA Program Settings\another")
    monkeypatch.setitem(sys.modules, "winreg", fake)
    return fake


@pytest.fixture
def windows(tmp_path: Path, registry: FakeRegistry) -> Machine:
    """A machine with cellsense in a virtual environment."""
    return windows_machine(tmp_path, tmp_path / "venv", tmp_path / "venv" / "Scripts")


def windows_machine(root: Path, prefix: Path, folder: Path) -> Machine:
    folder.mkdir(parents=True)
    for name in ("python.exe", "pythonw.exe"):
        (folder / name).touch()
    for width in (64, 32):
        (prefix / f"xlwings{width}-{XLWINGS}.dll").touch()
    return Machine(
        platform="win32",
        python=folder / "python.exe",
        python_home=root / "Python311",
        home=root / "home",
        appdata=root / "home" / "AppData" / "Roaming",
    )


@pytest.fixture
def mac(tmp_path: Path) -> Machine:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    (tmp_path / "Applications" / "Microsoft Excel.app").mkdir(parents=True)
    return Machine(
        platform="darwin", python=python, python_home=tmp_path, home=tmp_path, appdata=tmp_path
    )


@pytest.fixture(params=["windows", "mac"])
def machine(request: pytest.FixtureRequest) -> Machine:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Machine)
    return found


def addin_of(machine: Machine) -> Path:
    if machine.platform == "win32":
        return machine.appdata / "Microsoft" / "Excel" / "XLSTART" / "cellsense.xlam"
    office = machine.home / "Library" / "Group Containers" / "UBF8T9346G.Office"
    return office / "User Content.localized" / "Startup.localized" / "Excel" / "cellsense.xlam"


def script_of(machine: Machine) -> Path:
    library = machine.home / "Library" / "Application Scripts" / "com.microsoft.Excel"
    return library / "cellsense.applescript"


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def done(lines: Iterator[str]) -> list[str]:
    return list(lines)


# --- both systems


def test_install_writes_the_addin(machine: Machine) -> None:
    lines = done(install(machine))
    assert addin_of(machine).read_bytes() == build_addin()
    assert lines[0] == f"Wrote {addin_of(machine)} (cellsense {__version__}, xlwings {XLWINGS})"
    assert lines[-1] == "Start Excel, or quit it and start it again, to load the add-in."


def test_install_twice_is_installing_once(machine: Machine) -> None:
    first = done(install(machine))
    files = files_below(machine.home)
    assert done(install(machine)) == first
    assert files_below(machine.home) == files


def test_uninstall_leaves_what_was_there(machine: Machine, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    done(install(machine))
    assert files_below(tmp_path) > before
    lines = done(uninstall(machine))
    assert [line.partition(" ")[0] for line in lines] == ["Removed", "Removed"]
    assert files_below(tmp_path) == before
    nothing = ["The add-in isn't installed: there's nothing to remove."]
    assert done(uninstall(machine)) == nothing


def test_dry_runs_do_nothing(machine: Machine, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    lines = done(install(machine, dry_run=True))
    assert files_below(tmp_path) == before
    assert lines[0].startswith(f"Would write {addin_of(machine)} (")
    assert all(line.startswith("Would write ") for line in lines)
    done(install(machine))
    installed = files_below(tmp_path)
    lines = done(uninstall(machine, dry_run=True))
    assert files_below(tmp_path) == installed
    assert lines[0] == f"Would remove {addin_of(machine)}"
    assert len(lines) == 2


def test_status_before_and_after(machine: Machine) -> None:
    before = status(machine)
    assert not before.ready
    assert dict(before.findings)["Add-in"] == f"not there: {addin_of(machine)}"
    assert dict(before.findings)["Ready"] == "no; run: cellsense addin install"
    done(install(machine))
    after = status(machine)
    assert after.ready
    found = dict(after.findings)
    assert found["Excel"] == "found"
    assert found["Add-in"] == str(addin_of(machine))
    assert found["Built for"] == str(Versions(__version__, XLWINGS))
    assert found["Python"] == str(machine.python)
    assert found["Ready"] == "yes"
    assert found.get("xlwings DLL") == ("found" if machine.platform == "win32" else None)


def test_status_of_an_addin_for_other_versions(machine: Machine) -> None:
    done(install(machine))
    addin_of(machine).write_bytes(build_addin(xlwings_version="0.1.2"))
    found = status(machine)
    assert not found.ready
    built = f"cellsense {__version__}, xlwings 0.1.2"
    assert dict(found.findings)["Built for"] == (
        f"{built}; installed: cellsense {__version__}, xlwings {XLWINGS}"
    )


def test_status_of_a_file_that_is_none_of_ours(machine: Machine) -> None:
    done(install(machine))
    addin_of(machine).write_bytes(b"something else")
    found = status(machine)
    assert not found.ready
    assert "isn't an add-in that cellsense built" in dict(found.findings)["Built for"]


def test_status_when_python_has_gone(machine: Machine) -> None:
    done(install(machine))
    machine.python.unlink()
    found = status(machine)
    assert not found.ready
    assert dict(found.findings)["Python"] == f"not there: {machine.python}"


def test_status_names_another_python(machine: Machine, tmp_path: Path) -> None:
    done(install(machine))
    other = tmp_path / "other" / "python"
    found = status(machine._replace(python=other))
    assert found.ready
    assert dict(found.findings)["Python"] == f"{machine.python}; this is {other}"


def test_excel_may_come_later(machine: Machine, registry: FakeRegistry, tmp_path: Path) -> None:
    registry.keys.pop((registry.HKEY_LOCAL_MACHINE, EXCEL))
    if machine.platform == "darwin":
        (tmp_path / "Applications" / "Microsoft Excel.app").rmdir()
    lines = done(install(machine))
    assert lines[-1].startswith("Note: Excel wasn't found on this machine.")
    assert addin_of(machine).exists()
    found = status(machine)
    assert found.ready
    assert dict(found.findings)["Excel"] == "not found"


def test_file_that_excel_holds(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    done(install(machine))
    old = addin_of(machine).read_bytes()
    files = files_below(machine.home)

    def held(path: Path, *_: object, **__: object) -> None:
        if path.suffix == ".xlam" or path.name.startswith(".cellsense.xlam"):
            raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", held)
        with pytest.raises(OutputError) as raised:
            done(install(machine))
    assert str(raised.value).startswith(
        f"{addin_of(machine)} can't be changed (Permission denied)."
    )
    advice = "Close Excel first" if machine.platform == "win32" else "Allow your terminal program"
    assert advice in str(raised.value)
    assert addin_of(machine).read_bytes() == old
    assert files_below(machine.home) == files  # and no temporary one

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", held)
        with pytest.raises(OutputError, match=advice):
            done(uninstall(machine))
    assert files_below(machine.home) == files


def test_disk_that_is_full(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name.startswith(".cellsense.xlam"):
            raise OSError(28, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match="can't be changed: No space left on device"):
            done(install(machine))
    assert not files_below(addin_of(machine).parents[1])


def test_nothing_half_written_lies_where_excel_would_open_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = set()
    write = Path.write_bytes

    def noting(path: Path, content: bytes) -> int:
        written.add(path.parent)
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", noting)
    done(install(machine))
    assert addin_of(machine).parents[1] in written
    assert addin_of(machine).parent not in written


# --- Windows


def test_windows_writes_what_getsetting_reads(windows: Machine, registry: FakeRegistry) -> None:
    lines = done(install(windows))
    assert registry.values(SETTINGS) == {
        "Interpreter": str(windows.python),
        "Version": __version__,
    }
    assert lines[1] == rf"Wrote HKEY_CURRENT_USER\{SETTINGS} (Python is {windows.python})"


def test_windows_removes_only_its_own_settings(windows: Machine, registry: FakeRegistry) -> None:
    before = dict(registry.keys)
    done(install(windows))
    registry.CreateKey(registry.HKEY_CURRENT_USER, rf"{ALL_SETTINGS}\Ribbon\Last")  # by a macro
    done(uninstall(windows))
    assert registry.keys == before


def test_windows_dry_run_leaves_the_registry(windows: Machine, registry: FakeRegistry) -> None:
    before = dict(registry.keys)
    done(install(windows, dry_run=True))
    assert registry.keys == before


def test_windows_calls_a_python_with_a_console(windows: Machine, registry: FakeRegistry) -> None:
    done(install(windows._replace(python=windows.python.with_name("PythonW.exe"))))
    settings = registry.values(SETTINGS)
    assert settings is not None
    assert settings["Interpreter"] == str(windows.python.with_name("python.exe"))


def test_windows_finds_the_dll_beside_python(tmp_path: Path, registry: FakeRegistry) -> None:
    machine = windows_machine(tmp_path, tmp_path / "Python311", tmp_path / "Python311")
    done(install(machine))
    assert status(machine).ready


@pytest.mark.parametrize("gone", [(64,), (32,), (64, 32)])
def test_windows_without_the_dll(windows: Machine, tmp_path: Path, gone: tuple[int, ...]) -> None:
    done(install(windows))
    for width in gone:
        (tmp_path / "venv" / f"xlwings{width}-{XLWINGS}.dll").unlink()
    names = " and ".join(f"xlwings{width}-{XLWINGS}.dll" for width in gone)
    with pytest.raises(DependencyError) as raised:
        done(install(windows))
    assert str(raised.value).startswith(f"{names} can't be found beside {windows.python}")
    assert f"pip install --force-reinstall xlwings=={XLWINGS}" in str(raised.value)
    found = status(windows)
    assert not found.ready
    assert dict(found.findings)["xlwings DLL"] == f"not by that Python: {names}"


def test_windows_refuses_pythons_that_write_where_excel_does_not_look(
    windows: Machine, tmp_path: Path
) -> None:
    store = tmp_path / "WindowsApps" / "PythonSoftwareFoundation.Python.3.11"
    with pytest.raises(DependencyError, match="from the Microsoft Store"):
        done(install(windows._replace(python_home=store)))
    assert not addin_of(windows).exists()


def test_windows_registry_that_is_closed(
    windows: Machine, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> None:
        raise PermissionError(5, "Access is denied")

    monkeypatch.setattr(registry, "CreateKey", closed)
    with pytest.raises(
        OutputError, match=r"cellsense\\Addin can't be changed \(Access is denied\)"
    ):
        done(install(windows))


# --- Mac


def test_mac_script_calls_this_python(mac: Machine) -> None:
    lines = done(install(mac))
    script = script_of(mac).read_text(encoding="ascii")
    assert f'\treturn "{mac.python}"\n' in script
    assert "{{" not in script
    for handler in ("CallCellsense", "AskCellsense"):
        assert f"on {handler}(argument)\n" in script
        assert f"end {handler}\n" in script
    assert lines[1] == f"Wrote {script_of(mac)} (Python is {mac.python})"


def test_mac_script_hands_everything_to_the_shell_in_quotes(mac: Machine) -> None:
    done(install(mac))
    script = script_of(mac).read_text(encoding="ascii")
    assert script.count("do shell script (CommandLine(argument)") == 2
    assert script.count("do shell script") == 2
    assert (
        "\tset pythonPath to PythonFile()\n"
        '\treturn (quoted form of pythonPath) & " -m cellsense_addin.mac_macros " & '
        "(quoted form of argument)\n"
    ) in script


def test_mac_python_with_an_awkward_path(mac: Machine, tmp_path: Path) -> None:
    python = tmp_path / 'Zoë\'s "old" \\ 試\n𝄞' / "python"
    python.parent.mkdir()
    python.touch()
    machine = mac._replace(python=python)
    done(install(machine))
    assert script_of(machine).read_bytes().isascii()
    found = status(machine)
    assert found.ready
    assert dict(found.findings)["Python"] == str(python)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("/usr/bin/python", '"/usr/bin/python"'),
        ("/Zoë/p", '"/Zo" & (character id 235) & "/p"'),
        ('a"b\\c', r'"a\"b\\c"'),
        ("\u0301x", '(character id 769) & "x"'),
        (r"(character id 65)", '"(character id 65)"'),
    ],
)
def test_applescript_text(text: str, expression: str) -> None:
    assert to_applescript(text) == expression
    assert from_applescript(expression) == text


# --- elsewhere


def test_other_systems_are_told_what_would_be_done(tmp_path: Path) -> None:
    machine = Machine("linux", tmp_path / "python", tmp_path, tmp_path, tmp_path)
    text = "\n".join(done(install(machine)))
    assert r"%APPDATA%\Microsoft\Excel\XLSTART\cellsense.xlam" in text
    assert "~/Library/Application Scripts/com.microsoft.Excel/cellsense.applescript" in text
    assert "cellsense addin build cellsense.xlam" in text
    assert str(addin_of(Machine("darwin", *machine[1:])).relative_to(tmp_path)) in text
    assert done(uninstall(machine)) == ["The add-in isn't installed: there's nothing to remove."]
    found = status(machine)
    assert not found.ready
    assert found.findings == [("Excel", "none on this system (Windows and macOS only)")]
    assert not files_below(tmp_path)


def test_build_file(tmp_path: Path) -> None:
    target = tmp_path / "new.xlam"
    line = build_file(target)
    assert line == f"Wrote {target} (cellsense {__version__}, xlwings {XLWINGS})"
    assert read_versions(target) == Versions(__version__, XLWINGS)
    target.write_bytes(b"old")
    build_file(target)
    assert target.read_bytes() == build_addin()
    assert files_below(tmp_path) == {target}


def test_build_file_replaces_no_workbook(tmp_path: Path) -> None:
    workbook = tmp_path / "reviews.xlsx"
    workbook.write_bytes(b"precious")
    with pytest.raises(OptionError, match=r"reviews\.xlsx: an add-in's file name ends in \.xlam"):
        build_file(workbook)
    assert workbook.read_bytes() == b"precious"


def test_build_file_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"The folder .*nowhere doesn't exist: create it first"):
        build_file(tmp_path / "nowhere" / "cellsense.xlam")
    (tmp_path / "folder.xlam").mkdir()
    with pytest.raises(OutputError, match=r"folder\.xlam can't be written: Is a directory"):
        build_file(tmp_path / "folder.xlam")


def test_files_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, work = tmp_path / "start" / "a.xlam", tmp_path
    write_whole(target, b"old", work=work)

    def torn(path: Path, content: bytes) -> None:
        assert path.parent == work
        with path.open("wb") as file:
            file.write(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", torn)
    with pytest.raises(OSError, match="No space left"):
        write_whole(target, b"new", work=work)
    assert target.read_bytes() == b"old"
    assert files_below(tmp_path) == {target}


# --- the command line


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", "addin", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="it would install the add-in")
def test_commands_without_excel() -> None:
    installed = run("install")
    assert installed.returncode == 0, installed.stderr
    assert "Excel doesn't run on this system" in installed.stdout
    assert run("install", "--dry-run").stdout == installed.stdout
    assert run("uninstall", "--dry-run").returncode == 0
    shown = run("status")
    assert shown.returncode == 1
    assert "| Excel |" in shown.stdout


def test_build_command(tmp_path: Path) -> None:
    target = tmp_path / "cellsense.xlam"
    built = run("build", target)
    assert built.returncode == 0, built.stderr
    assert built.stdout.startswith(f"Wrote {target} (")
    assert target.read_bytes() == build_addin()
    refused = run("build", tmp_path / "a.xlsx")
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"Error: {tmp_path / 'a.xlsx'}: an add-in's file name")
    assert "Traceback" not in refused.stderr


def test_help_is_light() -> None:
    code = (
        "import sys; from cellsense_addin import commands;"
        "print({'xlwings', 'pyopenvba', 'cellsense_addin.build', 'zipfile'} & set(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "set()\n"
