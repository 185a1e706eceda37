"""Memory that was used for a while -> given back to the system.

Blocks come and go in two threads. glibc keeps what lies free between others for later use, so that the memory of a
process would rise for some epochs before it stays.
"""

import ctypes


def give_back() -> None:
    """Give free memory of pyarrow and of the C library back; where that is not glibc, pyarrow's alone."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
