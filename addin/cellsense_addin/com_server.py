"""What the add-in starts on Windows: xlwings' COM server with the worksheet functions loaded.

It imports neither torch, transformers, pandas nor onnxruntime: those come with the first text.
"""

import cellsense_addin.functions  # noqa: F401 - Excel's first call finds it in memory
from cellsense_addin.xlwings_light import xw


def serve(clsid: str) -> None:
    """Serve Excel until it closes. `clsid` is the class id that xlwings' DLL waits for."""
    xw.serve(clsid)  # type: ignore[call-arg] # another function under this name on Windows
