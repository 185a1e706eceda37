"""Every kind of output, split and encoding through ``train``, ``check`` and ``load_run``, against numpy and scikit-learn."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_class_weight

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.config.names import complete
from nnrecipes.data.schema import prepare
from nnrecipes.data.table import Table

ROWS = 160


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    u, w = rng.normal(size=(2, ROWS))
    return pd.DataFrame({
        "u": u, "w": w, "town": rng.choice(["p", "q", "r"], ROWS), "crew": rng.integers(0, 30, ROWS),
        "day": pd.date_range("2023-01-01", periods=ROWS, freq="3D"),
        "late": np.where(u + 0.3 * rng.normal(size=ROWS) > 0.4, "yes", "no"),
        "size": np.select([u > 0.5, u < -0.5], ["large", "small"], "medium"),
        "cost": 3 * u + w, "hot": (u > 0).astype(int), "new": (w > 0).astype(int),
        "set": rng.permutation(["train"] * 100 + ["val"] * 30 + ["test"] * 30),
    })  # fmt: skip


def recipe(targets: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {
        "data": {"features": ["u", "w", "town"]}, "targets": targets,
        "model": {"kind": "sequential" if len(targets) == 1 else "multi_output", "hidden_units": [8]},
        "training": {"epochs": 2, "callbacks": {"monitor": "val_loss", "progress": False}},
        "evaluation": {"bootstrap": 100, "plots": False, "baselines": False}, **sections,
    }  # fmt: skip


def raw(run: nn.Run, table: pd.DataFrame) -> Any:
    """What the network itself says of the rows."""
    features = prepare(Table(table, "arrays"), run.preprocessor.schema)
    return run.model.predict(run.preprocessor.transform(features)["features"], verbose=0)


def probabilities(run: nn.Run, table: pd.DataFrame, target: str) -> np.ndarray:
    return nn.load_run(run.path).predict(table).filter(like=f"{target}_probability_").to_numpy()


def test_a_hinge_margin_is_a_class_by_its_sign(table: pd.DataFrame, tmp_path: Path) -> None:
    section = {"late": {"activation": "tanh", "loss": "hinge", "metrics": ["accuracy", "auc"]}}
    run = nn.train(recipe(section), data=table, runs_dir=tmp_path)
    margin = raw(run, table)[:, 0]
    assert run.model.loss.name == "hinge"
    np.testing.assert_array_equal(run.predict(table)["late"], np.where(margin > 0, "yes", "no"))
    np.testing.assert_allclose(probabilities(run, table, "late")[:, 1], (margin + 1) / 2, atol=1e-6)


def test_two_softmax_units_are_the_two_probabilities(table: pd.DataFrame, tmp_path: Path) -> None:
    run = nn.train(recipe({"late": {"activation": "softmax"}}), data=table, runs_dir=tmp_path)
    assert run.model.output_shape == (None, 2)
    np.testing.assert_allclose(probabilities(run, table, "late"), raw(run, table), atol=1e-6)


def test_one_sigmoid_a_class_is_one_versus_the_rest(table: pd.DataFrame, tmp_path: Path) -> None:
    run = nn.train(recipe({"size": {"activation": "sigmoid"}}), data=table, runs_dir=tmp_path)
    outputs = raw(run, table)
    assert (run.model.loss.name, run.spec.targets[0].labels) == ("binary_crossentropy", "one_hot")
    np.testing.assert_allclose(
        probabilities(run, table, "size"), outputs / outputs.sum(axis=1, keepdims=True), atol=1e-6
    )
    classes = np.array(["large", "medium", "small"])
    np.testing.assert_array_equal(run.predict(table)["size"], classes[outputs.argmax(axis=1)])


def test_every_label_of_a_multilabel_target_is_its_own(table: pd.DataFrame, tmp_path: Path) -> None:
    run = nn.train(recipe({"tags": {"task": "multilabel", "columns": ["hot", "new"]}}), data=table, runs_dir=tmp_path)
    outputs = raw(run, table)
    np.testing.assert_allclose(probabilities(run, table, "tags"), outputs, atol=1e-6)
    answers = nn.load_run(run.path).predict(table)
    for k, name in enumerate(("hot", "new")):
        np.testing.assert_array_equal(answers[f"tags_{name}"].astype(int), outputs[:, k] >= 0.5)
    assert 0 <= run.evaluate(table)["tags"]["metrics"]["hamming_loss"]["value"] <= 1


def test_class_and_loss_weights_of_several_outputs_are_in_the_loss(table: pd.DataFrame, tmp_path: Path) -> None:
    targets = {"late": {"class_weight": "balanced", "loss_weight": 0.5}, "size": {"class_weight": {"large": 4}},
               "cost": {"scale": "none"}}  # fmt: skip
    training = {"epochs": 1, "batch_size": ROWS, "optimizer": {"kind": "sgd", "learning_rate": 1e-12},
                "callbacks": {"monitor": "val_loss", "progress": False}}  # fmt: skip
    run = nn.train(recipe(targets, training=training), data=table, runs_dir=tmp_path)
    train = table.iloc[run.provenance["rows"]["train"]]
    answers = raw(run, train)  # as before the one step, which moves nothing
    late, size = (train["late"] == "yes").to_numpy(), train["size"].to_numpy()
    p = answers["late"][:, 0]
    balanced = compute_class_weight("balanced", classes=np.array([False, True]), y=late)[late.astype(int)]
    binary = np.mean(balanced * -np.log(np.where(late, p, 1 - p)))
    q = answers["size"][np.arange(len(train)), np.searchsorted(["large", "medium", "small"], size)]
    several = np.mean(np.where(size == "large", 4, 1) * -np.log(q))
    squared = np.mean((answers["cost"][:, 0] - train["cost"]) ** 2)
    assert run.history["loss"][0] == pytest.approx(0.5 * binary + several + squared, rel=1e-4)


def test_tensorboard_has_the_losses_of_the_history(table: pd.DataFrame, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    from tensorboard.util.tensor_util import make_ndarray

    callbacks = {"tensorboard": {"histogram_freq": 1}, "progress": False}
    run = nn.train(recipe({"cost": {}}, training={"epochs": 2, "callbacks": callbacks}), data=table, runs_dir=tmp_path)
    for folder, name in (("train", "loss"), ("validation", "val_loss")):
        events = EventAccumulator(str(run.path / "tensorboard" / folder)).Reload()
        logged = [float(make_ndarray(event.tensor_proto)) for event in events.Tensors("epoch_loss")]
        assert logged == pytest.approx(run.history[name], rel=1e-6)
    events = EventAccumulator(str(run.path / "tensorboard" / "train")).Reload()
    plugins = {tag: events.SummaryMetadata(tag).plugin_data.plugin_name for tag in events.Tags()["tensors"]}
    assert set(plugins.values()) == {"scalars", "histograms", "graph_keras_model"}
    kernel = next(tag for tag, plugin in plugins.items() if plugin == "histograms" and "kernel" in tag)
    low, high = make_ndarray(events.Tensors(kernel)[-1].tensor_proto)[[0, -1], [0, 1]]
    weights = [np.asarray(weight) for weight in run.model.get_weights()]
    assert any(np.allclose([weight.min(), weight.max()], [low, high], rtol=1e-4) for weight in weights)
    settings = EventAccumulator(str(run.path / "tensorboard")).Reload().SummaryMetadata("_hparams_/session_start_info")
    told = HParamsPluginData.FromString(settings.plugin_data.content).session_start_info.hparams
    assert told["training.epochs"].number_value == 2
    assert told["training.optimizer.kind"].string_value == run.config.training.optimizer["kind"]
    assert told["model.kind"].string_value == run.config.model.kind


def test_dates_and_catboost_codes_of_a_parquet_file_in_a_fold(table: pd.DataFrame, tmp_path: Path) -> None:
    table = table.assign(id=np.arange(ROWS) + 5000)
    table.to_parquet(tmp_path / "rows.parquet")
    data = {"source": {"kind": "parquet", "path": str(tmp_path / "rows.parquet")}, "date_parts": ["month", "month_cyclic"],
            "ignore": ["set", "hot", "new", "cost", "size"], "split": {"kind": "kfold", "folds": 4, "fold": 3}}  # fmt: skip
    preprocessing = {"categorical": {"encode": "catboost"}}
    run = nn.train(recipe({"late": {}}, data=data, preprocessing=preprocessing), runs_dir=tmp_path / "runs")
    assert run.spec.inputs[0].features == ("u", "w", "town", "crew", "day_month", "day_month_sin", "day_month_cos")
    assert any("'id' is left out: it looks like an identifier" in notice for notice in run.provenance["notices"])
    rows = run.provenance["rows"]
    assert (len(rows["test"]), len(rows["validation"])) == (16, 36)
    features = prepare(Table(table, "arrays"), run.preprocessor.schema)
    np.testing.assert_allclose(features["day_month_sin"], np.sin(2 * np.pi * (table["day"].dt.month - 1) / 12))
    late = (table["late"].iloc[rows["train"]] == "yes").astype(float)
    means = late.groupby(table["town"]).agg(["sum", "count"])
    codes = (means["sum"] + late.mean()) / (means["count"] + 1)  # the prior has the weight of one row
    place = run.spec.inputs[0].features.index("town")
    x = run.preprocessor.transform(features)["features"][:, place]
    expected = table["town"].map(codes).to_numpy()
    np.testing.assert_allclose(np.corrcoef(x, expected)[0, 1], 1, atol=1e-6)  # scaled, as every number is
    assert (
        main(["predict", str(run.path), "--data", str(tmp_path / "rows.parquet"), "--out", str(tmp_path / "o.csv")])
        == 0
    )
    assert len(pd.read_csv(tmp_path / "o.csv")) == ROWS


SPLITS = {
    "{kind: random, test: 20, validation: 10}": (130, 10, 20),
    "{kind: stratified, column: size, test: 0.25, validation: 0.25}": (90, 30, 40),
    "{kind: time, column: day, test: 0.5, validation: 0.5}": (40, 40, 80),
    "{kind: column, column: set}": (100, 30, 30),
    "{kind: file, path: sets.csv}": (100, 30, 30),
    "{kind: kfold, folds: 3, fold: 1}": (96, 48, 16),
    "{kind: kfold, folds: 3, stratify: true}": (96, 48, 16),
}


@pytest.fixture
def folder(table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    table.to_csv(tmp_path / "rows.csv", index=False)
    table["set"].rename_axis("row_id").to_csv(tmp_path / "sets.csv")
    sections = recipe({"late": {"task": "binary"}}, data={"source": {"kind": "csv", "path": "rows.csv"}})
    (tmp_path / "rows.yaml").write_text(json.dumps(sections))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("split", "counts"), SPLITS.items(), ids=list(SPLITS))
def test_every_kind_of_split_is_checked_by_its_counts(
    split: str, counts: tuple[int, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "rows.yaml", "--data", "--json", f"data.split={split}"]) == 0
    assert tuple(json.loads(capsys.readouterr().out)["rows"].values()) == counts


def test_no_group_stands_in_two_sets_of_a_run(folder: Path, table: pd.DataFrame) -> None:
    words = ["data.split={kind: group, column: crew, test: 0.2, validation: 0.2}", "training.epochs=1", "--quiet"]
    assert main(["train", "rows.yaml", *words]) == 0
    rows = nn.load_run("latest").provenance["rows"]
    groups = [set(table["crew"].iloc[rows[name]]) for name in ("train", "validation", "test")]
    assert sum(map(len, groups)) == len(set.union(*groups)) == table["crew"].nunique()
    assert sum(len(ids) for ids in rows.values()) == ROWS


CHAIN = (
    "Rescaling scale=0.1", "Dense units=64", "Reshape target_shape=[8,8,1]", "ZeroPadding2D", "Conv2D filters=4 kernel_size=3",
    "BatchNormalization", "ReLU", "DepthwiseConv2D kernel_size=2", "ELU", "SeparableConv2D filters=4 kernel_size=2",
    "PReLU", "MaxPooling2D", "AveragePooling2D pool_size=1", "LeakyReLU", "GlobalAveragePooling2D", "RepeatVector n=4",
    "Conv1D filters=4 kernel_size=2", "SpatialDropout1D rate=0.1", "MaxPooling1D pool_size=1",
    "GRU units=3 return_sequences=true", "LSTM units=3 return_sequences=true", "LayerNormalization", "Flatten",
    "Dense units=6", "Dropout rate=0.1", "GaussianDropout rate=0.1", "AlphaDropout rate=0.1", "GaussianNoise stddev=0.1",
    "UnitNormalization", "Activation activation=tanh", "Softmax",
)  # fmt: skip


@pytest.mark.slow
def test_thirty_layers_by_name_train_save_and_load(tmp_path: Path) -> None:
    layers = []
    for words in CHAIN:
        kind, *arguments = words.split()
        layers.append({"kind": kind, **{k: json.loads(v) if v[0] in "[0123456789t" and v != "tanh" else v
                                        for k, v in (word.split("=") for word in arguments)}})  # fmt: skip
    assert all(complete("layers", layer) for layer in layers)
    sections = {
        "data": {"source": {"kind": "sklearn", "name": "digits"}, "split": {"test": 100, "validation": 100}},
        "targets": {"digit": {"task": "multiclass"}}, "model": {"kind": "layers", "layers": layers},
        "training": {"epochs": 1, "batch_size": 400, "callbacks": {"progress": False, "checkpoint": None}},
        "evaluation": {"bootstrap": 100, "plots": False, "baselines": False},
    }  # fmt: skip
    run = nn.train(sections, runs_dir=tmp_path)
    kinds = [type(layer).__name__ for layer in run.model.layers]
    assert kinds == [*(words.split()[0] for words in CHAIN), "Dense"]
    loaded = nn.load_run(run.path).model
    rows = np.random.default_rng(0).normal(size=(5, *run.model.input_shape[1:])).astype("float32")
    np.testing.assert_allclose(loaded.predict(rows, verbose=0), run.model.predict(rows, verbose=0), atol=1e-6)
    assert isinstance(loaded, keras.Sequential)
