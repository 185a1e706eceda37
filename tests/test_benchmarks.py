"""What benchmarks say of the shipped recipes: their data are found by keys that the recipes have."""

from pathlib import Path

import pytest

from nnrecipes.config.load import is_recommender, load_config, read
from nnrecipes.config.load_recommender import load_recommender
from nnrecipes.config.shipped import offline_recipe_names, recipe_names

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
LEFT_OUT = {"recommender_movielens_1m"}
"""Of data that are not in the folder."""


@pytest.fixture(autouse=True)
def path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def known():
    import public_data

    return public_data._known(Path("/data"))


def test_every_recipe_whose_data_do_not_ship_has_a_place():
    assert set(known()) == set(recipe_names()) - set(offline_recipe_names()) - LEFT_OUT


def test_places_are_keys_of_the_recipes():
    for name, overrides in known().items():
        if is_recommender(read(name)):
            config = load_recommender(name, overrides).config
            assert config.data.interactions.source.path == "/data/ml-100k/ml-100k.inter"
        else:
            load_config(name, overrides)


def test_recipes_without_their_data_are_skipped(tmp_path):
    import public_data

    assert public_data.overrides_of("multimodal_coffee", tmp_path) is None
    assert public_data.overrides_of("sequential_wine", tmp_path) is None


def test_headlines_are_the_named_metrics_that_a_run_has():
    from nnrecipes.zoo import headlines

    def part(task, *names):
        return {"task": task, "metrics": dict.fromkeys(names)}

    metrics = {"y": part("regression", "mae", "rmse", "r2"), "z": part("strange", "first", "second")}
    assert headlines(metrics) == [
        ("y", "regression", "rmse"), ("y", "regression", "r2"), ("z", "strange", "first"),
    ]  # fmt: skip
