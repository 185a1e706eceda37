"""Vectors of a recipe's rows with their identities: what a query is compared with; ``gallery.npz`` in the run."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, DataSpec, TargetSpec
from nnrecipes.errors import DataError, RunError
from nnrecipes.evaluation.verification import unit_rows
from nnrecipes.runs.files import replacing

BLOCK = 1024  # queries


@dataclass(frozen=True, eq=False)
class Gallery:
    """Rows to search in.

    Args:
        vectors: Of length 1, float32 ``(rows, width)``.
        identities: Name a row, ``(rows,)``.
        rows: Row ids, int64 ``(rows,)``.
        sets: ``train``, ``validation`` or ``test`` a row.
    """

    vectors: Array
    identities: Array
    rows: Array
    sets: Array


def gallery_of(vectors: Mapping[str, Array], rows: Mapping[str, Array], identities: pd.Series) -> Gallery:
    """Return the gallery of all sets.

    Args:
        vectors: Set -> the network's vectors ``(rows, width)``.
        rows: Set -> row ids.
        identities: Name a row; the index is the row id.
    """
    sets = [name for name in vectors if len(rows[name])]
    ids = np.concatenate([rows[name] for name in sets])
    return Gallery(
        np.concatenate([vectors[name] for name in sets]).astype(np.float32),
        identities.loc[pd.Index(ids)].to_numpy().astype(str),
        ids.astype(np.int64),
        np.concatenate([np.full(len(rows[name]), name) for name in sets]),
    )


def write_gallery(path: Path, gallery: Gallery) -> None:
    """Write the file, aside and renamed."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **vars(gallery))
    with replacing(path) as aside:
        aside.write_bytes(buffer.getvalue())


def read_gallery(path: Path) -> Gallery:
    """Return the gallery that :func:`write_gallery` wrote.

    Raises:
        RunError: There is no such file, or it is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return Gallery(**{name: archive[name] for name in ("vectors", "identities", "rows", "sets")})
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise RunError(f"{path}: expected the gallery of a siamese run. Received: {error}") from None


def search(gallery: Gallery, queries: Array, k: int, *, name: str = "identity") -> pd.DataFrame:
    """Return the ``k`` nearest rows of each query, the nearest first.

    Args:
        gallery: Where to search.
        queries: Vectors ``(queries, width)``; a row that is not finite finds nothing.
        k: Rows a query; all where there are fewer.
        name: What the column of identities is called.

    Returns:
        ``query`` (its place), ``rank`` (from 1), the identity, ``row_id``, ``set`` and ``similarity`` (cosine).

    Raises:
        DataError: ``k`` is below 1.

    Example:
        >>> faces = Gallery(np.eye(2), np.array(["ann", "bob"]), np.array([7, 8]), np.array(["train", "test"]))
        >>> search(faces, np.array([[0.6, 0.8]]), 1).to_dict("records")
        [{'query': 0, 'rank': 1, 'identity': 'bob', 'row_id': 8, 'set': 'test', 'similarity': 0.8}]
    """
    if k < 1:
        raise DataError(f"k: expected a number above 0. Received: {k}.")
    asked = np.flatnonzero(np.isfinite(queries).all(axis=1))
    most = min(k, len(gallery.rows))
    parts = [_nearest(gallery, queries[asked[start : start + BLOCK]], most) for start in range(0, len(asked), BLOCK)]
    none = np.empty((0, most))
    places = np.concatenate([part[0] for part in parts] or [none]).ravel().astype(np.int64)
    cosines = np.concatenate([part[1] for part in parts] or [none]).ravel()
    return pd.DataFrame({
        "query": np.repeat(asked, most), "rank": np.tile(np.arange(1, most + 1), len(asked)),
        name: gallery.identities[places].astype(object), "row_id": gallery.rows[places],
        "set": gallery.sets[places].astype(object), "similarity": cosines,
    })  # fmt: skip


def identity_target(spec: DataSpec) -> TargetSpec:
    """Return the identity target of a run.

    Raises:
        RunError: The run has none.
    """
    if spec.targets and spec.targets[0].task == "identity":
        return spec.targets[0]
    tasks = ", ".join(f"{target.name} ({target.task})" for target in spec.targets)
    raise RunError(f"run: expected one with an identity target (model.kind: siamese). Received: {tasks or 'none'}.")


def paired_cosines(a: Array, b: Array) -> Array:
    """Return the cosine of each row of ``a`` and the row of ``b`` beside it, ``(rows,)``; one row is for all.

    Raises:
        DataError: Their numbers of rows differ and neither is 1.

    Example:
        >>> paired_cosines(np.eye(2), np.array([[0.0, 2.0]])).tolist()
        [0.0, 1.0]
    """
    if len(a) != len(b) and 1 not in (len(a), len(b)):
        raise DataError(f"similarity: expected as many rows in b as in a, or one. Received: {len(a)} and {len(b)}.")
    return np.asarray((unit_rows(a) * unit_rows(b)).sum(axis=1))


def _nearest(gallery: Gallery, queries: Array, k: int) -> tuple[Array, Array]:
    cosines = unit_rows(queries) @ gallery.vectors.astype(np.float64).T
    places = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return places, np.take_along_axis(cosines, places, axis=1)
