"""Members of an ensemble: each is the network that a run of its seed trains; the run gives their mean."""

import numpy as np
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.data.spec import Arrays
from nnrecipes.training.ensemble import join, member_seed, take

SHORT = {
    "training.epochs": 3,
    "training.callbacks.progress": False,
    "evaluation.plots": False,
    "evaluation.bootstrap": 100,
}


def trained(folder, name="sequential_wine", **more):
    return nn.train(name, overrides={**SHORT, **{key.replace("__", "."): value for key, value in more.items()}},
                    runs_dir=folder)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), training__ensemble=3)


def own_layers(member):
    return [array for layer in member.layers for array in layer.get_weights()]


def solo_weights(run, seed):
    """Weights of the recipe's network trained by Model.fit from this seed, on the run's rows."""
    from nnrecipes.data.build import load_data
    from nnrecipes.models.build import build_model
    from nnrecipes.preprocessing.build import fit_preprocessor
    from nnrecipes.training.build import compile_for
    from nnrecipes.training.fit import fit_keras

    prepared = fit_preprocessor(run.config, load_data(run.config))
    model = compile_for(build_model(run.config.model, prepared.preprocessor.spec, seed), run.config)
    training = run.config.training
    fit_keras(model, prepared.train, prepared.validation, epochs=training.epochs, batch_size=training.batch_size,
              seed=seed)  # fmt: skip
    return own_layers(model)


@pytest.mark.parametrize("place", [0, 2])
def test_member_has_the_weights_of_fit_from_its_seed(run, place):
    member = run.model.get_layer(f"member_{place}")
    for ours, theirs in zip(own_layers(member), solo_weights(run, member_seed(run.config.seed, place)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_members_differ_and_the_answer_is_the_mean_of_theirs(run):
    x = np.random.default_rng(0).normal(size=(7, run.model.inputs[0].shape[1])).astype("float32")
    members = [run.model.get_layer(f"member_{place}")(x).numpy() for place in range(3)]
    assert np.abs(members[0] - members[1]).max() > 1e-3
    np.testing.assert_allclose(run.model(x).numpy(), np.mean(members, axis=0), atol=1e-6)


def test_loaded_run_answers_as_the_one_that_was_trained(run):
    from sklearn.datasets import load_wine

    frame = load_wine(as_frame=True).frame.head(5).rename(columns=lambda name: name.replace("/", "_"))
    ours, theirs = run.predict(frame), nn.load_run(run.path).predict(frame)
    assert ours.equals(theirs)
    assert len(ours) == 5


def test_history_is_the_mean_over_the_members_that_still_train(run):
    import pandas as pd

    members = [pd.read_csv(run.path / "members" / str(place) / "history.csv")["val_loss"] for place in range(3)]
    np.testing.assert_allclose(run.history["val_loss"], np.mean(members, axis=0), rtol=1e-12)


def test_same_recipe_gives_the_same_ensemble_bit_for_bit(run, tmp_path):
    again = trained(tmp_path, training__ensemble=3)
    for ours, theirs in zip(run.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.fixture
def side_by_side(monkeypatch):
    """A table of costs by which networks go side by side."""
    from nnrecipes.training import costs

    table = {kind: dict(row) for kind, row in costs.costs().items()}
    table["graph_members"] = dict.fromkeys(table["graph_members"], 0.0)
    monkeypatch.setattr(costs, "costs", lambda: table)


def test_members_side_by_side_are_those_that_take_turns(run, side_by_side, tmp_path):
    said = []
    together = nn.train("sequential_wine", {**SHORT, "training.ensemble": 3}, runs_dir=tmp_path, notify=said.append)
    assert any(line.startswith("3 networks in one program (graph): 24 updates of each") for line in said), said
    assert together.provenance["members"] == "side by side"
    assert run.provenance["members"] == "in turns"
    for ours, theirs in zip(together.model.get_weights(), run.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    for name, values in run.history.items():
        np.testing.assert_allclose(together.history[name], values, rtol=1e-5, atol=1e-5)
    assert (together.path / "members" / "2" / "checkpoints" / "best.keras").is_file()


def test_ensemble_that_is_killed_between_the_files_of_two_members_ends_bit_for_bit(side_by_side, tmp_path, monkeypatch):
    from nnrecipes.training.resume import Resume

    recipe = {**SHORT, "training.ensemble": 3, "training.callbacks.early_stopping": {"patience": 1}}
    whole = nn.train("sequential_wine", recipe, runs_dir=tmp_path / "whole")
    keep = Resume.on_epoch_end

    def killed(self, epoch, logs=None):
        if epoch == 1 and self.folder.parent.name == "1":
            raise Stop
        keep(self, epoch, logs)

    monkeypatch.setattr(Resume, "on_epoch_end", killed)
    with pytest.raises(Stop):
        nn.train("sequential_wine", recipe, runs_dir=tmp_path)
    monkeypatch.setattr(Resume, "on_epoch_end", keep)
    states = sorted(
        path.parents[1].name + path.stem[-1] for path in tmp_path.glob("sequential_wine/*/members/*/*/resume*")
    )
    assert states == ["02", "11", "21"]
    again = nn.resume("latest", runs_dir=tmp_path)
    for ours, theirs in zip(again.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert again.history == whole.history


def test_folds_that_differ_by_a_row_make_groups(side_by_side, tmp_path):
    said = []
    nn.train("sequential_wine", {**SHORT, "training.ensemble": 3, "training.ensemble_of": "folds"}, runs_dir=tmp_path,
             notify=said.append)  # fmt: skip
    assert sum(line.startswith("2 networks in one program") for line in said) == 1
    assert "network 1 of 3" in said


class Stop(RuntimeError):
    """What ends a training in the test."""


def test_killed_ensemble_ends_as_the_uninterrupted_one(run, tmp_path):
    import keras

    class Killer(keras.callbacks.Callback):
        seen = 0

        def on_epoch_end(self, epoch, logs=None):
            self.seen += 1
            if self.seen == 5:  # the second epoch of the second member
                raise Stop

    with pytest.raises(Stop):
        nn.train("sequential_wine", overrides={**SHORT, "training.ensemble": 3}, callbacks=[Killer()],
                 runs_dir=tmp_path)  # fmt: skip
    again = nn.resume("latest", runs_dir=tmp_path, callbacks=[keras.callbacks.Callback()])
    for ours, theirs in zip(run.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not list(again.path.rglob("resume-*"))


def test_folds_give_each_member_rows_of_its_own(tmp_path):
    folds = trained(tmp_path, training__ensemble=3, training__ensemble_of="folds")
    seeds = trained(tmp_path, training__ensemble=3)
    first = own_layers(folds.model.get_layer("member_0"))[0]
    assert np.abs(first - own_layers(seeds.model.get_layer("member_0"))[0]).max() > 1e-4


def test_several_outputs_are_averaged_one_by_one(tmp_path):
    run = trained(tmp_path, "iris_multi_output", training__ensemble=2)
    assert set(run.model.output_names) == {target.output for target in run.config.targets.values()}


@pytest.fixture(scope="module")
def by_input(tmp_path_factory):
    short = {"training.epochs": 2, "training.ensemble": 2, "training.ensemble_of": "inputs"}
    return nn.train("multimodal_two_inputs", {**SHORT, **short}, runs_dir=tmp_path_factory.mktemp("runs"))


def test_members_of_inputs_see_one_each_and_the_answer_is_their_mean(by_input):
    names = [tensor.name for tensor in by_input.model.inputs]
    members = [by_input.model.get_layer(f"member_{place}") for place in range(2)]
    assert [[tensor.name for tensor in member.inputs] for member in members] == [[name] for name in names]
    rng = np.random.default_rng(0)
    x = {tensor.name: rng.integers(0, 3, (5, *tensor.shape[1:])).astype(tensor.dtype)
         for tensor in by_input.model.inputs}  # fmt: skip
    apart = [member(x[name]).numpy() for member, name in zip(members, names, strict=True)]
    np.testing.assert_allclose(by_input.model(x).numpy(), np.mean(apart, axis=0), atol=1e-6)
    x[names[1]] = x[names[1]][::-1].copy()
    moved = by_input.model(x).numpy() - np.mean(apart, axis=0)
    np.testing.assert_allclose(moved, (members[1](x[names[1]]).numpy() - apart[1]) / 2, atol=1e-6)


def test_a_member_of_an_input_is_the_network_of_a_recipe_with_that_input_alone(by_input, tmp_path):
    inputs = {name: item.model_dump() for name, item in by_input.config.inputs.items()}
    first = next(iter(inputs))
    branch = (
        {first: by_input.config.model.branches[first].model_dump()} if first in by_input.config.model.branches else {}
    )
    alone = {"inputs": {first: inputs[first]}, "model.branches": branch, "training.epochs": 2}
    solo = nn.train("multimodal_two_inputs", {**SHORT, **alone}, runs_dir=tmp_path)
    for ours, theirs in zip(own_layers(by_input.model.get_layer("member_0")), own_layers(solo.model), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("overrides", "where"),
    [
        ({"training.ensemble": 3, "training.ensemble_of": "inputs"}, "training.ensemble: expected 2"),
        ({"training.ensemble_of": "inputs"}, "training.ensemble: expected 2"),
    ],
)
def test_members_of_inputs_are_as_many_as_the_inputs(overrides, where):
    with pytest.raises(nn.ConfigError, match=where):
        nn.load_config("multimodal_two_inputs", overrides)
    with pytest.raises(nn.ConfigError, match="a network for each input needs a multimodal model"):
        nn.load_config("sequential_wine", overrides)


@pytest.mark.parametrize(
    ("overrides", "where"),
    [
        ({"training.ensemble_of": "folds"}, "training.ensemble_of"),
        ({"training.ensemble": 3, "training.ensemble_of": "folds", "evaluation.importance": True}, "importance"),
        ({"training.ensemble": 0}, "training.ensemble"),
        ({"training.ensemble": 2, "training.init_from": "latest"}, "training.init_from"),
    ],
)
def test_what_does_not_fit_is_refused(overrides, where):
    with pytest.raises(nn.ConfigError, match=where):
        nn.load_config("sequential_wine", overrides)


@pytest.mark.parametrize("words", [["dense_autoencoder_digits"], ["recommender_synthetic", "model={kind: ease}"]])
def test_networks_of_codes_and_what_is_solved_have_no_ensemble(words, capsys):
    assert main(["check", *words, "training.ensemble=3"]) == 2
    assert "training.ensemble: expected 1" in capsys.readouterr().err


def arrays(rows, weights=None):
    ids = np.asarray(rows)
    x = {"features": np.stack([ids, ids], axis=1).astype("float32")}
    return Arrays(
        x, {"y": ids.astype("float32")}, ids, {} if weights is None else {"y": np.asarray(weights, "float32")}
    )


def test_join_and_take_keep_rows_labels_and_weights_together():
    pool = join(arrays([3, 1]), arrays([7], [0.5]))
    assert pool.rows.tolist() == [3, 1, 7]
    assert pool.weights["y"].tolist() == [1.0, 1.0, 0.5]
    some = take(pool, np.array([2, 0]))
    assert some.y["y"].tolist() == [7.0, 3.0]
    assert some.x["features"][:, 1].tolist() == [7.0, 3.0]
    assert some.weights["y"].tolist() == [0.5, 1.0]
