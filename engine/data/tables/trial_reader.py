"""Program that reads a spreadsheet once, to see how that ends.

It ends with 0 if that went well. It imports nothing of this package, so that it starts fast. Its arguments are the path
of the file, the name of a sheet, and the bytes of memory and seconds of the processor that it may take.
"""

from __future__ import annotations

import math
import sys
import time


def limit(size: int, seconds: int) -> None:
    """Take at most so many bytes and seconds more, where the system knows such limits; leave no dump of the memory."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds += math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (used + size, used + size))


def read_sheet(path: str, sheet: str, size: int, seconds: int) -> None:
    """Make all cells of a sheet. What the library says of a damaged file is left to those who read it again."""
    import fastexcel

    limit(size, seconds)
    try:
        book = fastexcel.read_excel(path)
        if not sheet or sheet in book.sheet_names:
            made = book.load_sheet(sheet or 0, header_row=None, dtypes="string")
            getattr(made, "__arrow_c_array__", made.to_arrow)()
    except fastexcel.FastExcelError:
        pass


if __name__ == "__main__":
    _, path, sheet, size, seconds = sys.argv
    read_sheet(path, sheet, int(size), int(seconds))
