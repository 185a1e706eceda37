"""The audit of recommenders: shipped recipes are clean; planted leaks are found."""

from dataclasses import replace

import numpy as np
import pytest

from nnrecipes.audit.recommender import audit_recommender
from nnrecipes.cli.main import main
from nnrecipes.data.synthetic_interactions import readings
from nnrecipes.preprocessing.histories import fit_histories

DRAWN = readings(users=80, items=40, seed=3)
ROWS = {"user": DRAWN.user, "item": DRAWN.item, "time": np.arange(len(DRAWN.user)), "stars": DRAWN.item % 5 + 1}


def recipe(split: str) -> dict[str, object]:
    columns = {"source": {"kind": "arrays"}, "time": "time", "rating": "stars"}
    model = {"kind": "autorec" if split == "ratings" else "mult_dae"}
    return {"name": "some", "data": {"interactions": columns, "split": {"kind": split}}, "model": model}


def test_the_shipped_recipe_is_clean(capsys):
    assert main(["audit", "recommender_synthetic"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "clean"


@pytest.mark.parametrize("split", ["strong", "weak", "time", "ratings"])
def test_every_split_is_clean(split):
    found = audit_recommender(recipe(split), data=ROWS)
    assert found.verdict == "clean"
    assert min(found.rows.values()) > 0


def counts_of_all_rows(log, sets, **options):
    prepared = fit_histories(log, sets, **options)
    counts = np.bincount(log.item, minlength=len(log.items))[: len(prepared.vocabulary.items)]
    return replace(prepared, vocabulary=replace(prepared.vocabulary, counts=counts))


def vocabulary_of_all_rows(log, sets, **options):
    return fit_histories(log, replace(sets, train=np.arange(len(log))), **options)


@pytest.mark.parametrize(("fit", "names"), [(counts_of_all_rows, {"counts"}), (vocabulary_of_all_rows, {"histories"})])
@pytest.mark.parametrize("split", ["strong", "weak"])
def test_what_knows_held_out_rows_is_named(fit, names, split):
    found = audit_recommender(recipe(split), data=ROWS, fit=fit)
    assert not found.clean
    assert names <= {leak.what for leak in found.leaks}
