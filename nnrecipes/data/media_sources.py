"""Folders of images, IDX files and files of lines -> tables."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from nnrecipes.config.data import IdxSource, ImagesSource, LinesSource
from nnrecipes.data.cells import as_cells
from nnrecipes.data.header import bad_encoding, existing_file
from nnrecipes.data.idx import read_idx
from nnrecipes.data.images import list_images
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError


def read_images(source: ImagesSource) -> Table:
    """Return a row an image: ``image``, ``label`` and ``file``.

    Raises:
        DataError: Nothing there, or no image in it.
    """
    place = Path(source.path)
    files = list_images(place)
    labels = [Path(name).parent.name or None for name in files]
    paths = [str(place.absolute() / name) for name in files]
    frame = pd.DataFrame({"image": paths, "label": labels, "file": files}, dtype=object)
    return Table(frame, place.name, sha256=hashlib.sha256("\n".join(files).encode()).hexdigest())


def read_idx_files(source: IdxSource) -> Table:
    """Return a row an array of the IDX files: ``image``, and ``label`` where the source has labels.

    Raises:
        DataError: A file that is no IDX file, or not a label an image.
    """
    files = [existing_file(path) for path in (*source.images, *source.labels)]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    arrays = [read_idx(file) for file in files[: len(source.images)]]
    if any(array.ndim < 2 for array in arrays):
        raise DataError("data.source.images: expected IDX files of images or series. Received: one number a row.")
    columns = {"image": as_cells(row for array in arrays for row in array)}
    if source.labels:
        labels = [read_idx(file) for file in files[len(source.images) :]]
        if any(array.ndim != 1 for array in labels):
            raise DataError("data.source.labels: expected IDX files of one number a row. Received: several.")
        columns["label"] = np.concatenate(labels)
        if len(columns["label"]) != len(columns["image"]):
            counts = f"{len(columns['image']):,} images and {len(columns['label']):,} labels"
            raise DataError(f"data.source: expected a label for each image. Received: {counts}.")
    return Table(pd.DataFrame(columns), files[0].name, sha256=digest.hexdigest())


def read_lines(source: LinesSource) -> Table:
    """Return a row a line that is not blank: ``text``, and ``label``, the name of its file in the recipe.

    Raises:
        DataError: A file that is not there, or not in the encoding.
    """
    digest = hashlib.sha256()
    texts: list[str] = []
    labels: list[str] = []
    for label, path in source.files.items():
        file = existing_file(path)
        content = file.read_bytes()
        digest.update(content)
        try:
            lines = content.decode(source.encoding).removeprefix("\ufeff").split("\n")
        except UnicodeError as error:
            raise DataError(bad_encoding(file.name, content, error)) from None
        found = [line.strip() for line in lines if line.strip()]
        texts += found
        labels += [label] * len(found)
    names = ", ".join(Path(path).name for path in source.files.values())
    frame = pd.DataFrame({"text": texts, "label": labels}, dtype=object)
    return Table(frame, names, sha256=digest.hexdigest())
