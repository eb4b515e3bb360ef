import subprocess
import sys

import cellsense

HEAVY = ("torch", "transformers", "pandas", "onnxruntime", "pyarrow", "openpyxl", "numpy", "rich")


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_import_is_light() -> None:
    assert not modules_after("import cellsense").intersection(HEAVY)


def test_making_a_classifier_loads_nothing() -> None:
    assert not modules_after("import cellsense; cellsense.Classifier()").intersection(HEAVY)


def test_only_blanks_load_nothing() -> None:
    code = "import cellsense; cellsense.Classifier().predict(['', None, 5])"
    assert not modules_after(code).intersection(HEAVY)


def test_embedded_model_on_a_cpu_needs_neither_torch_nor_transformers() -> None:
    loaded = modules_after(
        "import cellsense; print(cellsense.Classifier('embedded', 'cpu').predict(['ok']))"
    )
    assert "onnxruntime" in loaded
    assert not loaded.intersection({"torch", "transformers", "pandas"})


def test_public_names() -> None:
    assert set(cellsense.__all__) == {
        "CellsenseError",
        "Classifier",
        "ClusterError",
        "Conversion",
        "DependencyError",
        "DeviceError",
        "InputError",
        "MissingFileError",
        "MissingModelError",
        "ModelError",
        "OptionError",
        "Options",
        "OutputError",
        "Prediction",
        "Progress",
        "SelectionError",
        "ServerError",
        "ServerWarning",
        "Summary",
        "TrainingError",
        "UnreadableFileError",
        "__version__",
        "classify",
        "convert",
        "label_sheet",
    }
    assert all(hasattr(cellsense, name) for name in cellsense.__all__)
