"""A whole search through the public entrances, on iris: few trials, few epochs."""

import io
import json

import numpy as np
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.tuning.trial import Trials

RECIPE = {
    "name": "searched",
    "data": {"source": {"kind": "sklearn", "name": "iris"}},
    "targets": {"species": {"task": "multiclass"}},
    "model": {"kind": "sequential", "hidden_units": [8]},
    "training": {"epochs": 6, "batch_size": 16, "callbacks": {"early_stopping": {"patience": 6}, "progress": False}},
    "tuning": {
        "trials": 4,
        "space": {
            "training.optimizer.learning_rate": {"loguniform": [1e-4, 1e-1]},
            "model.hidden_units": {"choice": [[8], [16]]},
        },
    },
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    lines = []
    found = nn.tune(RECIPE, runs_dir=tmp_path_factory.mktemp("runs"), notify=lines.append)
    return found, lines


def test_without_divisions_the_winner_has_the_least_validation_loss_of_all_trials(tmp_path):
    found = nn.tune(RECIPE, {"tuning.redraws": 0}, runs_dir=tmp_path, retrain=False)
    losses = [row["val_loss"] for row in found.trials if row["state"] == "complete"]
    assert found.scores == (min(losses),)
    assert len(found.trials) == 4
    assert (found.fresh, found.finalists) == ({}, [])
    assert not (found.folder / "finalists.csv").exists()


def test_the_winner_is_an_ordinary_run_with_its_values(searched):
    found, _ = searched
    assert found.run.config.training.optimizer["learning_rate"] == found.best["training.optimizer.learning_rate"]
    assert list(found.run.config.model.hidden_units) == found.best["model.hidden_units"]
    assert len(found.run.provenance["rows"]["test"]) == 15  # which the search had not in memory


def test_the_run_of_the_winner_repeats_its_validation_loss(searched):
    found, _ = searched
    assert min(found.run.history["val_loss"]) == pytest.approx(found.scores[0], rel=1e-6)


def test_every_trial_is_a_line(searched):
    _, lines = searched
    assert sum(line.startswith("trial ") for line in lines) == 4


def test_best_yaml_is_a_recipe_that_trains_as_it_is(searched):
    found, _ = searched
    loaded = nn.check(found.folder / "best.yaml")
    assert loaded.config.tuning is None
    assert loaded.config.training.optimizer["learning_rate"] == found.best["training.optimizer.learning_rate"]


def test_the_study_has_a_table_a_page_and_pictures(searched):
    found, _ = searched
    page = (found.folder / "study.html").read_text()
    assert page.count("data:image/png") >= 3
    assert "Finalists" in page
    assert (found.folder / "trials.csv").read_text().count("\n") == 5
    assert {path.stem for path in (found.folder / "plots").glob("*.png")} >= {"history", "slices", "parallel"}


def test_a_second_search_adds_no_trial(searched):
    found, _ = searched
    again = nn.tune(RECIPE, runs_dir=found.folder.parent.parent, retrain=False)
    assert again.trials == found.trials
    assert again.run is None


def test_a_search_has_no_test_rows_in_memory():
    _, (prepared,) = Trials(RECIPE, {}, None, ("val_loss",)).prepare({})
    assert len(prepared.test) == 0
    assert len(prepared.train) + len(prepared.validation) == 135


def test_folds_give_every_row_to_validation_once():
    _, prepared = Trials(RECIPE, {}, None, ("val_loss",)).prepare({}, folds=5)
    held = np.concatenate([part.validation.rows for part in prepared])
    assert len(held) == len(set(held)) == 135


def test_arrays_are_prepared_once_for_trials_that_differ_in_the_network():
    trials = Trials(RECIPE, {}, None, ("val_loss",))
    first = trials.prepare({"model.hidden_units": [8]})[1]
    assert trials.prepare({"model.hidden_units": [16]})[1] is first
    assert trials.prepare({"preprocessing.numeric.scale": "minmax"})[1] is not first


def test_several_objectives_give_a_front(tmp_path):
    recipe = {**RECIPE, "tuning": {**RECIPE["tuning"], "objective": ["val_loss", "val_accuracy"], "trials": 3}}
    found = nn.tune(recipe, runs_dir=tmp_path, retrain=False)
    assert len(found.scores) == 2
    assert (found.folder / "plots" / "front.png").is_file()


def test_a_recipe_without_a_space_is_one_error(tmp_path, capsys):
    assert main(["tune", "sequential_wine", "--runs", str(tmp_path)]) == 2
    assert "tuning: expected a section with the space to search" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_json(tmp_path, capsys):
    path = tmp_path / "searched.yaml"
    path.write_text(json.dumps({**RECIPE, "tuning": {**RECIPE["tuning"], "trials": 2}}))
    assert main(["tune", str(path), "--runs", str(tmp_path / "runs"), "--no-run", "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["trials"]) == 2
    assert set(answer["best"]) == set(RECIPE["tuning"]["space"])


def test_rows_from_python_are_searched_by_one_process_alone(tmp_path):
    with pytest.raises(nn.ConfigError, match="workers"):
        nn.tune(RECIPE, workers=2, runs_dir=tmp_path)


@pytest.mark.slow
def test_two_workers_share_a_study(tmp_path):
    path = tmp_path / "searched.yaml"
    path.write_text(json.dumps({**RECIPE, "tuning": {**RECIPE["tuning"], "trials": 8}}))
    found = nn.tune(path, workers=2, runs_dir=tmp_path / "runs", retrain=False)
    assert len(found.trials) == 8


def test_the_rate_test_finds_the_steepest_fall_and_leaves_no_file(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["lr-find", "sequential_diabetes", "--steps", "80", "--low", "1e-5", "--json"]
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert 1e-5 < answer["suggested"] < 0.5
    assert answer["batch_size"] >= 8
    assert len(answer["reasons"]) == 3
    assert list(tmp_path.iterdir()) == []


def test_the_noise_scale_of_a_linear_model_is_that_of_the_formula():
    import keras

    from nnrecipes.data.spec import Arrays
    from nnrecipes.tuning.batch_size import noise_scale

    random = np.random.default_rng(0)
    x = random.normal(size=(4000, 1)).astype("float32")
    y = (2 * x + random.normal(scale=3, size=(4000, 1))).astype("float32")
    model = keras.Sequential([keras.Input((1,), name="x"), keras.layers.Dense(1, use_bias=False, name="y",
                                                                              kernel_initializer="zeros")])  # fmt: skip
    model.compile("sgd", "mse")
    gradients = -2 * (y * x)[:, 0]  # of (y - w x)^2 at w = 0, a row
    expected = gradients.var() / gradients.mean() ** 2
    found = noise_scale(model, Arrays({"x": x}, {"y": y}, np.arange(4000)))
    assert found == pytest.approx(expected, rel=0.5)


def test_limits_of_the_rate_test_that_fall_are_refused(capsys):
    assert main(["lr-find", "sequential_diabetes", "--low", "1", "--high", "0.1"]) == 2
    assert "expected 0 < low < high" in capsys.readouterr().err


SHALLOW = {
    **RECIPE,
    "training": {**RECIPE["training"], "epochs": 4, "optimizer": {"kind": "adamw", "weight_decay": 0.01}},
    "tuning": {
        "trials": 6,
        "sampler": "random",
        "pruner": "none",
        "space": {
            "training.optimizer.learning_rate": {"loguniform": [1e-3, 1e-1]},
            "training.optimizer.weight_decay": {"loguniform": [1e-3, 1.0]},
            "model.dropout": {"uniform": [0.1, 0.5]},
        },
    },
}


def trial_values(found):
    return [(row["val_loss"], row["epochs"], row["state"]) for row in found.trials]


def test_trials_side_by_side_come_to_what_they_come_to_in_turns(tmp_path, monkeypatch):
    from nnrecipes.training.choose import Choice
    from nnrecipes.training.member_program import PROGRAMS

    together = []

    def both(name, gains):
        def choose(self, values, count):
            together.append(count)
            return gains

        monkeypatch.setattr(Trials, "gain_side_by_side", choose)
        monkeypatch.setattr("nnrecipes.training.several._choose", chosen(gains))
        return nn.tune(SHALLOW, {"tuning.redraws": 0}, runs_dir=tmp_path / name, retrain=False)

    def chosen(gains):
        return lambda config, models, jobs, *_: (Choice("graph", "as the test says"), gains and len(jobs) > 1)

    PROGRAMS.clear()
    turns = both("turns", False)
    assert len(PROGRAMS) == 0
    beside = both("beside", True)
    assert [form[1] for form in PROGRAMS] == [6]  # one program, of six members
    assert together == [6, 6]
    key = "training.optimizer.learning_rate"
    assert [row[key] for row in beside.trials] == [row[key] for row in turns.trials]
    for ours, theirs in zip(trial_values(beside), trial_values(turns), strict=True):
        assert ours[1:] == theirs[1:]
        assert ours[0] == pytest.approx(theirs[0], rel=1e-4)


def test_trials_side_by_side_are_given_up_one_by_one(monkeypatch):
    from nnrecipes.training.choose import Choice

    monkeypatch.setattr("nnrecipes.training.several._choose", lambda *_: (Choice("graph", "as the test says"), True))
    trials = Trials(SHALLOW, {}, None, ("val_loss",))
    seen = []

    def report(trial):
        def after(epoch, value):
            seen.append((trial, epoch))
            return trial == 1 and epoch == 1

        return after

    tried = [{"training.optimizer.learning_rate": rate} for rate in (0.01, 0.02, 0.03)]
    outcomes = trials.run_all(tried, reports=[report(trial) for trial in range(3)])
    assert [found.epochs for found in outcomes] == [4, 2, 4]
    assert [found.pruned for found in outcomes] == [False, True, False]
    assert len(seen) == 10


def test_a_network_that_is_used_again_ends_as_a_new_one():
    rates = [
        {"training.optimizer.learning_rate": rate, "training.optimizer.weight_decay": rate} for rate in (0.1, 0.003)
    ]
    trials = Trials(SHALLOW, {}, None, ("val_loss", "val_accuracy"))
    first, second, again = (trials.run(values).values for values in (*rates, rates[0]))
    assert len([network for free in trials._networks._free.values() for network in free]) == 1
    assert first == again != second
    assert Trials(SHALLOW, {}, None, ("val_loss", "val_accuracy")).run(rates[1]).values == second


def test_trials_of_other_dropout_share_the_program_and_a_list_of_units_does_not():
    from nnrecipes.training.program import PROGRAMS

    PROGRAMS.clear()
    trials = Trials(SHALLOW, {}, None, ("val_loss",))
    values = [trials.run({"model.dropout": rate}).values for rate in (0.1, 0.4)]
    assert values[0] != values[1]
    assert len(PROGRAMS) == 1
    trials.run({"model.hidden_units": [5]})
    assert len(PROGRAMS) == 2


def test_the_table_has_the_latest_trials_the_best_one_and_what_is_left(searched):
    from rich.console import Console

    from nnrecipes.tuning.table import study_table
    from nnrecipes.tuning.tune import Search

    found, _ = searched
    search = Search(RECIPE, {"tuning.trials": 8}, runs_dir=found.folder.parent.parent)
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(study_table(search, 90, before=0))
    text = console.export_text()
    assert "searched: 4 of 8 trials, 1:30, about 1:30 to go" in text
    (best,) = [line for line in text.splitlines() if "best" in line]
    assert f"{found.scores[0]:.4g}" in best
    assert "learning_rate" in text
    assert sum(line.startswith("│") for line in text.splitlines()) == 4


def test_a_table_takes_the_place_of_the_lines_of_trials(tmp_path, capsys):
    lines = []
    nn.tune(RECIPE, {"tuning.trials": 2}, runs_dir=tmp_path, retrain=False, notify=lines.append, table=True)
    assert not any(line.startswith("trial ") for line in lines)
    assert "2 of 2 trials" in capsys.readouterr().err


def test_values_that_were_tried_are_not_trained_again_and_the_search_ends_with_the_last_combination(tmp_path):
    lines = []
    recipe = {**RECIPE, "tuning": {"trials": 30, "sampler": "random", "pruner": "none",
                                   "space": {"model.hidden_units": {"choice": [[8], [4], [3]]}}}}  # fmt: skip
    found = nn.tune(recipe, runs_dir=tmp_path, retrain=False, notify=lines.append)
    trained = [line for line in lines if line.startswith("trial ") and "the same as" not in line]
    assert len(trained) == 3
    assert len(found.trials) < 30
    assert found.trials[0]["model.hidden_units"] == "[8]"  # the recipe's own
    of_units = {row["model.hidden_units"]: row["val_loss"] for row in found.trials}
    assert all(row["val_loss"] == of_units[row["model.hidden_units"]] for row in found.trials)


def test_no_worker_is_refused(tmp_path, capsys):
    assert main(["tune", "sequential_wine", "tuning.space={model.dropout: {choice: [0.1, 0.2]}}", "--workers", "0",
                 "--runs", str(tmp_path)]) == 2  # fmt: skip
    assert "workers: expected 1 or more" in capsys.readouterr().err


def test_a_recipe_with_workers_says_that_trials_are_of_one_process(tmp_path):
    lines = []
    given = {"training.distributed": {"engine": "ray", "workers": 2}, "tuning.trials": 1, "tuning.redraws": 0}
    nn.tune(RECIPE, given, runs_dir=tmp_path, retrain=False, notify=lines.append)
    assert lines[0] == "training.distributed: trials and finalists train in this process, with the same global batches"
