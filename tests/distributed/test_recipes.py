"""What a recipe with several workers may ask for, and what says no before anything is started."""

import keras
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.errors import ConfigError

TWO = {"training.distributed.workers": 2}


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        ({"training.trainer": "compiled"}, "training.trainer: expected auto where several workers train"),
        ({"training.ensemble": 2}, "training.ensemble: expected 1 where several workers train"),
        ({"training.batch_size": 1}, "training.batch_size: expected 2 rows or more, one for each worker. Received: 1."),
        ({"training.optimizer": {"kind": "adam", "use_ema": True}}, "training.optimizer.use_ema: expected nothing"),
        ({"evaluation.cross_validate": 3}, "evaluation.cross_validate: expected 0 where several workers train"),
        (
            {"training.distributed": {"engine": "mirrored", "address": "auto"}},
            "training.distributed.address: expected nothing with engine: mirrored. Received: 'auto'.",
        ),
        (
            {"training.distributed": {"engine": "mirrored", "checkpoint_every": 5}},
            "training.distributed.checkpoint_every: expected 0 with engine: mirrored. Received: 5.",
        ),
        (
            {"training.callbacks.tensorboard": {"update_freq": "batch"}},
            "training.callbacks.tensorboard: expected update_freq: epoch",
        ),
        ({"training.distributed.engne": "ray"}, "Did you mean engine?"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_several_workers_cannot_do_is_one_line(overrides, line):
    with pytest.raises(ConfigError) as error:
        nn.train("sequential_wine", {**TWO, **overrides})
    assert line in str(error.value)


def test_a_siamese_network_compares_rows_of_a_whole_batch():
    with pytest.raises(ConfigError, match="model.kind: expected a recipe's model other than siamese"):
        nn.train("siamese_symbols", TWO)


def test_a_recommender_trains_in_one_process():
    with pytest.raises(ConfigError, match="training.distributed: expected nothing: a recommender trains in one proc"):
        nn.train("recommender_synthetic", TWO)


def test_a_model_and_callbacks_from_python_are_refused():
    import numpy as np

    rows = {"a": np.arange(50.0), "b": np.arange(50.0)}
    values = {"data": {}, "targets": {"b": {"task": "regression"}}, "training": {"distributed": {"workers": 2}}}
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ConfigError, match="this one is given from Python"):
        nn.train(values, data=rows, model=model)
    with pytest.raises(ConfigError, match="callbacks: expected none where several workers train .* Received: History"):
        nn.train("sequential_wine", TWO, callbacks=[keras.callbacks.History()])


def test_mirrored_without_gpus_is_refused_in_one_sentence_and_leaves_no_run(tmp_path):
    with pytest.raises(ConfigError, match="expected 2 GPUs on this machine that TensorFlow can use .* Received: 0"):
        nn.train("sequential_wine", {"training.distributed.engine": "mirrored"}, runs_dir=tmp_path)
    assert not list(tmp_path.glob("*/*"))


def test_without_ray_the_command_says_what_to_install(monkeypatch, capsys, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["train", "sequential_wine", "--workers", "2", "--runs", str(tmp_path), "--quiet"]) == 2
    assert "pip install 'nnrecipes[distributed]'" in capsys.readouterr().err


def test_the_command_sets_workers_and_address(capsys):
    assert main(["train", "sequential_wine", "--address", "auto"]) == 2
    assert "expected --workers N together with --address" in capsys.readouterr().err
    assert main(["train", "sequential_wine", "--workers", "0"]) == 2
    assert "training.distributed.workers: expected" in capsys.readouterr().err
    assert main(["train", "--resume", "latest", "--workers", "3"]) == 2
    assert "expected no recipe and no override" in capsys.readouterr().err
