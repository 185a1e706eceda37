"""Codes of the training rows, kept in a run: what an image is searched in, and what errors are usual."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array
from nnrecipes.errors import RunError
from nnrecipes.runs.files import replacing

INDEX = "index.npz"
"""The file in a run's folder."""
BLOCK = 1_000_000  # numbers of a distance matrix: 8 MB


@dataclass(frozen=True, eq=False)
class CodeIndex:
    """What a run keeps of its rows.

    Args:
        codes: Of the training rows, float32 ``(rows, length)``.
        rows: Their ids, int64 ``(rows,)``.
        labels: Their labels as text, ``(rows,)``; empty where the recipe has no label.
        errors: Errors of the validation rows, rising, float64.
    """

    codes: Array
    rows: Array
    labels: Array
    errors: Array

    def nearest(self, codes: Array, k: int) -> pd.DataFrame:
        """Return the ``k`` nearest rows of each code: ``query``, ``rank``, ``row_id``, ``label``, ``distance``.

        Args:
            codes: ``(queries, length)``.
            k: Neighbours of each; distances are Euclidean.
        """
        found = [self._block(codes[start : start + self._step], k) for start in range(0, len(codes), self._step)]
        places, distances = (np.concatenate(parts) for parts in zip(*found, strict=True))
        queries, each = places.shape
        query, rank = np.repeat(np.arange(queries), each), np.tile(np.arange(1, each + 1), queries)
        frame = pd.DataFrame({"query": query, "rank": rank, "row_id": self.rows[places.ravel()]})
        if len(self.labels):
            frame["label"] = self.labels[places.ravel()]
        return frame.assign(distance=distances.ravel())

    @property
    def _step(self) -> int:
        return max(1, BLOCK // max(len(self.codes), 1))

    def _block(self, codes: Array, k: int) -> tuple[Array, Array]:
        own, others = codes.astype(np.float64), self.codes.astype(np.float64)
        squared = (own**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * own @ others.T
        k = min(k, len(others))
        near = np.argpartition(squared, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(squared, near, axis=1), axis=1, kind="stable")
        places = np.take_along_axis(near, order, axis=1)
        return places, np.sqrt(np.maximum(np.take_along_axis(squared, places, axis=1), 0.0))

    def save(self, path: Path) -> None:
        """Write one npz file, whole or not at all."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, codes=self.codes, rows=self.rows, labels=self.labels,
                            errors=self.errors)  # fmt: skip
        with replacing(path) as aside:
            aside.write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> "CodeIndex":
        """Read it back.

        Raises:
            RunError: The file is not there or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(file["codes"], file["rows"], file["labels"], file["errors"])
        except (OSError, ValueError, KeyError) as error:
            raise RunError(f"{path}: expected the codes of the training rows. Received: {error}.") from None
