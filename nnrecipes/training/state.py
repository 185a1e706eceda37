"""A tree of plain values and arrays <-> one npz file, written aside and renamed, at about a millisecond an epoch.

The file has two members: ``tree``, JSON that says where each array lies, and ``bytes``, all arrays one behind the
other. A member for each array would cost four times as much. Nothing is pickled, and zip's check sums find damage.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import RunError, cannot_write

ARRAY = "$array"  # dtype, shape and first byte of an array
LIST = "$list"  # the same, of a list of numbers


def write_state(path: Path, tree: Mapping[str, Any]) -> None:
    """Write a tree.

    Args:
        path: The file.
        tree: dicts with text as keys, lists, tuples, text, numbers, booleans, None, and numpy arrays and numbers.

    Raises:
        TypeError: The tree holds something else.
        RunError: The file cannot be written; the one of before is left as it was.
    """
    parts = _Parts()
    head = json.dumps(parts.take(tree)).encode("utf-8")
    aside = path.with_name(f".{path.name}.partial")
    try:
        with zipfile.ZipFile(aside, "w") as archive:
            _write(archive, "tree", [head])
            _write(archive, "bytes", parts.bytes)
        aside.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        aside.unlink(missing_ok=True)


def read_state(path: Path) -> dict[str, Any]:
    """Read what :func:`write_state` wrote; tuples come back as lists.

    Raises:
        RunError: The file is damaged.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "state.npz"
        >>> write_state(file, {"best": 0.25, "weights": [np.ones((1, 2), dtype="float32")]})
        >>> read_state(file)
        {'best': 0.25, 'weights': [array([[1., 1.]], dtype=float32)]}
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            tree: dict[str, Any] = _put(json.loads(archive["tree"].tobytes()), archive["bytes"])
    except Exception as error:  # a damaged zip file raises eight kinds
        raise RunError(
            f"{path}: expected the state of the last completed epoch. Received: a damaged file ({error}). "
            "Without this file the run begins again with its first epoch."
        ) from None
    return tree


def _write(archive: zipfile.ZipFile, name: str, parts: Sequence[Any]) -> None:
    """Write an array of bytes as numpy does, a part after the other: no copy of the whole is made."""
    shape = (sum(len(part) for part in parts),)
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for part in parts:
            member.write(part)


class _Parts:
    """The arrays of a tree and where each of them begins."""

    def __init__(self) -> None:
        self.bytes: list[Any] = []
        self.length = 0

    def take(self, node: Any) -> Any:
        if isinstance(node, np.ndarray | np.generic):
            return {ARRAY: self._add(np.asarray(node))}
        if isinstance(node, Mapping):
            if not all(isinstance(key, str) for key in node):
                raise TypeError(f"expected text as the keys of a dict. Received: {list(node)!r}")
            return {key: self.take(value) for key, value in node.items()}
        if isinstance(node, list | tuple):
            if len(node) > 1 and set(map(type, node)) in ({float}, {int}):
                packed = np.array(node)  # whole numbers beyond 64 bits get another kind
                return {LIST: self._add(packed)} if packed.dtype == np.dtype(type(node[0])) else list(node)
            return [self.take(value) for value in node]
        if node is None or isinstance(node, bool | int | float | str):
            return node
        raise TypeError(f"expected plain values and numpy arrays. Received: {type(node).__name__}")

    def _add(self, array: Array) -> list[Any]:
        if array.dtype.hasobject:
            raise TypeError("expected arrays of numbers or text. Received: an array of objects")
        kind = array.dtype.name if array.dtype.kind == "V" else array.dtype.str  # bfloat16 has no code of its own
        place = [kind, list(array.shape), self.length]
        flat = np.ascontiguousarray(array).reshape(-1)
        self.bytes.append(flat.view(np.uint8).data if flat.size else b"")
        self.length += array.nbytes
        return place


def _put(node: Any, content: Array) -> Any:
    if isinstance(node, dict):
        if node.keys() == {ARRAY}:
            return _array(node[ARRAY], content)
        if node.keys() == {LIST}:
            return _array(node[LIST], content).tolist()
        return {key: _put(value, content) for key, value in node.items()}
    return [_put(value, content) for value in node] if isinstance(node, list) else node


def _array(place: tuple[str, list[int], int], content: Array) -> Any:
    kind, shape, start = place
    dtype = np.dtype(kind)
    count = int(np.prod(shape, dtype=np.int64))
    values = np.frombuffer(content[start : start + count * dtype.itemsize].tobytes(), dtype).reshape(shape).copy()
    return values if shape else values[()]
