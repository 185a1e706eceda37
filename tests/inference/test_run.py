"""A run after training: what it holds, and that its answers are the network's."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, mean_absolute_error

import nnrecipes as nn
from nnrecipes.errors import ConfigError, DataError, RunError


def test_the_folder_holds_every_file_of_a_run(run: nn.Run) -> None:
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    assert files == {
        "config.yaml", "provenance.json", "model.keras", "metrics.json", "history.csv", "predictions.csv", "advice.json",
        "preprocessor/state.json", "preprocessor/tables.npz", "checkpoints/best.keras", "checkpoints/last.keras",
        "plots/history.png", "plots/weights.png", "plots/model.png", "plots/predicted_catch_kg.png",
        "plots/confusion_gear.png", "plots/calibration_gear.png",
    }  # fmt: skip


def test_the_stored_scores_are_those_of_the_stored_predictions(run: nn.Run) -> None:
    stored = pd.read_csv(run.path / "predictions.csv")
    mae = run.metrics["catch_kg"]["metrics"]["mae"]["value"]
    accuracy = run.metrics["gear"]["metrics"]["accuracy"]["value"]
    assert mae == pytest.approx(mean_absolute_error(stored["catch_kg"], stored["predicted_catch_kg"]), rel=1e-6)
    assert accuracy == pytest.approx(accuracy_score(stored["gear"], stored["predicted_gear"]))
    assert stored["row_id"].tolist() == run.provenance["rows"]["test"]


def test_a_reloaded_run_answers_like_the_trained_one(run: nn.Run, trips: Path, rows: pd.DataFrame) -> None:
    again = nn.load_run(run.path)
    assert isinstance(again.model, keras.Model)
    pd.testing.assert_frame_equal(again.predict(rows), run.predict(rows))
    pd.testing.assert_frame_equal(again.predict(trips), run.predict(trips))


def test_predictions_of_the_test_rows_equal_the_stored_ones(run: nn.Run, trips: Path) -> None:
    stored = pd.read_csv(run.path / "predictions.csv")
    answers = run.predict(trips).iloc[stored["row_id"]].reset_index(drop=True)
    np.testing.assert_allclose(answers["catch_kg"], stored["predicted_catch_kg"], rtol=1e-5)
    assert answers["gear"].tolist() == stored["predicted_gear"].tolist()


def test_answers_do_not_need_targets_and_keep_the_order_of_rows(run: nn.Run, rows: pd.DataFrame) -> None:
    whole = run.predict(rows)
    turned = run.predict(rows.drop(columns=["catch_kg", "gear"]).iloc[::-1])
    pd.testing.assert_frame_equal(turned.iloc[::-1].reset_index(drop=True), whole)
    assert list(whole.columns[:2]) == ["catch_kg", "gear"]
    np.testing.assert_allclose(whole.filter(like="gear_probability_").sum(axis=1), 1, atol=1e-6)


def test_blocks_give_the_same_answers_as_one_table(run: nn.Run, trips: Path) -> None:
    blocks = pd.concat(run.predict_batches(trips, rows=7), ignore_index=True)
    pd.testing.assert_frame_equal(blocks, run.predict(trips), atol=1e-5)


def test_parquet_rows_give_the_same_answers_as_csv_rows(run: nn.Run, trips: Path, tmp_path: Path) -> None:
    pd.read_csv(trips).to_parquet(tmp_path / "trips.parquet")
    parquet = pd.concat(run.predict_batches(tmp_path / "trips.parquet", rows=50), ignore_index=True)
    pd.testing.assert_frame_equal(parquet, run.predict(trips), atol=1e-5)


def test_unseen_categories_are_counted(run: nn.Run, rows: pd.DataFrame) -> None:
    rows.loc[[0, 3, 4], "harbour"] = "Atlantis"
    run.predict(rows)
    assert run.unseen == {"harbour": 3}
    run.predict(rows.iloc[1:3])
    assert run.unseen == {}


def test_a_missing_column_is_refused_with_the_nearest_name(run: nn.Run, rows: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"expected a column named 'harbour'\. Received: 'harbor'\.$"):
        run.predict(rows.rename(columns={"harbour": "harbor"}))


def test_a_missing_column_without_a_like_one_is_refused_with_all_there_are(run: nn.Run, rows: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"expected a column named 'harbour'\. Received: 'hours', .*'zzz'"):
        run.predict(rows[["hours"]].assign(zzz=1))


def test_text_in_a_numeric_column_is_refused_with_its_row(run: nn.Run, rows: pd.DataFrame, tmp_path: Path) -> None:
    rows["hours"] = rows["hours"].astype(object)
    rows.loc[12, "hours"] = "eleven"
    rows.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(DataError, match=r"hours.*'eleven' in row 12 \(line 14\)"):
        list(run.predict_batches(tmp_path / "rows.csv", rows=5))


def test_evaluate_scores_new_rows_like_scikit_learn(run: nn.Run, trips: Path) -> None:
    scores = run.evaluate(trips)
    truth, answers = pd.read_csv(trips), run.predict(trips)
    assert scores["gear"]["metrics"]["accuracy"]["value"] == pytest.approx(
        accuracy_score(truth["gear"], answers["gear"])
    )
    mae = scores["catch_kg"]["metrics"]["mae"]
    assert mae["value"] == pytest.approx(mean_absolute_error(truth["catch_kg"], answers["catch_kg"]), rel=1e-6)
    assert mae["low"] < mae["value"] < mae["high"]


def test_evaluate_refuses_rows_without_the_target(run: nn.Run, rows: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="expected the target column 'gear'"):
        run.evaluate(rows.drop(columns="gear"))


def test_evaluate_refuses_a_class_that_training_did_not_have(run: nn.Run, rows: pd.DataFrame) -> None:
    rows.loc[2, "gear"] = "harpoon"
    with pytest.raises(DataError, match="harpoon"):
        run.evaluate(rows)


def test_updates_are_batches_times_epochs(run: nn.Run) -> None:
    train = len(run.provenance["rows"]["train"])
    assert run.provenance["updates"] == -(-train // 64) * 4
    assert run.provenance["parameters"] == run.model.count_params()


def test_baselines_stand_beside_every_target(run: nn.Run) -> None:
    assert set(run.metrics["catch_kg"]["baselines"]) == {"mean", "linear"}
    assert set(run.metrics["gear"]["baselines"]) == {"majority", "linear"}
    assert "linear model" in run.metrics["catch_kg"]["verdict"]


def test_a_notebook_shows_scores_and_verdicts(run: nn.Run) -> None:
    html = run._repr_html_()
    assert html.count("<tr>") == 1 + sum(len(row["metrics"]) for row in run.metrics.values())
    assert "linear model" in html


def test_history_has_one_value_an_epoch(run: nn.Run) -> None:
    assert {len(values) for values in run.history.values()} == {4}
    assert run.plot_history().axes


def test_the_resolved_recipe_has_every_default_and_trains_to_the_same_weights(run: nn.Run, tmp_path: Path) -> None:
    again = nn.train(run.path / "config.yaml", runs_dir=tmp_path)
    for left, right in zip(again.model.get_weights(), run.model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    assert again.metrics == run.metrics


def test_a_damaged_model_is_an_error_that_names_the_file(run: nn.Run, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(run.path, tmp_path / "trips" / "20260101T000000Z-abcdef")
    (copy / "model.keras").write_bytes(b"PK not a model")
    with pytest.raises(RunError, match=r"model\.keras"):
        _ = nn.load_run(copy).model
    (copy / "metrics.json").write_text("{")
    with pytest.raises(RunError, match=r"metrics\.json: expected the file as the run wrote it"):
        _ = nn.load_run(copy).metrics


def test_a_prediction_in_a_fresh_process_is_the_same(run: nn.Run, trips: Path) -> None:
    code = f"import nnrecipes as nn; print(nn.load_run({str(run.path)!r}).predict({str(trips)!r}).to_json())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    fresh = pd.DataFrame(json.loads(done.stdout.splitlines()[-1])).reset_index(drop=True)
    np.testing.assert_allclose(fresh["catch_kg"], run.predict(trips)["catch_kg"], rtol=1e-5)


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = keras.layers.Dense(4, activation="relu")
        self.out = keras.layers.Dense(1)

    def call(self, x: object) -> object:
        return self.out(self.hidden(x))


OWN = {
    "data": {"source": {"kind": "sklearn", "name": "diabetes"}},
    "targets": {"progression": {"task": "regression"}},
    "training": {"epochs": 2, "callbacks": {"progress": False}},
    "evaluation": {"bootstrap": 100},
}


def test_a_model_of_ones_own_gets_data_preprocessing_training_and_a_run(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    seen: list[int] = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    run = nn.train(OWN, model=model, callbacks=[callback], runs_dir=tmp_path)
    assert run.model is model
    assert seen == [0, 1]
    assert nn.load_run(run.path).predict(_diabetes()).shape == (5, 1)


def test_a_compiled_model_keeps_its_own_loss(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mae", metrics=["mse"])
    run = nn.train(OWN, model=model, runs_dir=tmp_path)
    assert "mse" in run.history
    assert isinstance(run.model.optimizer, keras.optimizers.SGD)


def test_a_subclassed_model_is_loaded_with_its_own_code(tmp_path: Path) -> None:
    run = nn.train(OWN, model=Subclassed(), runs_dir=tmp_path)
    expected = run.predict(_diabetes())
    with pytest.raises(RunError, match=r"load_run\(..., model=...\)"):
        nn.load_run(run.path).predict(_diabetes())
    model = Subclassed()
    model(np.zeros((1, 10), dtype="float32"))
    pd.testing.assert_frame_equal(nn.load_run(run.path, model=model).predict(_diabetes()), expected)


class Crooked(keras.Model):
    def call(self, x: dict[str, object]) -> object:
        return x["absent"]


def _two_inputs() -> keras.Model:
    a, b = keras.Input((10,), name="a"), keras.Input((3,), name="b")
    return keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))


def _sequential(*layers: keras.layers.Layer, compiled: bool = False) -> keras.Model:
    model = keras.Sequential(layers)
    if compiled:
        model.compile("adam", "mse")
    return model


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: _sequential(keras.Input((8,), name="x"), keras.layers.Dense(1)),
         "takes input 'features' with rows of shape (10,). Received: one that takes 'x' with rows of shape (8,)."),
        (_two_inputs, "Received: one that takes 'a' with rows of shape (10,), 'b' with rows of shape (3,)."),
        (Crooked, "got 'absent'."),
        (lambda: _sequential(keras.Input((10,)), keras.layers.Dense(3)),
         "expected outputs 'progression' with rows of shape (1,). Received: 'progression' with rows of shape (3,)."),
        (lambda: _sequential(keras.layers.Dense(2)), "Received: 'progression' with rows of shape (2,)."),
        (lambda: _sequential(keras.Input((10,)), keras.layers.Dense(3), compiled=True), "with rows of shape (3,)."),
        (lambda: Crooked, "expected a keras.Model. Received: the class Crooked, not called."),
        (lambda: keras.layers.Dense(1), "expected a keras.Model. Received: Dense."),
    ],
)  # fmt: skip
def test_a_model_that_does_not_fit_the_rows_is_one_line_and_no_run(build, expected: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        nn.train(OWN, model=build(), runs_dir=tmp_path)
    assert str(caught.value).startswith("model: expected")
    assert str(caught.value).endswith(expected)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("*/*"))


def _diabetes() -> pd.DataFrame:
    from sklearn.datasets import load_diabetes

    return pd.DataFrame(load_diabetes(scaled=False, as_frame=True).data.head(5))


def test_rows_from_python_train_like_the_same_rows_in_a_file(
    trips: Path, run: nn.Run, recipe: dict[str, Any], tmp_path: Path
) -> None:
    again = nn.train(recipe, data=pd.read_csv(trips), runs_dir=tmp_path)
    assert again.config.data.source.kind == "arrays"
    for left, right in zip(again.model.get_weights(), run.model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_arrays_without_names_get_some(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3))
    recipe = {
        "targets": {"y": {"task": "regression"}}, "data": {}, "model": {"kind": "sequential", "hidden_units": [4]},
        "training": {"epochs": 2, "callbacks": {"progress": False}}, "evaluation": {"bootstrap": 100},
    }  # fmt: skip
    run = nn.train(recipe, data=(x, x.sum(axis=1)), runs_dir=tmp_path)
    assert run.spec.inputs[0].features == ("x0", "x1", "x2")
    assert run.predict(pd.DataFrame(x, columns=["x0", "x1", "x2"])).shape == (120, 1)
