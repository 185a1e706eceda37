"""Two fits -> what is not byte for byte the same, by name: fitted values, tables, columns of training arrays."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from nnrecipes.audit.result import SHOWN, Leak
from nnrecipes.data.spec import Array, Arrays
from nnrecipes.preprocessing.build import Prepared
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.state import load_state


@dataclass(frozen=True)
class Fit:
    """What a run keeps of its preprocessing, and what its network is trained on.

    Args:
        state: The bytes of ``state.json``.
        tree: The same with the tables of ``tables.npz`` in their places.
        train: The training rows.
        columns: Input -> name of each column of its matrix.
    """

    state: bytes
    tree: Mapping[str, Any]
    train: Arrays
    columns: Mapping[str, tuple[str, ...]]


def take(prepared: Prepared) -> Fit:
    """Save a fitted preprocessor as a run would, read the files back, and take the training arrays with them."""
    with TemporaryDirectory(prefix="nnrecipes-audit-") as folder:
        prepared.preprocessor.save(folder)
        state, tree = (Path(folder) / "state.json").read_bytes(), load_state(folder)
    columns = {spec.name: spec.features for spec in prepared.preprocessor.spec.inputs}
    return Fit(state, tree, prepared.train, columns)


def differences(before: Fit, after: Fit) -> list[Leak]:
    """Name every fitted value, table and training array that is not the same bytes.

    Returns:
        One a column or array; empty when all bytes are the same.
    """
    return [*state_differences(before, after), *array_differences(before, after)]


def state_differences(before: Fit, after: Fit) -> list[Leak]:
    """Name the fitted values and tables that differ, one leak a column."""
    found: dict[str, list[str]] = {}
    for path, old, new in _walk(before.tree, after.tree, ()):
        place, rest = _place(path)
        found.setdefault(place, []).append(f"{rest} {_change(old, new)}" if rest else "")
    if not found and before.state != after.state:
        found["state.json"] = ["other bytes"]
    return [Leak(place, ", ".join(items[:2]) + (" …" if len(items) > 2 else "")) for place, items in found.items()]


def array_differences(before: Fit, after: Fit) -> list[Leak]:
    """Name the training arrays that differ, with the columns of inputs."""
    leaks = []
    if not same(before.train.rows, after.train.rows):
        leaks.append(Leak("training rows", f"{len(before.train.rows):,} -> {len(after.train.rows):,} row ids"))
    for name in dict.fromkeys([*before.train.x, *after.train.x]):
        leaks += _matrix(name, before, after)
    for part in ("y", "weights"):
        old, new = getattr(before.train, part), getattr(after.train, part)
        leaks += [Leak(f"training {part} of output {name!r}", "other bytes") for name in dict.fromkeys([*old, *new])
                  if not same(old.get(name), new.get(name))]  # fmt: skip
    return leaks


def same(old: Array | None, new: Array | None) -> bool:
    """Whether two arrays have the same dtype, shape and bytes.

    Example:
        >>> same(np.array([0.0]), np.array([-0.0])), same(np.array([np.nan]), np.array([np.nan]))
        (False, True)
    """
    if old is None or new is None:
        return old is new
    return old.dtype == new.dtype and old.shape == new.shape and old.tobytes() == new.tobytes()


def listed(names: list[str]) -> str:
    """Return the first five names, and how many there are beyond them."""
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")


def sources(preprocessor: Preprocessor) -> dict[str, tuple[str, ...]]:
    """Input -> the feature that each column of its matrix comes from."""
    spec = {item.name: item for item in preprocessor.spec.inputs}
    found = {}
    for name, features in preprocessor.features_.items():
        widths = [len(feature.names(column)) if hasattr(feature, "names") and callable(feature.names) else 1
                  for column, feature in features.items()]  # fmt: skip
        repeated = tuple(np.repeat(np.array(list(features), dtype=object), widths))
        found[name] = repeated if len(repeated) == len(spec[name].features) else spec[name].features
    return found


def _matrix(name: str, before: Fit, after: Fit) -> list[Leak]:
    old, new = before.train.x.get(name), after.train.x.get(name)
    if same(old, new):
        return []
    if old is None or new is None or old.shape != new.shape or old.dtype != new.dtype:
        shapes = " -> ".join("none" if a is None else f"{a.shape} {a.dtype}" for a in (old, new))
        added = [column for column in after.columns.get(name, ()) if column not in before.columns.get(name, ())]
        return [Leak(f"training x of input {name!r}", shapes + (f", new columns {listed(added)}" if added else ""))]
    rows = np.ascontiguousarray(old).view(f"u{old.itemsize}") != np.ascontiguousarray(new).view(f"u{new.itemsize}")
    flat = rows.reshape(len(rows), -1)
    names = before.columns.get(name, ())
    columns = [names[i] if flat.shape[1] == len(names) else f"column {i}" for i in np.flatnonzero(flat.any(axis=0))]
    moved = int(flat.any(axis=1).sum())
    return [Leak(f"training x of input {name!r}", f"{listed(columns)} ({moved:,} of {len(flat):,} rows)")]


def _walk(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from _walk(old.get(key), new.get(key), (*path, str(key)))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and _nested(old):
        for i, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _walk(one, other, (*path, str(i)))
    elif isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if not same(old, new):
            yield path, old, new
    elif type(old) is not type(new) or json.dumps(old) != json.dumps(new):
        yield path, old, new


def _nested(values: list[Any]) -> bool:
    return any(isinstance(value, dict | list | np.ndarray) for value in values)


def _place(path: tuple[str, ...]) -> tuple[str, str]:
    """Put a place of the state in words: its column or target, and what of it."""
    if path[0] == "features" and len(path) > 2:
        return f"column {path[2]!r} (input {path[1]!r})", ".".join(path[3:])
    if path[0] == "targets" and len(path) > 1:
        return f"target {path[1]!r}", ".".join(path[2:])
    return path[0], ".".join(path[1:])


def _change(old: object, new: object) -> str:
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and old.shape == new.shape:
        return f"{int((old != new).sum()):,} of {old.size:,} numbers"
    return f"{_shown(old)} -> {_shown(new)}"


def _shown(value: object) -> str:
    if isinstance(value, np.ndarray):
        return " x ".join(map(str, value.shape))
    if isinstance(value, list):
        return f"{len(value)} {'values' if len(value) != 1 else 'value'}"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 24 else text[:23] + "…"
