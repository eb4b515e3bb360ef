"""One LibreOffice for all tests of the add-in, started when the first of them needs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.com_over_libreoffice import Application
from addin.fake_windows import FakeWindows
from addin.office import Office, OfficeMissingError
from addin.opened_addin import Addin


@pytest.fixture(scope="session")
def _running_office() -> Iterator[Office]:
    office = Office()
    yield office
    office.stop()


@pytest.fixture
def office(_running_office: Office) -> Iterator[Office]:
    """A running LibreOffice; workbooks that a test leaves open are closed after it."""
    try:
        _running_office.start()
    except OfficeMissingError as error:
        pytest.skip(str(error))
    yield _running_office
    _running_office.close_documents()


@pytest.fixture
def windows() -> Iterator[FakeWindows]:
    """What xlwings' Windows code needs, so that it runs here."""
    with FakeWindows() as windows:
        yield windows


@pytest.fixture
def excel(windows: FakeWindows, office: Office) -> Application:
    """Excel's objects on top of LibreOffice's cells; `xlwings.books` finds what is added to it."""
    application = Application(office)
    windows.excels.append(application)
    return application


@pytest.fixture
def addin(office: Office, windows: FakeWindows, excel: Application, tmp_path: Path) -> Addin:
    """The add-in, opened in LibreOffice, with a workbook's cells to work on."""
    return Addin(office, windows, excel, tmp_path / "cellsense.xlam")
