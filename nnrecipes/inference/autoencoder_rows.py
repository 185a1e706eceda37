"""What a user calls rows (a file, a frame, images in an array) -> what an autoencoder takes, and answers as columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.data import ArraysSource, IdxSource, ImagesSource
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.batches import read_batches
from nnrecipes.data.cells import as_cells
from nnrecipes.data.parse import as_text
from nnrecipes.data.read import read_table
from nnrecipes.data.schema import prepare
from nnrecipes.data.spec import Array, InputSpec
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError
from nnrecipes.inference.rows import answerable, source_of
from nnrecipes.preprocessing.categorical import Levels
from nnrecipes.preprocessing.features import feature_levels
from nnrecipes.preprocessing.numeric import NumericColumn
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.reconstruction import PIXELS, column_groups
from nnrecipes.preprocessing.scaling import unscale
from nnrecipes.preprocessing.series import SeriesState


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows.

    Args:
        inputs: As the network takes them, of the rows that can be answered.
        answered: Which rows can, bool ``(rows,)``; those that a ``missing: drop`` policy leaves out cannot.
        labels: The label of each answered row as text or numbers, where the rows have one.
        files: The file of each row, answered or not, where the rows are a folder or an archive of images.
    """

    inputs: Array
    answered: Array
    labels: Array | None = None
    files: Array | None = None


def blocks_of(data: Any, preprocessor: Preprocessor, config: RecipeConfig, rows: int | None = None) -> Iterator[Block]:
    """Yield the rows of ``data``, all at once or ``rows`` at a time.

    Args:
        data: A DataFrame, a mapping of columns, a CSV or Parquet file, a folder or zip archive of images, IDX files, or
            an array: images ``(rows, height, width)`` or with channels, uint8 or numbers from 0 to 1; series
            ``(rows, length)`` or with channels; rows of a table.
        preprocessor: Of the run.
        config: The recipe.
        rows: Of a block.

    Raises:
        DataError: The rows are not such as the network was trained on.
    """
    spec = preprocessor.spec.inputs[0]
    if isinstance(data, np.ndarray) and spec.kind == "image":
        inputs = _pixels(data, spec)
        yield Block(inputs, np.ones(len(inputs), dtype=bool))
        return
    if isinstance(data, np.ndarray):
        data = _columns(data, preprocessor)
    images = isinstance(data, str | Path) and isinstance(source_of(data, preprocessor.schema), ImagesSource)
    for table in _tables(data, preprocessor, rows):
        frame = prepare(table, preprocessor.schema)
        answered = answerable(frame, preprocessor.schema, config)
        labels = _labels(table.frame, config)
        files = table.frame["file"].to_numpy() if images and "file" in table.frame else None
        yield Block(preprocessor.transform(frame[answered])[spec.name], answered,
                    None if labels is None else labels[answered], files)  # fmt: skip


def rebuilt_frame(made: Array, preprocessor: Preprocessor) -> pd.DataFrame:
    """Return what was rebuilt as columns: of a table its own, numbers in their own unit and the likeliest categories.

    Images become ``pixel_0``, ... from 0 to 1, series ``step_0``, ... in their own unit.
    """
    spec = preprocessor.spec.inputs[0]
    if spec.kind == "tabular":
        return table_of(made, preprocessor)
    values = unscaled(made, preprocessor)
    name = "pixel" if spec.kind == "image" else "step"
    flat = values.reshape(len(values), -1)
    return pd.DataFrame(flat, columns=[f"{name}_{i}" for i in range(flat.shape[1])])


def unscaled(made: Array, preprocessor: Preprocessor) -> Array:
    """Return rebuilt series in their own unit; images stay as they are, from 0 to 1."""
    state = preprocessor.media_.get(preprocessor.spec.inputs[0].name)
    if not isinstance(state, SeriesState):
        return made
    return np.stack([unscale(made[..., i], scaler) for i, scaler in enumerate(state.scalers)], axis=-1)


def table_of(made: Array, preprocessor: Preprocessor) -> pd.DataFrame:
    """Return a rebuilt table with the columns of the features.

    Raises:
        DataError: A column's scale has no inverse.
    """
    spec = preprocessor.spec.inputs[0]
    groups = {start: stop for group, start, stop in column_groups(spec.one_hot or (0,) * made.shape[1]) if group}
    columns: dict[str, Any] = {}
    start = 0
    for name, feature in preprocessor.features_[spec.name].items():
        width = 1 if isinstance(feature, Levels) else len(feature.names(name))
        part, levels = made[:, start : start + width], feature_levels(feature)
        if isinstance(feature, NumericColumn):
            columns[name] = unscale(part[:, 0], feature.scaler)
        elif start in groups and levels is not None:
            columns[name] = np.array([label.partition("=")[2] for label in spec.features[start : start + width]],
                                     dtype=object)[part.argmax(axis=1)]  # fmt: skip
        else:
            columns[name] = part[:, 0]
        start += width
    return pd.DataFrame(columns)


def _tables(data: Any, preprocessor: Preprocessor, rows: int | None) -> Iterator[Table]:
    if isinstance(data, str | Path) and _is_idx(Path(data)):
        return iter([read_table(IdxSource(images=(str(Path(data).expanduser().absolute()),)))])
    source = source_of(data, preprocessor.schema)
    if isinstance(source, ArraysSource):
        return iter([read_table(source, data)])
    if rows is None or isinstance(source, ImagesSource):
        return iter([read_table(source)])
    return read_batches(source, rows)


def _is_idx(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(("ubyte", ".idx"))


def _labels(frame: pd.DataFrame, config: RecipeConfig) -> Array | None:
    if not config.targets or (name := next(iter(config.targets))) not in frame:
        return None
    if config.targets[name].task == "regression":
        return pd.to_numeric(frame[name]).to_numpy(dtype=np.float64)
    text = pd.Series(as_text(frame[name]), dtype=object)
    return None if text.isna().any() else text.to_numpy(dtype=str)


def _pixels(images: Array, spec: InputSpec) -> Array:
    """Images in an array -> pixels from 0 to 255, ``(rows, *shape)``."""
    shape = spec.shape
    if images.shape in {shape, shape[:-1]} and not (len(shape) == 3 and images.shape[1:] == shape[:-1]):
        images = images[None]
    if images.shape[1:] == shape[:-1] and shape[-1] == 1:
        images = images[..., None]
    if images.shape[1:] != shape:
        raise DataError(f"data: expected images of shape {shape}. Received: an array of shape {images.shape}.")
    if images.dtype == np.uint8:
        return images
    if len(images) and not (np.nanmin(images) >= 0 and np.nanmax(images) <= 1):
        received = f"numbers from {np.nanmin(images):g} to {np.nanmax(images):g}"
        raise DataError(f"data: expected uint8 pixels, or numbers from 0 to 1. Received: {received}.")
    return np.asarray(images * PIXELS, dtype=np.float32)


def _columns(values: Array, preprocessor: Preprocessor) -> pd.DataFrame:
    """Rows in an array -> the columns of the training table."""
    spec, names = preprocessor.spec.inputs[0], list(preprocessor.schema.columns)
    state = preprocessor.media_.get(spec.name)
    if isinstance(state, SeriesState) and state.layout == "channels":
        channels = values[..., None] if values.ndim == 2 else values
        return pd.DataFrame({name: as_cells(channels[..., i]) for i, name in enumerate(names)})
    flat = values.reshape(len(values), -1)
    if flat.shape[1] != len(names):
        raise DataError(f"data: expected {len(names)} numbers a row. Received: an array of shape {values.shape}.")
    return pd.DataFrame(flat, columns=names)
