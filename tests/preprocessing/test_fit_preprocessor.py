import json
import os
from pathlib import Path

import category_encoders as ce
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import load_data
from nnrecipes.errors import ConfigError
from nnrecipes.preprocessing.build import fit_preprocessor
from nnrecipes.preprocessing.preprocessor import Preprocessor


def recipe(*, source=None, targets, **sections):
    data = {"source": source or {"kind": "arrays"}, **sections.pop("data", {})}
    values = {"name": "test", "model": {"kind": "sequential"}, "data": data, "targets": targets, **sections}
    return RecipeConfig.model_validate_json(json.dumps(values))


def prepare_rows(config, rows=None):
    dataset = load_data(config, rows)
    return dataset, fit_preprocessor(config, dataset)


@pytest.fixture
def trap(tmp_path):
    """Training rows ~ N(0, 1) of cities a, b, c; test rows ~ N(1000, 1) of cities x, y: Ludwig's trap."""
    rng = np.random.default_rng(0)
    sets = rng.permutation(["train"] * 300 + ["val"] * 50 + ["test"] * 100)
    test = sets == "test"
    rows = pd.DataFrame({
        "size": rng.normal(size=450) + 1000 * test,
        "city": np.where(test, rng.choice(["x", "y"], 450), rng.choice(["a", "b", "c"], 450)),
        "price": rng.normal(size=450) + 5000 * test,
        "set": sets,
    })  # fmt: skip
    rows.to_csv(tmp_path / "rows.csv", index=False)
    pd.DataFrame({"row_id": range(450), "set": sets}).to_csv(tmp_path / "split.csv", index=False)
    return tmp_path, rows


@pytest.mark.parametrize("encode", ["one_hot", "target"])
@pytest.mark.parametrize("split", ["file", "column"])
def test_what_is_stored_is_that_of_the_training_rows_alone(trap, split, encode):
    folder, rows = trap
    how = (
        {"kind": "file", "path": str(folder / "split.csv")} if split == "file" else {"kind": "column", "column": "set"}
    )
    config = recipe(
        source={"kind": "csv", "path": str(folder / "rows.csv")},
        data={"split": how, "ignore": ["set"]},
        targets={"price": {}},
        preprocessing={"categorical": {"encode": encode}},
    )
    dataset, prepared = prepare_rows(config)
    prepared.preprocessor.save(folder / "state")
    stored = Preprocessor.load(folder / "state")
    train = rows[rows["set"] == "train"]
    oracle = StandardScaler().fit(train[["size"]])
    size, city = stored.features_["features"]["size"], stored.features_["features"]["city"]
    assert (size.scaler.offset, size.scaler.factor) == (oracle.mean_[0], oracle.scale_[0])
    assert abs(size.scaler.offset) < 0.2
    assert city.levels.names == ("a", "b", "c")
    np.testing.assert_allclose(stored.targets_["price"].scaler.offset, train["price"].mean(), rtol=1e-12)
    assert prepared.test.x["features"][:, 0].min() > 900
    assert stored.unseen(dataset.frame.loc[dataset.split.test]) == {"city": 100}
    if encode == "target":
        np.testing.assert_allclose(city.table[0, 0], train["price"].mean(), rtol=1e-12)
        encoder = ce.TargetEncoder(cols=["city"]).fit(train[["city"]].astype(object), train["price"])
        expected = encoder.transform(pd.DataFrame({"city": ["a", "b", "c"]}, dtype=object))["city"]
        np.testing.assert_allclose(city.table[1:, 0], expected, rtol=1e-12)


def test_rows_outside_of_training_change_nothing_that_is_stored(trap):
    folder, rows = trap
    config = recipe(data={"split": {"kind": "column", "column": "set"}}, targets={"price": {}},
                    preprocessing={"categorical": {"encode": "target"}})  # fmt: skip
    _, first = prepare_rows(config, rows)
    other = rows.assign(
        size=rows["size"].where(rows["set"] == "train", -7.0), price=rows["price"].where(rows["set"] == "train", 1.5)
    )
    _, second = prepare_rows(config, other)
    for name, prepared in (("first", first), ("second", second)):
        prepared.preprocessor.save(folder / name)
    assert (folder / "first/state.json").read_text() == (folder / "second/state.json").read_text()
    np.testing.assert_array_equal(first.train.x["features"], second.train.x["features"])


def test_iris_arrays_equal_scikit_learn():
    config = recipe(source={"kind": "sklearn", "name": "iris"}, targets={"species": {}})
    dataset, prepared = prepare_rows(config)
    bunch, split = load_iris(), dataset.split
    scaler = StandardScaler().fit(bunch.data[split.train])
    for arrays, rows in (
        (prepared.train, split.train),
        (prepared.validation, split.validation),
        (prepared.test, split.test),
    ):
        np.testing.assert_array_equal(arrays.x["features"], scaler.transform(bunch.data[rows]).astype(np.float32))
        np.testing.assert_array_equal(arrays.y["species"], bunch.target[rows])
        np.testing.assert_array_equal(arrays.rows, rows)
        assert arrays.weights == {}


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    return pd.DataFrame({
        "age": np.where(rng.random(200) < 0.1, np.nan, rng.normal(40, 9, 200)),
        "sold": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 2000, 200), unit="D"),
        "city": rng.choice(["Rome", "Oslo", "Bern"], 200),
        "sex": rng.choice(["f", "m"], 200),
        "price": rng.normal(100, 10, 200),
        "grade": rng.choice(["low", "mid", "top"], 200),
    })  # fmt: skip


TWO = {"price": {"output": "cont_out"}, "grade": {"output": "cat_out"}}


def test_named_inputs_take_their_columns_and_dates_their_parts(table):
    config = recipe(
        targets=TWO,
        preprocessing={
            "numeric": {"missing": "indicator"},
            "columns": {"sold": {"scale": "none", "missing": "median"}},
        },
        inputs={
            "numbers": {"kind": "tabular", "columns": ["sold", "age"]},
            "codes": {"kind": "categorical", "columns": ["sex", "city"]},
        },
    )
    _, prepared = prepare_rows(config, table)
    numbers, codes = prepared.preprocessor.spec.inputs
    assert numbers.features == ("sold_year", "sold_month_sin", "sold_month_cos", "sold_day_of_week_sin",
                                "sold_day_of_week_cos", "age", "age_missing")  # fmt: skip
    assert (codes.features, codes.cardinalities) == (("sex", "city"), (3, 4))
    np.testing.assert_array_equal(prepared.test.x["numbers"][:, 0], table["sold"].dt.year[prepared.test.rows])
    expected = [["Bern", "Oslo", "Rome"].index(city) + 1 for city in table["city"][prepared.test.rows]]
    np.testing.assert_array_equal(prepared.test.x["codes"][:, 1], expected)
    assert sorted(prepared.train.y) == ["cat_out", "cont_out"]


def test_one_column_may_have_its_own_choices(table):
    config = recipe(
        targets={"price": {}},
        preprocessing={"numeric": {"missing": "mean", "scale": "minmax"}, "columns": {"age": {"missing": "constant", "fill_value": -1.0, "scale": "none"}}},
    )  # fmt: skip
    _, prepared = prepare_rows(config, table)
    expected = SimpleImputer(strategy="constant", fill_value=-1.0).fit_transform(table[["age"]])[prepared.test.rows, 0]
    np.testing.assert_array_equal(prepared.test.x["features"][:, 0], expected.astype(np.float32))


def test_class_weights_become_weights_of_training_rows_of_every_output(table):
    targets = {**TWO, "grade": {"output": "cat_out", "class_weight": "balanced"}}
    _, prepared = prepare_rows(recipe(targets=targets, preprocessing={"numeric": {"missing": "mean"}}), table)
    expected = compute_sample_weight("balanced", table["grade"][prepared.train.rows])
    np.testing.assert_allclose(prepared.train.weights["cat_out"], expected, rtol=1e-6)
    np.testing.assert_array_equal(prepared.train.weights["cont_out"], np.ones(len(prepared.train)))
    assert prepared.validation.weights == prepared.test.weights == {}


def test_several_targets_need_to_say_which_one_is_encoded_against(table):
    sections = {"targets": TWO, "data": {"ignore": ["age"]}}
    with pytest.raises(
        ConfigError,
        match="preprocessing.categorical.target: expected one of the targets price, grade, to encode city, sex against",
    ):
        prepare_rows(recipe(preprocessing={"categorical": {"encode": "target"}}, **sections), table)
    config = recipe(preprocessing={"categorical": {"encode": "target", "target": "grade"}}, **sections)
    names = prepare_rows(config, table)[1].preprocessor.spec.inputs[0].features
    assert names[-6:] == ("city|low", "city|mid", "city|top", "sex|low", "sex|mid", "sex|top")


def test_every_choice_that_does_not_fit_is_named(table):
    config = recipe(
        targets={"price": {"class_weight": "balanced"}, "grade": {"scale": "minmax", "positive": "top"}},
        preprocessing={"numeric": {"missing": "mean"}, "columns": {
            "age": {"encode": "target", "fill_value": "x"}, "city": {"fill_value": 3.0}, "oops": {"scale": "none"}}},
        inputs={"codes": {"kind": "categorical", "columns": ["city", "age"]}},
        data={"columns": {"sex": "categorical"}},
    )  # fmt: skip
    rows = table.assign(oops=1)
    dataset = load_data(
        recipe(targets={"price": {}, "grade": {}}, preprocessing={"numeric": {"missing": "mean"}}), rows
    )
    with pytest.raises(ConfigError) as caught:
        fit_preprocessor(config, dataset)
    found = "\n".join(caught.value.problems)
    for line in (
        "inputs.codes.columns: expected categorical columns. Received: 'age', which is numeric; declare it under data.columns (age: categorical).",
        "preprocessing.columns.age.encode: expected an option of a numeric column: fill_value, missing, scale. Received: 'encode'.",
        "preprocessing.columns.age.fill_value: expected a number for a numeric column. Received: 'x'.",
        "preprocessing.columns.city.fill_value: expected text for a categorical column. Received: 3.0.",
        "preprocessing.columns.oops: expected a column that feeds the network. Received: 'oops'.",
        "targets.price.class_weight: expected a binary or multiclass target for it. Received: a regression one.",
        "targets.grade.positive: expected a binary target for it. Received: a multiclass one.",
        "targets.grade.scale: expected a regression target for it. Received: a multiclass one.",
    ):
        assert line in found
    assert len(caught.value.problems) == 8


def test_the_seed_decides_the_folds(table):
    def encoded(seed):
        config = recipe(seed=seed, targets={"price": {}}, data={"split": {"kind": "column", "column": "set"}},
                        preprocessing={"numeric": {"missing": "mean"}, "categorical": {"encode": "target"}})  # fmt: skip
        rows = table.assign(set=["train"] * 150 + ["val"] * 25 + ["test"] * 25)
        return prepare_rows(config, rows)[1].train.x["features"]

    np.testing.assert_array_equal(encoded(1), encoded(1))
    assert (encoded(1) != encoded(2)).any()


@pytest.fixture
def folder():
    path = os.environ.get("NNRECIPES_BENCH_DATA")
    if not path:
        pytest.skip("NNRECIPES_BENCH_DATA names no folder")
    return Path(path)


@pytest.mark.realdata
@pytest.mark.parametrize("encode", ["one_hot", "target", "catboost", "ordinal"])
def test_shipping_rows_are_encoded_as_category_encoders_does(folder, encode):
    config = recipe(
        source={"kind": "csv", "path": str(folder / "tabular/shipping.csv")},
        data={"ignore": ["ID"], "split": {"kind": "file", "path": str(folder / "splits/shipping.csv")}},
        targets={"Reached.on.Time_Y.N": {"task": "binary"}},
        preprocessing={"categorical": {"encode": encode, "scale": "none"}},
    )
    _, prepared = prepare_rows(config)
    rows = pd.read_csv(folder / "tabular/shipping.csv", encoding="utf-8-sig")
    train, test = rows.loc[prepared.train.rows], rows.loc[prepared.test.rows]
    column, goal = "Warehouse_block", train["Reached.on.Time_Y.N"].astype(float)
    names = [name for name in prepared.preprocessor.spec.inputs[0].features if name.startswith(column)]
    where = [prepared.preprocessor.spec.inputs[0].features.index(name) for name in names]
    levels = sorted(train[column].unique())
    encoders = {
        "one_hot": ce.OneHotEncoder(cols=[column], use_cat_names=True),
        "target": ce.TargetEncoder(cols=[column]),
        "catboost": ce.CatBoostEncoder(cols=[column], a=1),
        "ordinal": ce.OrdinalEncoder(cols=[column], mapping=[{"col": column, "mapping": {name: i + 1 for i, name in enumerate(levels)}}]),
    }  # fmt: skip
    encoder = encoders[encode].fit(train[[column]].astype(object), goal)
    expected = encoder.transform(test[[column]].astype(object))
    expected = expected[[f"{column}_{name}" for name in levels]] if encode == "one_hot" else expected
    np.testing.assert_array_equal(prepared.test.x["features"][:, where], expected.to_numpy().astype(np.float32))


@pytest.mark.realdata
def test_california_gaps_take_the_median_of_the_training_rows(folder):
    config = recipe(
        source={"kind": "csv", "path": str(folder / "tabular/california_housing.csv")},
        data={"split": {"kind": "file", "path": str(folder / "splits/california.csv")}},
        targets={"median_house_value": {}},
        preprocessing={"numeric": {"missing": "indicator"}},
    )
    _, prepared = prepare_rows(config)
    rows = pd.read_csv(folder / "tabular/california_housing.csv")["total_bedrooms"]
    column = prepared.preprocessor.features_["features"]["total_bedrooms"]
    assert column.fill == rows.loc[prepared.train.rows].median()
    names = prepared.preprocessor.spec.inputs[0].features
    marks = prepared.test.x["features"][:, names.index("total_bedrooms_missing")]
    np.testing.assert_array_equal(marks, rows.loc[prepared.test.rows].isna())
