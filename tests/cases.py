"""One row enrols a builder in every test under tests/conformance."""

from dataclasses import dataclass

import numpy as np

from nnrecipes.config.autoencoder import (
    DenoisingAutoencoderConfig,
    DenseAutoencoderConfig,
    VariationalAutoencoderConfig,
)
from nnrecipes.config.branches import (
    AugmentationConfig,
    Conv1DBranch,
    ConvBranch,
    DenseBranch,
    ResidualBranch,
    TransformerBranch,
    WeightedBranch,
)
from nnrecipes.config.model import (
    LayersConfig,
    ModelConfig,
    MultimodalConfig,
    MultiOutputConfig,
    SequentialConfig,
    SiameseConfig,
    TabularConfig,
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
TABLE = InputSpec("table", "tabular", ("a", "city", "b"), (0, 12, 0), bins=((-2.0, 0.0, 0.5, 2.0), (), (-1.0, 1.0)))
CODES = InputSpec("codes", "categorical", ("city", "colour"), (12, 5))
PHOTO = InputSpec("photo", "image", ("photo",), row_shape=(8, 6, 3))
ROOMS = InputSpec("rooms", "image", ("bath", "bed"), row_shape=(2, 8, 8, 1))
TEXT = InputSpec("text", "text", ("text",), (30,), (7,))
WEIGHTED = InputSpec("weighted", "text", ("text",), (30,), (7, 2))
SERIES = InputSpec("beat", "series", ("mv", "mm"), row_shape=(9, 3))
VALUE = TargetSpec("price", "price", "regression", "linear", "value")
QUANTILES = TargetSpec("cost", "cost", "regression", "linear", "value", units=3, quantiles=(0.4, 0.5, 0.6))
BINARY = TargetSpec("late", "late", "binary", "sigmoid", "binary", ("no", "yes"))
CLASSES = TargetSpec("kind", "kind", "multiclass", "softmax", "index", ("x", "y", "z"), 3)
ONE_HOT = TargetSpec("kind", "kind", "multiclass", "softmax", "one_hot", ("x", "y", "z"), 3)
PERSON = TargetSpec("person", "person", "identity", "linear", "index", ("ann", "bob"), 8)
LABELS = TargetSpec("tags", "tags", "multilabel", "sigmoid", "multi_hot", ("hot", "new"), 2)


@dataclass(frozen=True, eq=False)
class Case:
    name: str
    config: ModelConfig
    inputs: tuple[InputSpec, ...]
    targets: tuple[TargetSpec, ...]
    rebuilt: tuple[int, ...] = ()  # of an autoencoder: the shape of a rebuilt row

    @property
    def spec(self) -> DataSpec:
        return DataSpec(self.inputs, self.targets)

    def arrays(self, rows: int, seed: int = 0) -> Arrays:
        rng = np.random.default_rng(seed)
        x = {item.name: _inputs(item, rows, rng) for item in self.inputs}
        y = {target.output: _labels(target, rows, rng) for target in self.targets}
        if self.rebuilt:
            y = {"reconstruction": x[self.inputs[0].name]}
        return Arrays(x, y, np.arange(rows))

    @property
    def outputs(self) -> dict[str, tuple[int, ...]]:
        return {"reconstruction": self.rebuilt} if self.rebuilt else {t.output: (t.units,) for t in self.targets}

    def compile_keywords(self) -> dict[str, object]:
        if self.rebuilt:
            loss = {"kind": "reconstruction", "number": "mean_squared_error", "one_hot": ()}
            return {"losses": {"reconstruction": loss}}
        return {
            "losses": {item.output: _loss(item) for item in self.targets},
            "labels": {item.output: item.labels for item in self.targets},
        }


def _loss(target: TargetSpec) -> dict[str, object]:
    if target.task == "identity":
        return {"kind": "triplet"}
    return {"kind": "pinball", "quantiles": target.quantiles} if target.quantiles else {"kind": LOSSES[target.labels]}


def _inputs(item: InputSpec, rows: int, rng: np.random.Generator) -> np.ndarray:
    if item.kind == "tabular":
        numbers = rng.normal(size=(rows, *item.shape))
        for column in np.flatnonzero(item.cardinalities):
            numbers[:, column] = rng.integers(0, item.cardinalities[column], rows)
        return numbers.astype("float32")
    if item.kind == "image":
        return rng.integers(1, 256, (rows, *item.shape)).astype("uint8")
    if item.kind in ("text", "series"):
        return _steps(item, rows, rng)
    pairs = rng.permutation(np.arange(rows) % np.prod(item.cardinalities))  # no two of the first rows are alike
    return np.column_stack(np.unravel_index(pairs, item.cardinalities)).astype("int32")


def _steps(item: InputSpec, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Texts and series of unequal length, zeros behind their end."""
    there = np.arange(item.shape[0]) < rng.integers(3, item.shape[0] + 1, (rows, 1))
    ids = rng.integers(1, item.cardinalities[0], there.shape) if item.kind == "text" else None
    if ids is not None and item.dtype == "int32":
        return (ids * there).astype("int32")
    if ids is not None:
        return np.stack([ids * there, rng.uniform(0.2, 1, there.shape) * there], axis=2).astype("float32")
    values = rng.normal(size=(rows, item.shape[0], item.shape[1] - 1)) * there[:, :, None]
    return np.concatenate([values, there[:, :, None]], axis=2).astype("float32")


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
        "multimodal",
        MultimodalConfig(branches={"numbers": DenseBranch(hidden_units=(16,))}, dropout=0.05),
        (NUMBERS, CODES),
        (LABELS,),
    ),
    Case("multimodal-heads", MultimodalConfig(trunk_units=(32, 32)), (NUMBERS, CODES), (VALUE, CLASSES)),
    Case(
        "multimodal-images",
        MultimodalConfig(
            branches={
                "photo": ResidualBranch(filters=(8,), augmentation=AugmentationConfig(brightness=0.02)),
                "rooms": ConvBranch(filters=(8,)),
            },
            join="sum",
            join_units=16,
        ),
        (PHOTO, ROOMS),
        (CLASSES,),
    ),
    Case(
        "multimodal-sequences",
        MultimodalConfig(
            branches={
                "text": TransformerBranch(width=8, heads=2, feed_forward_units=8, embedding_dim=8, dropout=0.02),
                "weighted": WeightedBranch(units=8),
                "beat": Conv1DBranch(filters=(8,), kernel_sizes=(3, 5), pool=2),
            },
            join="gated",
            modality_dropout=0.02,
        ),
        (TEXT, WEIGHTED, SERIES),
        (QUANTILES, BINARY),
    ),
    Case("multi_output", MultiOutputConfig(head_units=(16,)), (NUMBERS,), (VALUE, CLASSES)),
    Case(
        "dense_autoencoder",
        DenseAutoencoderConfig(hidden_units=(32,), latent_dim=8, code_activation="linear", output_activation="linear"),
        (NUMBERS,),
        (),
        (4,),
    ),
    Case(
        "denoising_autoencoder",
        DenoisingAutoencoderConfig(body="unet", filters=(16, 16), noise_level=0.02, output_activation="linear"),
        (SERIES,),
        (),
        (9, 2),
    ),
    Case(
        "variational_autoencoder",
        VariationalAutoencoderConfig(hidden_units=(32,), latent_dim=8, beta=0.001, output_activation="linear"),
        (NUMBERS,),
        (),
        (4,),
    ),
    Case("tabular", TabularConfig(preset="none", hidden_units=(32, 16), dropout=0.02), (TABLE,), (VALUE,)),
    Case(
        "tabular-members",
        TabularConfig(preset="none", hidden_units=(32, 16), members=3, dropout=0.02),
        (TABLE, CODES),
        (BINARY, CLASSES, QUANTILES),
    ),
    Case("siamese", SiameseConfig(hidden_units=(16,), embedding_dim=8), (NUMBERS, CODES), (PERSON,)),
    Case(
        "siamese-mirrored",
        SiameseConfig(branches={"photo": ConvBranch(filters=(8,))}, embedding_dim=8, mirror=True, whitening=0.5),
        (PHOTO,),
        (PERSON,),
    ),
)
