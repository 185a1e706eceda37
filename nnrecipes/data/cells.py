"""Arrays as the cells of a table: an image or a series in one row of a column, hashable and comparable like a text."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class ArrayCell(bytes):
    """One array; as bytes, tables of it can be hashed and compared.

    Args:
        array: Numbers of any shape.

    Example:
        >>> cell = ArrayCell(np.array([1.0, 2.0]))
        >>> cell == ArrayCell(np.array([1.0, 2.0])), cell.array.tolist()
        (True, [1.0, 2.0])
    """

    shape: tuple[int, ...]
    dtype: str

    def __new__(cls, array: Array) -> "ArrayCell":  # noqa: D102
        cell = super().__new__(cls, np.ascontiguousarray(array).tobytes())
        cell.shape, cell.dtype = array.shape, array.dtype.str
        return cell

    @property
    def array(self) -> Array:
        """The array, read-only."""
        return np.frombuffer(self, dtype=self.dtype).reshape(self.shape)

    def __repr__(self) -> str:
        return f"an array of shape {self.shape}"


def as_cells(arrays: Iterable[Array]) -> npt.NDArray[np.object_]:
    """Return one cell an array, as a column of objects."""
    cells = [ArrayCell(array) for array in arrays]
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def as_cell(value: Any) -> Any:
    """Return the cell of an array, of a list of numbers or of a Pillow image; any other value as it is.

    Example:
        >>> as_cell([1, 2]).shape, as_cell("a"), as_cell(["a"])
        ((2,), 'a', ['a'])
    """
    if isinstance(value, list | tuple | np.ndarray) or hasattr(value, "getbands"):
        try:
            array = np.asarray(value)
        except ValueError:  # ragged
            return value
        return ArrayCell(array) if array.dtype.kind in "biuf" and array.ndim else value
    return value
