"""The .xlsx/.xlsm file backend: reads by streaming, and adds columns without touching the rest.

archive (zip) → package (parts, relationships) → scan, layout (reading) and splice (writing).
"""
