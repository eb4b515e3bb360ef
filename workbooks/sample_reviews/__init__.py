"""Customer reviews invented for this project: sample data, not a test of quality."""

from __future__ import annotations

from sample_reviews.rows import COLUMNS, EXCEL_ERROR, PRODUCTS, ReviewRow, build_rows

__all__ = ["COLUMNS", "EXCEL_ERROR", "PRODUCTS", "ReviewRow", "build_rows"]
