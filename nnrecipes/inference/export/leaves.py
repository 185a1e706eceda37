"""The tensors that an export begins with: one a column, or all numbers and all codes in a matrix each (packed).

The files that users get have one input a column. The file from which the run itself answers is packed, as handing
over a hundred inputs costs more than a small network, and has numbers as float64, so that none loses a digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from nnrecipes.inference.export.column import Column
from nnrecipes.inference.export.names import CODES, NUMBERS
from nnrecipes.preprocessing.numeric import NumericColumn
from nnrecipes.preprocessing.preprocessor import Preprocessor

DTYPES = {"number": "float32", "series": "float32", "category": "int32", "image": "uint8"}
Form = tuple[tuple[int | None, ...], str]
"""Shape of a row and dtype of a tensor."""


@dataclass(frozen=True)
class Leaves:
    """The columns as tensors.

    Args:
        tensors: Column -> tensor ``(batch, *shape)``: float32 numbers, int32 codes, uint8 pixels. Of a text input, the
            input's name -> ids ``(batch, length)`` or, with TF-IDF weights, counts of the tokens ``(batch, tokens)``.
            Where they are packed: a matrix of numbers, one of codes, and images, texts and series as the network takes
            them.
        packed: Name of a matrix -> the columns in it; None where nothing is packed.
    """

    tensors: dict[str, Any]
    packed: dict[str, tuple[str, ...]] | None = None

    def numbers(self, columns: Sequence[str]) -> Any:
        """Return numbers side by side, ``(batch, columns)``."""
        return self._beside(NUMBERS, columns)

    def codes(self, columns: Sequence[str]) -> Any:
        """Return codes side by side, ``(batch, columns)``."""
        return self._beside(CODES, columns)

    def _beside(self, matrix: str, columns: Sequence[str]) -> Any:
        if self.packed is None:
            return beside([self.tensors[name] for name in columns])
        inside, whole = self.packed[matrix], self.tensors[matrix]
        if tuple(columns) == inside:
            return whole
        return ops.take(whole, [inside.index(name) for name in columns], axis=1)


def single_leaves(columns: Sequence[Column], texts: dict[str, Form]) -> Leaves:
    """Return an input a column; texts come by input, in the forms that are told."""
    forms: dict[str, Form] = {c.name: (c.taken, DTYPES[c.kind]) for c in columns if c.kind != "text"}
    return Leaves(_inputs(forms | texts))


def packed_leaves(preprocessor: Preprocessor) -> Leaves:
    """Return a matrix of all numbers, float64, one of all codes, and every other input of the network as it is."""
    packed = packed_columns(preprocessor)
    dtypes = {NUMBERS: "float64", CODES: "int32"}
    forms: dict[str, Form] = {matrix: ((len(names),), dtypes[matrix]) for matrix, names in packed.items()}
    media = [item for item in preprocessor.spec.inputs if item.name in preprocessor.media_]
    return Leaves(_inputs(forms | {item.name: (item.shape, item.dtype) for item in media}), packed)


def packed_columns(preprocessor: Preprocessor) -> dict[str, tuple[str, ...]]:
    """Return matrix -> its columns, of the matrices that have any."""
    features = {name: feature for group in preprocessor.features_.values() for name, feature in group.items()}
    numbers = tuple(name for name, feature in features.items() if isinstance(feature, NumericColumn))
    codes = tuple(name for name in features if name not in numbers)
    return {matrix: names for matrix, names in ((NUMBERS, numbers), (CODES, codes)) if names}


def _inputs(forms: dict[str, Form]) -> dict[str, Any]:
    return {name: keras.Input(shape, dtype=dtype, name=f"in_{place}")
            for place, (name, (shape, dtype)) in enumerate(forms.items())}  # fmt: skip


def beside(tensors: Sequence[Any]) -> Any:
    """Return matrices side by side."""
    return tensors[0] if len(tensors) == 1 else ops.concatenate(list(tensors), axis=1)
