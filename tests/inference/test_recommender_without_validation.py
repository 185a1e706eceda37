"""Every user but the test's trains, where nothing is left to be chosen: ``data.split.validation: 0``."""

import pytest

import nnrecipes as nn
from nnrecipes.errors import ConfigError

ALL = {"data.split": {"kind": "strong", "test": 0.2, "validation": 0}, "training.epochs": 4, "evaluation.plots": False,
       "training.callbacks.progress": False, "evaluation.bootstrap": 100, "model.weight": 0.4}  # fmt: skip


def test_all_but_the_test_users_train_and_the_rivals_are_fitted_to_them(tmp_path):
    run = nn.train("recommender_synthetic", ALL, runs_dir=tmp_path)
    users = run.provenance["users"]
    assert users["validation"] == 0
    assert users["train"] == len(run.vocabulary.users)
    assert users["test"] == pytest.approx(users["train"] / 4, abs=2)  # a fifth of all
    assert list(run.history) == ["loss"]
    assert len(run.history["loss"]) == 4
    rivals = run.metrics["ranking"]["baselines"]
    assert rivals["ease"]["ndcg@100"] > rivals["popularity"]["ndcg@100"]
    assert run.metrics["ranking"]["metrics"]["ndcg@100"]["value"] > rivals["popularity"]["ndcg@100"]


def test_what_would_be_chosen_on_validation_users_has_to_be_said():
    changes = {**ALL, "model.weight": None, "training.callbacks.monitor": "val_ndcg@100"}
    with pytest.raises(ConfigError) as error:
        nn.train("recommender_synthetic", changes)
    assert "model.weight: expected the weight of EASE" in str(error.value)
    assert "training.callbacks.monitor: expected one of loss" in str(error.value)
