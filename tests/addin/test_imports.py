"""Excel waits while Python starts: nothing heavy before the first text."""

import subprocess
import sys

import pytest

HEAVY = {
    *("torch", "transformers", "onnxruntime", "tokenizers", "numpy", "pandas", "pyarrow"),
    *("openpyxl", "matplotlib", "PIL", "polars", "rich", "huggingface_hub"),
}


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", ["com_server", "functions", "macros", "polling", "commands"])
def test_import_is_light(module: str) -> None:
    loaded = modules_after(f"import cellsense_addin.{module}")
    assert f"cellsense_addin.{module}" in loaded
    assert not loaded & HEAVY


def test_blank_cells_load_nothing() -> None:
    code = "from cellsense_addin.functions import sentiment; sentiment([[None], [5.0]])"
    assert not modules_after(code) & (HEAVY - {"numpy"})


def test_first_text_needs_neither_torch_nor_pandas() -> None:
    code = "from cellsense_addin.functions import sentiment; sentiment([['Works very well.']])"
    loaded = modules_after(code)
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "transformers", "pandas", "matplotlib"}


def test_what_xlwings_was_spared_can_be_imported_later() -> None:
    loaded = modules_after("import cellsense_addin.functions, pandas, numpy")
    assert {"pandas", "numpy"} <= loaded
