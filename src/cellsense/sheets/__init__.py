"""Sheets as rows of cells: files (xlsx, csv, parquet) and open workbooks behind one interface."""
