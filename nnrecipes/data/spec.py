"""The waist between data and models: names, shapes, dtypes and classes of a network's inputs and targets."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nnrecipes.config.inputs import InputKind
from nnrecipes.config.outputs import Labels
from nnrecipes.config.targets import Task

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class InputSpec:
    """One named input of the network.

    Args:
        name: The input layer's name.
        kind: One of the kinds below.
        features: Name of each column of a matrix, of each image of a row, text column or channel.
        cardinalities: Of a categorical input, the number of codes of each column; code 0 is unseen or missing. Of a
            tabular one with columns of codes, the same, and 0 of columns of numbers. Of a text, the number of ids.
        row_shape: The shape of one row of an image, text or series.
        one_hot: Of a tabular input with categories as one-hot columns, for each column the number of its category, from
            1, or 0 for a number; empty where all are numbers.
        bins: Of a tabular input whose numbers are to have piecewise-linear embeddings, the rising edges of the bins of
            each column; empty of a column without bins.

    | kind | array |
    |---|---|
    | tabular | float32 ``(rows, features)`` |
    | categorical | int32 ``(rows, columns)`` |
    | image | uint8 ``(rows, height, width, channels)``, of several a row ``(rows, images, height, width, channels)`` |
    | text | ids, int32 ``(rows, length)``; or ids with TF-IDF weights, float32 ``(rows, length, 2)`` |
    | series | float32 ``(rows, length, channels + 1)``; the last channel is 1 where there is a step |

    Of the last three, a row that is 0 throughout is one without an image, text or series.
    """

    name: str
    kind: InputKind
    features: tuple[str, ...]
    cardinalities: tuple[int, ...] = ()
    row_shape: tuple[int, ...] = ()
    one_hot: tuple[int, ...] = ()
    bins: tuple[tuple[float, ...], ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.row_shape or (len(self.features),)

    @property
    def dtype(self) -> str:
        """The dtype of the array: ``float32``, ``int32`` or ``uint8``."""
        if self.kind == "image":
            return "uint8"
        return "int32" if self.kind == "categorical" or (self.kind == "text" and len(self.shape) == 1) else "float32"


@dataclass(frozen=True)
class TargetSpec:
    """One target: what the head of the network must be, and what its numbers mean.

    Args:
        name: The target as the recipe calls it; it names predictions and metrics.
        output: The output layer's name.
        task: ``regression``, ``binary``, ``multiclass``, ``multilabel`` or ``identity``.
        activation: The head's activation.
        labels: The form of the labels: ``value`` and ``binary`` are float32 ``(rows, 1)``, ``index`` is int32
            ``(rows,)``, ``one_hot`` and ``multi_hot`` are float32 ``(rows, classes)``.
        classes: Class names in the order of the outputs; of a binary target the second one is the positive class; of
            a multilabel target the names of the labels; of an identity target those of the training rows. Empty for
            regression.
        units: Number of units of the head; 0 of an identity target, whose width is the model's affair.
        quantiles: Levels of the quantiles that the head of a regression target gives; empty where it gives a number.
        limits: Of a regression target, the least and the greatest label of the training rows, as the loss takes them.
    """

    name: str
    output: str
    task: Task
    activation: str
    labels: Labels
    classes: tuple[str, ...] = ()
    units: int = 1
    quantiles: tuple[float, ...] = ()
    limits: tuple[float, ...] = ()


@dataclass(frozen=True)
class DataSpec:
    """All that models know of the data."""

    inputs: tuple[InputSpec, ...]
    targets: tuple[TargetSpec, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers, as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "DataSpec":
        """Return the spec that :meth:`to_dict` described."""
        tuples = {"features", "one_hot", "cardinalities", "row_shape", "classes", "quantiles", "limits", "bins"}

        def plain(row: dict[str, Any]) -> dict[str, Any]:
            found = {key: tuple(value) if key in tuples else value for key, value in row.items()}
            return {**found, "bins": tuple(map(tuple, row["bins"]))} if "bins" in row else found

        inputs = tuple(InputSpec(**plain(row)) for row in values["inputs"])
        return cls(inputs, tuple(TargetSpec(**plain(row)) for row in values["targets"]))


@dataclass(frozen=True)
class Arrays:
    """One set of rows as the network takes them.

    Args:
        x: Input name -> array ``(rows, ...)``.
        y: Output name -> labels ``(rows, ...)`` in the form that the target's spec names.
        rows: Row ids, int64 ``(rows,)``.
        weights: Output name -> float32 ``(rows,)`` sample weights; empty where all rows weigh 1.
        together: In an epoch's order so many rows of one identity stand side by side; 0 leaves it to chance.
    """

    x: dict[str, Array]
    y: dict[str, Array]
    rows: Array
    weights: dict[str, Array] = field(default_factory=dict)
    together: int = 0

    def __len__(self) -> int:
        return len(self.rows)


class Blocks(Protocol):
    """Training rows that do not stay in memory: they come in blocks, anew in each epoch."""

    @property
    def few(self) -> Arrays:
        """One training row or more, by which a network is built."""
        ...

    def __len__(self) -> int:
        """How many rows an epoch has."""
        ...

    def epoch(self, seed: int, epoch: int, batch_size: int, *, shuffle: bool = True) -> Iterator[Arrays]:
        """Yield the rows of an epoch once; all blocks but the last one have equally many, in whole batches."""
        ...


def derive_seed(seed: int, purpose: str, epoch: int = 0) -> int:
    """Return a seed below 2**31 for one purpose and epoch: every random choice of a run comes from here.

    Example:
        >>> derive_seed(0, "split") == derive_seed(0, "split"), derive_seed(0, "split") == derive_seed(1, "split")
        (True, False)
    """
    words = np.frombuffer(purpose.encode("utf-8"), dtype=np.uint8).astype(np.uint32).tolist()
    return int(np.random.SeedSequence([seed, epoch, *words]).generate_state(1)[0] >> 1)
