"""The audit's own parts: which rows exchange labels, what the variants do, what counts as another value."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold

from nnrecipes.audit.compare import differences, same, take
from nnrecipes.audit.frozen import Frozen, freeze
from nnrecipes.audit.own_label import check_own_labels, find_pairs
from nnrecipes.audit.result import Audit, Check, Leak
from nnrecipes.audit.variants import VARIANTS
from nnrecipes.config.load import load_config
from nnrecipes.data.build import load_data
from nnrecipes.data.read import read_table
from nnrecipes.data.spec import derive_seed
from nnrecipes.preprocessing.build import fit_preprocessor


@pytest.fixture
def frozen(trips, recipe) -> Frozen:
    config = recipe("good", use=["harbour", "crew", "departure"], model={"kind": "sequential"})
    config["data"]["source"] = {"kind": "arrays"}
    config["preprocessing"]["categorical"] = {"encode": "target", "missing": "unknown", "folds": 4}
    loaded = load_config(config).config
    return freeze(loaded, load_data(loaded, trips), read_table(loaded.data.source, trips, ["good"]))


def test_frozen_rows_load_to_the_rows_sets_and_types_of_the_recipe(frozen, trips):
    again = load_data(frozen.config, frozen.frame)
    for name in ("train", "validation", "test"):
        assert np.array_equal(getattr(again.split, name), getattr(frozen.split, name))
    assert again.schema.columns == frozen.types
    pd.testing.assert_series_equal(again.frame["hours"], trips["hours"])


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_changes_held_out_rows_and_no_training_row(frozen, name):
    rows = frozen.held_out
    changed = frozen.with_values(rows, VARIANTS[name](frozen, rows)).frame
    train = frozen.split.train
    pd.testing.assert_frame_equal(changed.iloc[train], frozen.frame.iloc[train])
    pd.testing.assert_series_equal(changed.dtypes, frozen.frame.dtypes)
    before, after = frozen.frame.iloc[rows], changed.iloc[rows]
    columns = ["good"] if name.startswith("labels") else list(frozen.types)
    moved = [column for column in before if not before[column].equals(after[column])]
    assert set(moved) == set(columns)


def test_extremes_lie_beyond_every_training_row_and_unseen_categories_are_unseen(frozen):
    train = frozen.frame.iloc[frozen.split.train]
    high, low = (VARIANTS[name](frozen, frozen.held_out) for name in ("far above", "far below"))
    assert high["hours"] > 1e5 * train["hours"].max()
    assert low["hours"] < -1e5 * train["hours"].max()
    assert low["departure"] < train["departure"].min() < train["departure"].max() < high["departure"]
    for values in (high["gear"], low["gear"]):
        assert not set(values) & set(train["gear"])
    assert max(low["gear"]) < train["gear"].dropna().min()
    assert min(high["gear"]) > train["gear"].dropna().max()


def test_pairs_of_a_table_sorted_by_its_target_are_found_too(frozen):
    frame = frozen.frame.sort_values("good", kind="stable").reset_index(drop=True)
    by_target = replace(frozen, frame=frame, split=load_data(frozen.config, frame).split)
    check = check_own_labels(by_target, lambda rows: fit_preprocessor(rows.config, load_data(rows.config, rows.frame)))
    assert check.changed.startswith("labels of 6 training rows")
    assert (check.verdict, check.checked) == ("unmoved", "those rows' own x")


def test_pairs_have_unlike_labels_and_stay_in_their_fold(frozen):
    plan = fit_preprocessor(frozen.config, load_data(frozen.config, frozen.frame)).preprocessor.plan
    train = frozen.split.train
    labels = frozen.frame["good"].iloc[train].to_numpy()
    for pair in find_pairs(frozen, plan):
        i, j = np.searchsorted(train, pair.rows)
        assert labels[i] != labels[j]
        exchanged = labels.copy()
        exchanged[[i, j]] = labels[[j, i]]
        before, after = (folds(values, derive_seed(plan.seed, "target_encoding")) for values in (labels, exchanged))
        assert np.array_equal(before, after)
        assert before[i] == before[j]
        for column in pair.differ:
            assert frozen.frame[column].iloc[pair.rows[0]] != frozen.frame[column].iloc[pair.rows[1]]


def folds(labels, seed):
    found = np.empty(len(labels))
    splitter = StratifiedKFold(4, shuffle=True, random_state=seed)
    for number, (_, fold) in enumerate(splitter.split(labels, labels)):
        found[fold] = number
    return found


def test_every_category_column_differs_in_some_pair(frozen):
    plan = fit_preprocessor(frozen.config, load_data(frozen.config, frozen.frame)).preprocessor.plan
    pairs = find_pairs(frozen, plan)
    assert len(pairs) >= 3
    assert set().union(*(pair.differ for pair in pairs)) == {"harbour", "gear", "crew"}


def test_one_bit_of_one_number_is_a_difference(frozen):
    dataset = load_data(frozen.config, frozen.frame)
    one, other = (fit_preprocessor(frozen.config, dataset) for _ in range(2))
    assert differences(take(one), take(other)) == []
    matrix = other.train.x["features"]
    matrix[3, 0] = np.nextafter(matrix[3, 0], np.inf)
    (leak,) = differences(take(one), take(other))
    assert (leak.what, leak.detail) == ("training x of input 'features'", "harbour (1 of 230 rows)")
    assert not same(np.float32([1]), np.float64([1]))


def test_a_table_in_the_npz_file_is_compared_and_named(frozen, trips):
    dataset = load_data(frozen.config, frozen.frame)
    one, other = (fit_preprocessor(frozen.config, dataset) for _ in range(2))
    other.preprocessor.features_["features"]["crew"].table[0, 0] += 1e-12
    (leak,) = differences(take(one), take(other))
    assert leak.what == "column 'crew' (input 'features')"
    size = trips["crew"].loc[dataset.split.train].nunique() + 1
    assert leak.detail == f"table 1 of {size} numbers"


def test_the_last_line_names_five_leaks_and_counts_the_others():
    leaks = tuple(Leak(f"column 'c{i}'", "moved") for i in range(8))
    audit = Audit("r", {}, (Check("rows", "x", "same bytes", leaks, ("test",)),), ("a <b>",))
    assert audit.verdict.startswith("LEAK: column 'c0'; ")
    assert audit.verdict.endswith("column 'c4' and 3 more")
    assert "leak: rows [test rows]: column 'c0': moved" in str(audit)
    assert "a &lt;b&gt;" in audit._repr_html_()
