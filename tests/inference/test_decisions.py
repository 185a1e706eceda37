"""A run with calibrated probabilities and a chosen threshold: what it stores, answers and scores, and what it relies on."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_score, recall_score

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.errors import RunError
from nnrecipes.inference.predictions import prediction_frame

RECIPE = {
    "name": "visits",
    "data": {"source": {"kind": "csv", "path": "visits.csv"}, "split": {"test": 0.3, "validation": 0.3}},
    "targets": {
        "ill": {"task": "binary", "calibration": "platt", "threshold": {"aim": "cost", "false_positive": 1, "false_negative": 4}},
        "ward": {"task": "multiclass", "calibration": "temperature"},
        "days": {"task": "regression"},
    },
    "model": {"kind": "multi_output", "hidden_units": [32]},
    "training": {"epochs": 12, "batch_size": 16, "optimizer": {"learning_rate": 0.02},
                 "callbacks": {"monitor": "val_loss", "progress": False}},
    "evaluation": {"bootstrap": 100, "importance": True},
}  # fmt: skip


def visits(rows: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({
        "fever": rng.normal(size=rows), "noise": rng.normal(size=rows), "town": rng.choice(["a", "b", "c"], rows),
        "came": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D"),
    })  # fmt: skip
    summer = np.sin(2 * np.pi * frame["came"].dt.day_of_year / 365)
    score = 1.5 * frame["fever"] + (frame["town"] == "b") + summer - 1.5 + rng.logistic(0, 1, rows)
    frame["ill"] = np.where(score > 0, "yes", "no")
    frame["ward"] = np.where(
        frame["fever"] + rng.normal(0, 0.7, rows) > 0.5, "hot", np.where(frame["town"] == "a", "near", "far")
    )
    frame["days"] = 3 + frame["fever"] + 2 * summer + rng.normal(0, 0.3, rows)
    return frame.assign(came=frame["came"].dt.strftime("%Y-%m-%d"))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("visits") / "visits.csv"
    visits().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def run(table: Path) -> nn.Run:
    return nn.train(RECIPE, {"data.source.path": str(table)}, runs_dir=table.parent / "runs")


@pytest.fixture(scope="module")
def stored(run: nn.Run) -> pd.DataFrame:
    return pd.read_csv(run.path / "predictions.csv")


def test_the_stored_answers_are_those_of_the_stored_threshold(run: nn.Run, stored: pd.DataFrame) -> None:
    decision = json.loads((run.path / "decision.json").read_text())
    threshold = decision["ill"]["threshold"]["value"]
    assert decision["ill"]["threshold"]["aim"] == "cost"
    assert threshold != 0.5
    answers = np.where(stored["predicted_ill_probability_yes"] > threshold, "yes", "no")
    assert stored["predicted_ill"].tolist() == answers.tolist()
    assert set(answers) == {"yes", "no"}


def test_the_threshold_costs_the_validation_rows_least(run: nn.Run, table: Path) -> None:
    rows = pd.read_csv(table).iloc[run.provenance["rows"]["validation"]]
    probability, ill = run.predict(rows)["ill_probability_yes"].to_numpy(), (rows["ill"] == "yes").to_numpy()

    def cost(threshold: float) -> float:
        return float(np.mean(np.where(ill, 4 * (probability <= threshold), probability > threshold)))

    kept = run.decisions["ill"].threshold
    assert cost(kept.value) == pytest.approx(min(cost(t) for t in [0, *probability]))
    assert kept.reached == pytest.approx(cost(kept.value))
    assert kept.at_half == pytest.approx(cost(0.5))


def test_scores_of_the_test_rows_are_of_calibrated_and_decided_answers(run: nn.Run, stored: pd.DataFrame) -> None:
    ill, said = (stored["ill"] == "yes").to_numpy(), (stored["predicted_ill"] == "yes").to_numpy()
    metrics = run.metrics["ill"]["metrics"]
    for name, score in {
        "accuracy": accuracy_score,
        "f1": f1_score,
        "precision": precision_score,
        "recall": recall_score,
    }.items():
        assert metrics[name]["value"] == pytest.approx(score(ill, said))
    assert run.metrics["ill"]["confusion"] == confusion_matrix(ill, said).tolist()
    assert metrics["log_loss"]["value"] == pytest.approx(
        log_loss(ill, stored["predicted_ill_probability_yes"]), rel=1e-4
    )
    wards = stored.filter(like="predicted_ward_probability_")
    names = [name.removeprefix("predicted_ward_probability_") for name in wards]
    oracle = log_loss(stored["ward"], wards, labels=names)
    assert run.metrics["ward"]["metrics"]["log_loss"]["value"] == pytest.approx(oracle, rel=1e-4)


def test_log_losses_before_and_after_are_kept(run: nn.Run) -> None:
    for name in ("ill", "ward"):
        section, fitted = run.metrics[name]["calibration"], run.decisions[name].calibration
        assert section["log_loss"] == pytest.approx(run.metrics[name]["metrics"]["log_loss"]["value"])
        assert section["log_loss_before"] != section["log_loss"]
        assert fitted.rows == len(run.provenance["rows"]["validation"])
    temperature = run.decisions["ward"].calibration
    assert temperature.log_loss_after <= temperature.log_loss_before
    assert "calibration" not in run.metrics["days"]


def test_a_reloaded_run_answers_and_scores_like_the_stored_rows(run: nn.Run, table: Path, stored: pd.DataFrame) -> None:
    again = nn.load_run(run.path)
    rows = pd.read_csv(table).iloc[run.provenance["rows"]["test"]]
    answers = again.predict(rows)
    assert answers["ill"].tolist() == stored["predicted_ill"].tolist()
    np.testing.assert_allclose(answers["ill_probability_yes"], stored["predicted_ill_probability_yes"], atol=1e-6)
    scores = again.evaluate(rows)
    assert scores["ill"]["confusion"] == run.metrics["ill"]["confusion"]
    assert scores["ill"]["threshold"] == run.metrics["ill"]["threshold"]
    for name, value in run.metrics["ward"]["calibration"].items():
        assert scores["ward"]["calibration"][name] == (value if name == "method" else pytest.approx(value, rel=1e-4))


def test_the_linear_model_is_decided_and_calibrated_like_the_network(run: nn.Run, stored: pd.DataFrame) -> None:
    linear = run.metrics["ill"]["baselines"]["linear"]
    assert linear["recall"] > 0.6  # missed rows cost four times as much
    assert run.metrics["ill"]["against_linear"]["linear"] == pytest.approx(linear["log_loss"])
    assert run.metrics["ill"]["baselines"]["majority"]["recall"] in {0.0, 1.0}


def test_a_fitted_decision_that_is_gone_or_damaged_is_refused_by_name(run: nn.Run, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run.path, tmp_path / "visits" / run.path.name))
    (copy / "decision.json").unlink()
    with pytest.raises(RunError, match=r"decision\.json"):
        nn.load_run(copy).predict(visits(5))
    (copy / "decision.json").write_text('{"ill": {}}')
    with pytest.raises(RunError, match=r"decision\.json"):
        nn.load_run(copy).predict(visits(5))


def test_a_resolved_recipe_without_the_new_keys_loads(run: nn.Run, tmp_path: Path) -> None:
    values = YAML(typ="safe").load(run.path / "config.yaml")
    for target in values["targets"].values():
        del target["calibration"], target["threshold"]
    del values["evaluation"]["importance"]
    targets = nn.load_config(values).config.targets
    assert {(target.calibration, target.threshold) for target in targets.values()} == {("none", 0.5)}


def test_a_run_of_an_older_release_answers_as_it_did(run: nn.Run, stored: pd.DataFrame, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run.path, tmp_path / "visits" / run.path.name))
    values = YAML(typ="safe").load(copy / "config.yaml")
    for target in values["targets"].values():
        del target["calibration"], target["threshold"]
    YAML(typ="safe").dump(values, copy / "config.yaml")
    provenance = json.loads((copy / "provenance.json").read_text())
    provenance = {key: value for key, value in provenance.items() if key not in {"files", "sha256"}} | {"format": 1}
    (copy / "provenance.json").write_text(json.dumps(provenance))
    for name in ("decision.json", "advice.json", "importance.json"):
        (copy / name).unlink()
    old = nn.load_run(copy)
    answers = old.predict(visits(40))
    assert answers["ill"].tolist() == np.where(answers["ill_probability_yes"] > 0.5, "yes", "no").tolist()
    assert old.advice == []
    assert not np.allclose(answers["ill_probability_yes"], run.predict(visits(40))["ill_probability_yes"])


def test_the_summary_says_how_answers_were_decided(run: nn.Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(run.path)]) == 0
    shown = capsys.readouterr().out
    assert "ill: platt scaling, log loss " in shown
    assert "(chosen for cost)" in shown
    assert "ward: temperature scaling" in shown
    assert "platt scaling" in run._repr_html_()


def test_advice_is_stored_shown_and_part_of_the_html(run: nn.Run, capsys: pytest.CaptureFixture[str]) -> None:
    copy = json.loads((run.path / "advice.json").read_text())
    assert [item.to_dict() for item in run.advice] == copy
    assert main(["show", str(run.path)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("advice: ") == len(copy) == run._repr_html_().count("advice: ")
    assert main(["show", str(run.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["advice"] == copy


def test_plots_of_reliability_and_importance_stand_in_the_run(run: nn.Run) -> None:
    names = {path.name for path in (run.path / "plots").iterdir()}
    assert {"calibration_ill.png", "calibration_ward.png"} <= names
    assert {"importance_ill.png", "importance_ward.png", "importance_days.png"} <= names
    assert "calibration_days.png" not in names


def test_importance_is_of_raw_columns_on_validation_rows(run: nn.Run, table: Path) -> None:
    kept = json.loads((run.path / "importance.json").read_text())
    assert set(kept["days"]["columns"]) == {"fever", "noise", "town", "came"}
    assert kept["days"]["rows"] == len(run.provenance["rows"]["validation"])
    days = {name: entry["increase"] for name, entry in kept["days"]["columns"].items()}
    assert min(days["came"], days["fever"]) > 0.5  # the parts of the date move together
    assert abs(days["noise"]) < 0.1 * days["fever"]
    rows = pd.read_csv(table).iloc[run.provenance["rows"]["validation"]]
    frame = run.importance(rows)
    again = frame[frame["target"] == "days"].set_index("column")["increase"]
    assert list(again.index) == list(kept["days"]["columns"])
    np.testing.assert_allclose(again, [days[name] for name in again.index], atol=1e-4)
    assert run.plot_importance(rows.head(20), target="ward", repeats=2).axes


def test_a_label_is_predicted_above_a_half_as_it_is_scored() -> None:
    from nnrecipes.data.spec import DataSpec, TargetSpec
    from nnrecipes.evaluation.score import score_target

    tags = TargetSpec("tags", "tags", "multilabel", "sigmoid", "multi_hot", ("x", "y"), 2)
    probability = np.array([[0.5, 0.51], [0.2, 0.5]])
    answers = prediction_frame(DataSpec((), (tags,)), {"tags": probability})
    assert answers[["tags_x", "tags_y"]].to_numpy().tolist() == [[0, 1], [0, 0]]
    assert (
        score_target(tags, np.array([[0, 1], [0, 0]]), probability, resamples=0)["metrics"]["subset_accuracy"]["value"]
        == 1
    )


def test_rows_that_cannot_be_answered_are_not_scored(tmp_path: Path) -> None:
    rows = visits(200).drop(columns=["ill", "ward"])
    rows.loc[[3, 50, 120], "fever"] = np.nan
    recipe = {"data": {}, "model": {"kind": "sequential"}, "targets": {"days": {"task": "regression"}}, "preprocessing": {"numeric": {"missing": "drop"}},
              "training": {"epochs": 1, "callbacks": {"progress": False}}, "evaluation": {"bootstrap": 100, "plots": False}}  # fmt: skip
    run = nn.train(recipe, data=rows, runs_dir=tmp_path)
    scores = run.evaluate(rows)["days"]
    answers = run.predict(rows)["days"]
    assert scores["rows"] == 197 == answers.notna().sum()
    assert scores["metrics"]["mae"]["value"] == pytest.approx((answers - rows["days"]).abs().mean(), rel=1e-5)
    assert len(run.importance(rows, repeats=1)) == 4
