"""What a preprocessor is asked to do, in plain values: a plan a column, an input and a target."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nnrecipes.config.inputs import InputKind
from nnrecipes.config.outputs import Labels
from nnrecipes.config.preprocessing import CategoricalMissing, Encode, NumericMissing, Scale
from nnrecipes.config.targets import TargetScale, Task


@dataclass(frozen=True)
class NumericPlan:
    """The keywords of :func:`~nnrecipes.preprocessing.numeric.fit_numeric`."""

    missing: NumericMissing = "refuse"
    fill_value: float = 0.0
    scale: Scale = "standard"
    quantile_bins: int = 0
    distinct_bins: int = 0
    target_bins: int = 0


@dataclass(frozen=True)
class CategoricalPlan:
    """The keywords of :func:`~nnrecipes.preprocessing.encoding.fit_categorical`."""

    missing: CategoricalMissing = "refuse"
    fill_value: str = "missing"
    encode: Encode = "one_hot"
    scale: Scale = "standard"
    smoothing: float = 10.0
    min_samples_leaf: int = 20
    folds: int = 5
    prior_weight: float = 1.0


@dataclass(frozen=True)
class InputPlan:
    """A named input of the network: its columns, and of an image, text or series the keywords of its fit."""

    name: str
    features: tuple[str, ...]
    kind: InputKind = "tabular"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TargetPlan:
    """One target.

    Args:
        name: The target.
        output: The output layer's name.
        task: ``regression``, ``binary``, ``multiclass``, ``multilabel`` or ``identity``.
        activation: The head's activation.
        labels: The form of the labels.
        columns: The target's columns; its name by default.
        positive: Of a binary target, the class that comes second.
        scale: Of a regression target.
        quantiles: Likewise, the levels to predict.
    """

    name: str
    output: str
    task: Task
    activation: str
    labels: Labels
    columns: tuple[str, ...] = ()
    positive: str | None = None
    scale: Scale | TargetScale = "standard"
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All that a preprocessor needs beside the schema.

    Args:
        inputs: The inputs.
        targets: The targets.
        columns: Feature -> its plan; a feature without one has the defaults of its type.
        encode_target: The target that target and CatBoost encoding average.
        seed: The recipe's seed.
    """

    inputs: tuple[InputPlan, ...]
    targets: tuple[TargetPlan, ...]
    columns: dict[str, NumericPlan | CategoricalPlan] = field(default_factory=dict)
    encode_target: str | None = None
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers, as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Plan":
        """Return the plan that :meth:`to_dict` described."""
        inputs = tuple(InputPlan(**{**row, "features": tuple(row["features"])}) for row in state["inputs"])
        tuples = ("columns", "quantiles")
        rows: list[dict[str, Any]] = [
            {name: tuple(value) if name in tuples else value for name, value in row.items()} for row in state["targets"]
        ]
        targets = tuple(TargetPlan(**row) for row in rows)
        columns = {
            name: CategoricalPlan(**row) if "encode" in row else NumericPlan(**row)
            for name, row in state["columns"].items()
        }
        return cls(inputs, targets, columns, state["encode_target"], state["seed"])
