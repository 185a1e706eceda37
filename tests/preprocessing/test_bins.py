"""Edges of bins: of quantiles, distinct values and a tree; and what reaches the network."""

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeRegressor

from nnrecipes.data.schema import Schema
from nnrecipes.data.spec import DataSpec
from nnrecipes.preprocessing.bins import bin_goal, fit_edges
from nnrecipes.preprocessing.plans import CategoricalPlan, InputPlan, NumericPlan, Plan, TargetPlan
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.scaling import fit_scaler, scale

RNG = np.random.default_rng(0)
PRICE = TargetPlan("price", "price", "regression", "linear", "value")


def test_quantile_bins_have_equally_many_rows():
    values = RNG.lognormal(size=1000)
    edges = fit_edges(values, quantile=8)
    assert np.histogram(values, edges)[0] == pytest.approx(125, abs=2)


def test_distinct_bins_see_values_that_few_rows_have():
    values = np.repeat(np.arange(41.0), [960, *[1] * 40])
    assert len(fit_edges(values, quantile=4)) == 2
    assert fit_edges(values, distinct=4).tolist() == [0, 10, 20, 30, 40]


def test_target_bins_are_the_thresholds_of_a_tree():
    values = RNG.uniform(size=500)
    goal = (values > 0.3)[:, None] + RNG.normal(0, 0.01, (500, 1))
    edges = fit_edges(values, target=2, goal=goal)
    threshold = DecisionTreeRegressor(max_depth=1).fit(values[:, None], goal).tree_.threshold[0]
    assert edges == pytest.approx([values.min(), threshold, values.max()], rel=1e-6)


@pytest.mark.parametrize("values", [np.ones(50), np.array([3.0]), np.full(4, 1e30)])
def test_a_single_value_has_no_bins(values):
    assert fit_edges(values, quantile=8, distinct=8, target=8, goal=np.ones((len(values), 1))).size == 0


def test_few_rows_make_few_bins():
    assert len(fit_edges(RNG.normal(size=30), quantile=24)) == 4


def test_edges_rise_in_float32():
    values = np.concatenate([[0.0], 1 + np.arange(200) * 1e-9, [1e9]])
    edges = fit_edges(values, quantile=24, distinct=24)
    assert edges.dtype == np.float32
    assert (np.diff(edges) > 0).all()


def test_targets_of_any_size_count_alike_in_the_goal():
    joined = bin_goal([RNG.normal(5, 100, (50, 1)), np.eye(3)[RNG.integers(0, 3, 50)], np.ones((50, 1))])
    assert joined.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert joined.std(axis=0) == pytest.approx([1, 1, 1, 1, 0])


def test_robust_clip_is_robust_scaling_drawn_to_within_three():
    values = RNG.normal(size=300) ** 3
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    z = (values - median) / (high - low)
    found = scale(values, fit_scaler(values, "robust_clip"))
    np.testing.assert_allclose(found, z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-9)
    assert scale(np.array([1e300, -1e300]), fit_scaler(values, "robust_clip")) == pytest.approx([3, -3])


def test_robust_clip_of_mostly_one_value_has_the_range_for_a_scale():
    values = np.repeat([0.0, 0.004], [95, 5])
    z = 2.0
    assert scale(values, fit_scaler(values, "robust_clip"))[-1] == pytest.approx(z / np.sqrt(1 + (z / 3) ** 2))
    assert scale(np.ones(3), fit_scaler(np.ones(3), "robust_clip")).tolist() == [0, 0, 0]


def frame(rows=200):
    city = [f"c{k % 12}" for k in range(rows)]
    return pd.DataFrame({"age": RNG.normal(size=rows), "city": city, "sex": ["f", "m"] * (rows // 2),
                         "price": RNG.normal(size=rows)})  # fmt: skip


def fitted(path=None):
    columns = {"age": NumericPlan("indicator", scale="robust_clip", quantile_bins=4, target_bins=4),
               "city": CategoricalPlan("unknown", encode="embedding"),
               "sex": CategoricalPlan("unknown", encode="embedding")}  # fmt: skip
    plan = Plan((InputPlan("features", ("age", "city", "sex")),), (PRICE,), columns)
    schema = Schema({"age": "numeric", "city": "categorical", "sex": "categorical"})
    preprocessor = Preprocessor(schema, plan)
    x, _ = preprocessor.fit_transform(frame())
    return preprocessor, x["features"]


def test_a_column_of_many_categories_is_one_of_codes_and_of_few_is_one_hot():
    preprocessor, x = fitted()
    item = preprocessor.spec.inputs[0]
    assert item.features == ("age", "age_missing", "city", "sex=f", "sex=m")
    assert item.cardinalities == (0, 0, 13, 0, 0)
    assert set(np.unique(x[:, 2])) == set(range(1, 13))
    new = pd.DataFrame({"age": [0.0], "city": ["nowhere"], "sex": ["f"]})
    assert preprocessor.transform(new)["features"][0, 2] == 0


def test_bins_are_of_the_scaled_numbers_and_only_theirs():
    preprocessor, x = fitted()
    bins = preprocessor.spec.inputs[0].bins
    assert [bool(edges) for edges in bins] == [True, False, False, False, False]
    assert (bins[0][0], bins[0][-1]) == pytest.approx((x[:, 0].min(), x[:, 0].max()))


def test_bins_come_back_from_files_exactly(tmp_path):
    preprocessor, _ = fitted()
    preprocessor.save(tmp_path)
    loaded = Preprocessor.load(tmp_path)
    assert loaded.spec == preprocessor.spec
    assert DataSpec.from_dict(preprocessor.spec.to_dict()) == preprocessor.spec
    rows = frame(20)
    np.testing.assert_array_equal(loaded.transform(rows)["features"], preprocessor.transform(rows)["features"])


def test_limits_are_the_training_labels_as_the_loss_takes_them():
    preprocessor, _ = fitted()
    rows = pd.DataFrame({"price": [1.0, 2.0, 6.0], "age": [0.0, 1.0, 2.0], "city": ["a"] * 3, "sex": ["f"] * 3})
    _, y = (same := Preprocessor(preprocessor.schema, preprocessor.plan)).fit_transform(rows)
    assert same.spec.targets[0].limits == pytest.approx((y["price"].min(), y["price"].max()))
