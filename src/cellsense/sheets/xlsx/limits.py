"""What a workbook may ask of this machine; docs/workbooks.md says it as a table.

All are far above what Excel writes, and keep a hostile file from filling the memory or the day.
"""

# The zip file. Worksheets pack to a tenth or so, blank pictures to a thousandth.
MAX_ENTRIES = 50_000
MAX_TOTAL = 1 << 34  # bytes of all entries, unpacked
MAX_RATIO = 200  # unpacked : packed,
RATIO_FROM = 100_000_000  # for entries of more bytes,
READ_RATIO_FROM = 10_000_000  # for those that are read and not only copied

# The parts that are read at once: all but worksheets and shared strings.
MAX_SMALL = 1 << 26  # bytes, unpacked
MAX_ELEMENTS = 1_000_000

# XML. Expat keeps every open element and every name, and scans an unfinished tag from its start
# with each chunk.
MAX_DEPTH = 1_000
MAX_NAMES = 10_000  # different ones, of elements and attributes
MAX_TAG = 1 << 20  # bytes of one tag or comment

# How much is held at a time.
CHUNK = 1 << 18
MAX_BLOCK = 1 << 22  # of rows, read without the parser
MAX_PIECE = 1 << 28  # of a part that is edited, from one place to the next where an edit can end
STRINGS_AT_ONCE = 1 << 24  # bytes of shared strings; more are read as far as they are needed
