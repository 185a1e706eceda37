"""AutoRec: biases against a direct solution, predictions through the run, and what a run of ratings does not do."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.errors import DataError, RunError
from nnrecipes.preprocessing.rating_bias import fit_rating_bias

FAST = {"training.callbacks.progress": False, "evaluation.plots": False, "evaluation.bootstrap": 100}
RECIPE = {
    "name": "stars",
    "data": {
        "interactions": {"source": {"kind": "arrays"}, "rating": "rating"},
        "split": {"kind": "ratings", "test": 0.15, "validation": 0.15},
    },
    "model": {"kind": "autorec", "hidden_units": [16], "l2": 1e-4},
    "training": {"epochs": 60, "batch_size": 20, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
}


def stars(users: int = 120, items: int = 60) -> pd.DataFrame:
    """Ratings of two tastes: users of one kind love the even items, the others the odd ones."""
    rng = np.random.default_rng(0)
    pairs = np.argwhere(rng.random((users, items)) < 0.4)
    likes = (pairs[:, 0] + pairs[:, 1]) % 2 == 0
    rating = np.clip(np.round(np.where(likes, 4.3, 2.0) + rng.normal(0, 0.5, len(pairs))), 1, 5)
    return pd.DataFrame({"user": pairs[:, 0], "item": pairs[:, 1], "rating": rating})


@pytest.fixture(scope="module", params=["item", "user"])
def run(request, tmp_path_factory):
    model = {**RECIPE["model"], "based": request.param, "residuals": request.param == "user"}
    return nn.train({**RECIPE, "model": model}, FAST, data=stars(), runs_dir=tmp_path_factory.mktemp("runs"))


def test_biases_solve_the_ridge_regression():
    rng = np.random.default_rng(1)
    dense = rng.integers(1, 6, (12, 8)) * (rng.random((12, 8)) < 0.6)
    ratings = csr_matrix(dense.astype(np.float32))
    bias = fit_rating_bias(ratings, shrinkage=2.0)
    rows, columns = dense.nonzero()
    design = np.zeros((len(rows), 20))
    design[np.arange(len(rows)), rows] = design[np.arange(len(rows)), 12 + columns] = 1
    target = dense[rows, columns] - dense[rows, columns].mean()
    solution = np.linalg.solve(design.T @ design + 2.0 * np.eye(20), design.T @ target)
    np.testing.assert_allclose(np.concatenate([bias.user, bias.item]), solution, atol=1e-5)


def test_autorec_finds_what_biases_cannot(run):
    scored = run.metrics["rating"]
    assert scored["metrics"]["rmse"]["value"] < 0.85 < 1.0 < scored["baselines"]["biases"]["rmse"]
    assert "beats the biases" in scored["verdict"]
    rows = pd.read_csv(run.folder.predictions)
    error = rows["predicted"] - rows["rating"]
    assert scored["metrics"]["rmse"]["value"] == pytest.approx(np.sqrt((error**2).mean()), abs=1e-9)
    assert rows["predicted"].between(1, 5).all()


def test_a_loaded_run_predicts_the_same_ratings(run):
    rows = pd.read_csv(run.folder.predictions, dtype={"user": str, "item": str})
    known = rows[rows["user"].isin(run.vocabulary.users) & rows["item"].isin(run.vocabulary.items)]
    found = nn.load_run(run.path).predict_rating(known["user"].tolist(), known["item"].tolist())
    np.testing.assert_allclose(found, known["predicted"], atol=1e-5)


def test_the_best_rated_items_come_first(run):
    user = run.vocabulary.users[0]
    found = run.recommend(user, k=5)
    assert found["score"].tolist() == sorted(found["score"], reverse=True)
    assert {int(item) % 2 for item in found["item"]} == {int(user) % 2}
    np.testing.assert_allclose(run.predict_rating([user] * 5, found["item"].tolist()), found["score"], atol=1e-5)


def test_items_and_users_of_a_kind_are_alike(run):
    item, user = run.vocabulary.items[3], run.vocabulary.users[4]
    assert {int(other) % 2 for other in run.similar_items(item, k=5)["item"]} == {int(item) % 2}
    assert {int(other) % 2 for other in run.similar_users(user, k=5)["user"]} == {int(user) % 2}


def test_ids_that_training_did_not_have_get_the_mean_and_are_named(run):
    found = run.predict_rating(["nobody"], ["nothing"])
    assert found[0] == pytest.approx(stars()["rating"].mean(), abs=0.1)
    assert run.notices == ["1 user that training did not have gets the mean and the other's bias: nobody.",
                           "1 item that training did not have gets the mean and the other's bias: nothing."]  # fmt: skip


def test_what_needs_a_ranking_says_so(run, capsys):
    with pytest.raises(RunError, match="as autorec predicts from ratings"):
        run.recommend(history=["1", "2"])
    with pytest.raises(RunError, match="autorec, which predicts ratings"):
        run.explain("1", user=run.vocabulary.users[0])
    with pytest.raises(DataError, match="expected one of the"):
        run.recommend("nobody")
    assert main(["show", str(run.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["rating"]["rows"] > 100
