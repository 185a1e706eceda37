"""One row enrols a builder in every test under tests/conformance."""

from dataclasses import dataclass

import numpy as np

from nnrecipes.config.model import (
    BranchConfig,
    FunctionalConfig,
    LayersConfig,
    ModelConfig,
    MultiOutputConfig,
    SequentialConfig,
)
from nnrecipes.config.names import complete
from nnrecipes.data.spec import Arrays, DataSpec, InputSpec, TargetSpec

LOSSES = {
    "value": "mean_squared_error",
    "binary": "binary_crossentropy",
    "index": "sparse_categorical_crossentropy",
    "one_hot": "categorical_crossentropy",
    "multi_hot": "binary_crossentropy",
}
NUMBERS = InputSpec("numbers", "tabular", ("a", "b", "c", "d"))
CODES = InputSpec("codes", "categorical", ("city", "colour"), (12, 5))
VALUE = TargetSpec("price", "price", "regression", "linear", "value")
BINARY = TargetSpec("late", "late", "binary", "sigmoid", "binary", ("no", "yes"))
CLASSES = TargetSpec("kind", "kind", "multiclass", "softmax", "index", ("x", "y", "z"), 3)
ONE_HOT = TargetSpec("kind", "kind", "multiclass", "softmax", "one_hot", ("x", "y", "z"), 3)
LABELS = TargetSpec("tags", "tags", "multilabel", "sigmoid", "multi_hot", ("hot", "new"), 2)


@dataclass(frozen=True, eq=False)
class Case:
    name: str
    config: ModelConfig
    inputs: tuple[InputSpec, ...]
    targets: tuple[TargetSpec, ...]

    @property
    def spec(self) -> DataSpec:
        return DataSpec(self.inputs, self.targets)

    def arrays(self, rows: int, seed: int = 0) -> Arrays:
        rng = np.random.default_rng(seed)
        x = {item.name: _inputs(item, rows, rng) for item in self.inputs}
        y = {target.output: _labels(target, rows, rng) for target in self.targets}
        return Arrays(x, y, np.arange(rows))

    def compile_keywords(self) -> dict[str, object]:
        return {
            "losses": {item.output: {"kind": LOSSES[item.labels]} for item in self.targets},
            "labels": {item.output: item.labels for item in self.targets},
        }


def _inputs(item: InputSpec, rows: int, rng: np.random.Generator) -> np.ndarray:
    if item.kind == "tabular":
        return rng.normal(size=(rows, *item.shape)).astype("float32")
    pairs = rng.permutation(np.arange(rows) % np.prod(item.cardinalities))  # no two of the first rows are alike
    return np.column_stack(np.unravel_index(pairs, item.cardinalities)).astype("int32")


def _labels(target: TargetSpec, rows: int, rng: np.random.Generator) -> np.ndarray:
    if target.labels == "value":
        return rng.normal(size=(rows, 1)).astype("float32")
    if target.labels == "index":
        return rng.integers(0, target.units, rows).astype("int32")
    if target.labels == "one_hot":
        return np.eye(target.units, dtype="float32")[rng.integers(0, target.units, rows)]
    return rng.integers(0, 2, (rows, target.units)).astype("float32")


def _layers(*layers: object) -> LayersConfig:
    return LayersConfig(layers=tuple(complete("layers", layer) for layer in layers))


DENSE = {"kind": "Dense", "units": 32, "activation": "relu"}
CASES = (
    Case("sequential", SequentialConfig(hidden_units=(32, 16), dropout=0.05), (NUMBERS,), (VALUE,)),
    Case("sequential-batch-norm", SequentialConfig(batch_norm=True, l2=1e-6), (NUMBERS,), (BINARY,)),
    Case("layers", _layers(DENSE, {"kind": "GaussianNoise", "stddev": 0.02}, DENSE), (NUMBERS,), (ONE_HOT,)),
    Case(
        "layers-embedding",
        _layers({"kind": "Embedding", "input_dim": 12, "output_dim": 8}, "Flatten", DENSE),
        (CODES,),
        (BINARY,),
    ),
    Case(
        "functional",
        FunctionalConfig(branches={"numbers": BranchConfig(hidden_units=(16,))}, dropout=0.05),
        (NUMBERS, CODES),
        (LABELS,),
    ),
    Case("functional-heads", FunctionalConfig(trunk_units=(32, 32)), (NUMBERS, CODES), (VALUE, CLASSES)),
    Case("multi_output", MultiOutputConfig(head_units=(16,)), (NUMBERS,), (VALUE, CLASSES)),
)
