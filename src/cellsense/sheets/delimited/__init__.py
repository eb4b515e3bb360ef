"""CSV and TSV: every byte that was in the file stays, the new fields go beside it.

The file is read once into memory. The csv module doesn't tell where a field stands, and writing
its fields again would change quotes and spaces: so a small scanner finds where records end, and
records are split and joined again as they stand.

Each module imports only from those before it: encoding, dialect, records, detection, writing,
sheet, workbook.
"""

from cellsense.sheets.delimited.dialect import Dialect
from cellsense.sheets.delimited.workbook import DelimitedWorkbook

__all__ = ["DelimitedWorkbook", "Dialect"]
