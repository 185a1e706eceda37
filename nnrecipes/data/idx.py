"""IDX files, the format of MNIST, plain or packed by gzip -> arrays.

A file is two zero bytes, a byte for the type of its numbers, a byte for the count of dimensions, each dimension as a
big-endian 32-bit integer, and the numbers (LeCun, Cortes and Burges, The MNIST database).
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nnrecipes.errors import DataError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(file: Path) -> npt.NDArray[Any]:
    """Return the array of one file.

    Raises:
        DataError: It is no IDX file, or has more or fewer numbers than it says.
    """
    content = file.read_bytes()
    try:
        plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file}: expected an IDX file. Received: a damaged gzip file ({error}).") from None
    if len(plain) < 4 or plain[:2] != b"\0\0" or plain[2] not in TYPES:
        raise DataError(f"{file}: expected an IDX file. Received: one that begins with {plain[:4]!r}.")
    start = 4 + 4 * plain[3]
    shape = struct.unpack(f">{plain[3]}I", plain[4:start]) if len(plain) >= start else ()
    dtype = np.dtype(TYPES[plain[2]])
    wanted = math.prod(shape) * dtype.itemsize
    if not shape or len(plain) - start != wanted:
        expected = f"{wanted:,} bytes of numbers, for {' x '.join(map(str, shape))}"
        raise DataError(f"{file}: expected {expected}. Received: {len(plain) - start:,}.")
    return np.frombuffer(plain, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
