"""A fitted preprocessor -> rows that try an export: ordinary ones, extremes, gaps, unseen categories."""

from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.cells import as_cells
from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.inference.export.column import Column
from nnrecipes.inference.export.columns import columns_of, knots
from nnrecipes.preprocessing.images import ImageState
from nnrecipes.preprocessing.numeric import NumericColumn
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.series import SeriesState
from nnrecipes.preprocessing.text import TextState

ROWS = 512
GAPS = 0.06
"""Share of the rows without a value, column by column, where the run takes such rows."""
FAR = 3.0
"""How many ranges of the training rows beyond their ends the farthest numbers lie."""
STRANGE = ("unseen", "ünseen ☃", " ", "0", "nan", "NULL", "a,b;c\t'd\"")
"""Categories, and words, that no training row has had."""


def probe_frame(preprocessor: Preprocessor, rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Return feature columns, as :func:`nnrecipes.data.schema.prepare` gives them.

    Numbers are such as float32 holds exactly, so that the file and the run see the same ones; but of a column that is
    scaled by its quantiles, whose own values are among them.

    Args:
        preprocessor: Of the run.
        rows: How many.
        seed: Of the draws.
    """
    rng = np.random.default_rng(derive_seed(seed, "probe"))
    owners = {name: state for plan in preprocessor.plan.inputs
              if (state := preprocessor.media_.get(plan.name)) is not None for name in plan.features}  # fmt: skip
    found: dict[str, Any] = {}
    for column in columns_of(preprocessor):
        state = owners.get(column.name)
        if column.kind == "number":
            found[column.name] = _numbers(column, _knots(preprocessor, column.name), _gap_share(preprocessor, column),
                                          rows, rng)  # fmt: skip
        elif column.kind == "category":
            found[column.name] = _categories(column, _gap_share(preprocessor, column), rows, rng)
        elif isinstance(state, TextState):
            found[column.name] = _texts(state, rows, rng)
        elif isinstance(state, ImageState):
            found[column.name] = _images(column, rows, rng)
        elif isinstance(state, SeriesState):
            found[column.name] = _series(column, rows, rng)
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in found.items()})


def file_inputs(columns: list[Column], frame: pd.DataFrame) -> list[dict[str, Array]]:
    """Return the same rows as an exported file takes them, a column a key: a batch for each size of images."""
    shapes: list[Any] = [tuple(column.shape for column in columns)]
    for row in range(len(frame)):
        last = shapes[-1]
        shapes.append(tuple(getattr(frame[column.name].iat[row], "shape", size) if column.kind == "image" else size
                            for column, size in zip(columns, last, strict=True)))  # fmt: skip
    ends = [row for row in range(1, len(frame)) if shapes[row + 1] != shapes[row]]
    parts = zip([0, *ends], [*ends, len(frame)], strict=True)
    return [{column.name: _column(column, shape, frame[column.name].iloc[start:stop])
             for column, shape in zip(columns, shapes[stop], strict=True)} for start, stop in parts]  # fmt: skip


def _column(column: Column, shape: tuple[int, ...], values: pd.Series) -> Array:
    if column.kind == "number":
        return values.to_numpy(np.float64).astype(np.float32).reshape(-1, 1)
    if column.dtype == "string":
        return np.array(["" if value is None else value for value in values]).reshape(-1, 1)
    found = np.full((len(values), *shape), 0 if column.kind == "image" else np.nan, dtype=column.dtype)
    for row, cell in enumerate(values):
        if cell is not None:
            found[row, : len(cell.array)] = cell.array
    return found


def _gap_share(preprocessor: Preprocessor, column: Column) -> float:
    """None where a gap is refused; few where the whole row then has no answer."""
    plan = preprocessor.plan.columns.get(column.name)
    policy = "refuse" if plan is None and column.required else getattr(plan, "missing", "unknown")
    return {"refuse": 0.0, "drop": 0.005}.get(policy, GAPS)


def _knots(preprocessor: Preprocessor, name: str) -> Array | None:
    for features in preprocessor.features_.values():
        feature = features.get(name)
        if isinstance(feature, NumericColumn) and feature.scaler.quantiles is not None:
            return knots(feature.scaler.quantiles)
    return None


def _numbers(column: Column, knots: Array | None, gaps: float, rows: int, rng: np.random.Generator) -> Array:
    low, high = column.range or (-1.0, 1.0)
    width = (high - low) or 1.0
    values = rng.uniform(low, high, rows)
    far = rng.random(rows) < 0.1
    reach = FAR * width
    places = [low, high, low - width, high + width, low - reach, high + reach, np.clip(0.0, low - reach, high + reach)]
    values[far] = rng.choice(places, far.sum())
    values = values.astype(np.float32).astype(np.float64)
    if knots is not None:
        exact = rng.random(rows) < 0.3
        values[exact] = rng.choice(knots, exact.sum())
    values[rng.random(rows) < gaps] = np.nan
    return values


def _categories(column: Column, gaps: float, rows: int, rng: np.random.Generator) -> Array:
    values = np.empty(rows, dtype=object)
    values[:] = rng.choice(np.array(column.levels, dtype=object), rows)
    strange = rng.random(rows) < 0.1
    values[strange] = rng.choice(np.array(STRANGE, dtype=object), strange.sum())
    values[rng.random(rows) < gaps] = None
    return values


def _texts(state: TextState, rows: int, rng: np.random.Generator) -> Array:
    words = [word for word in state.vocabulary if " " not in word] or ["a"]
    glue = "" if state.split == "character" else " "
    values = np.empty(rows, dtype=object)
    for row in range(rows):
        count = int(rng.integers(0, 2 * state.length + 2))
        drawn = rng.choice(words, count).tolist()
        for place in np.flatnonzero(rng.random(count) < 0.2):
            drawn[place] = str(rng.choice([drawn[place].upper(), f"{drawn[place]}!?", *STRANGE]))
        values[row] = glue.join(drawn)
    values[:4] = ["", "   ", "\n\t", None]
    return values


def _images(column: Column, rows: int, rng: np.random.Generator) -> Array:
    """Half of them of the run's own size, half of one that is higher and not as wide."""
    height, width, channels = column.shape
    shapes = [column.shape] * (rows // 2) + [(3 * height // 2 + 1, width // 2 + 1, channels)] * (rows - rows // 2)
    values = as_cells([rng.integers(0, 256, shape).astype(np.uint8) for shape in shapes])
    values[:3] = as_cells([np.full(column.shape, level, np.uint8) for level in (0, 255, 1)])
    values[3] = None
    return values


def _series(column: Column, rows: int, rng: np.random.Generator) -> Array:
    low, high = column.range or (-1.0, 1.0)
    lengths = rng.integers(1, column.shape[0] + 1, rows)
    drawn = [rng.uniform(low, high, length).astype(np.float32).astype(np.float64) for length in lengths]
    for steps in drawn[: rows // 10]:
        steps[rng.random(len(steps)) < 0.2] = np.nan
    values = as_cells(drawn)
    values[:2] = None
    return values
