"""A tree of plain values and numpy arrays <-> ``state.json`` and ``tables.npz``: exact, and without pickle.

JSON holds Python's shortest text of a float64, which reads back as the same float64; arrays are in the npz file, and
the JSON says where.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import RunError, cannot_write

FORMAT = 1
_MARK = "$table"


def save_state(folder: Path | str, state: Mapping[str, Any]) -> None:
    """Write a state into a folder, which is made where it is absent.

    Args:
        folder: Where ``state.json`` and ``tables.npz`` go.
        state: dicts, lists, tuples, strings, finite numbers, booleans, None and arrays of numbers.

    Raises:
        RunError: A file cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, Array] = {}
    tree = _take_arrays(state, tables)
    text = json.dumps({"format": FORMAT, "state": tree}, indent=1, allow_nan=False)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **tables)
    _write(folder / "tables.npz", buffer.getvalue())
    _write(folder / "state.json", text.encode("utf-8"))


def load_state(folder: Path | str) -> dict[str, Any]:
    """Read what :func:`save_state` wrote; tuples come back as lists.

    Raises:
        RunError: A file is absent, is not readable, or has another format.
    """
    folder = Path(folder)
    try:
        content = json.loads((folder / "state.json").read_text("utf-8"))
        with np.load(folder / "tables.npz", allow_pickle=False) as archive:
            tables = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, BadZipFile) as error:
        raise RunError(f"{folder}: expected the state of a preprocessor. Received: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        received = content.get("format") if isinstance(content, dict) else content
        raise RunError(f"{folder / 'state.json'}: expected format {FORMAT}. Received: {received!r}.")
    restored: dict[str, Any] = _put_arrays(content["state"], tables)
    return restored


def _take_arrays(node: Any, tables: dict[str, Array]) -> Any:
    if isinstance(node, np.ndarray):
        number = len(tables)
        tables[f"table_{number}"] = node
        return {_MARK: number}
    if isinstance(node, Mapping):
        return {key: _take_arrays(value, tables) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_take_arrays(value, tables) for value in node]
    return node


def _put_arrays(node: Any, tables: Mapping[str, Array]) -> Any:
    if isinstance(node, dict):
        if node.keys() == {_MARK} and isinstance(node[_MARK], int):
            return tables[f"table_{node[_MARK]}"]
        return {key: _put_arrays(value, tables) for key, value in node.items()}
    return [_put_arrays(value, tables) for value in node] if isinstance(node, list) else node


def _write(path: Path, content: bytes) -> None:
    aside = path.with_name(path.name + ".part")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        aside.unlink(missing_ok=True)
