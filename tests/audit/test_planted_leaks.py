"""Leaks planted through doubles of the loading and the fitting function: the audit finds each, by name and cause."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnrecipes.audit import audit
from nnrecipes.data.build import Dataset, load_data
from nnrecipes.data.spec import Arrays
from nnrecipes.data.splits import RowSplit
from nnrecipes.preprocessing.build import Prepared, fit_preprocessor
from nnrecipes.preprocessing.features import fit_feature, input_spec
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.targets import fit_target

RNG = np.random.default_rng(5)
NUMERIC = ["hours", "wind_ms", "water_c"]


def names(found: Any) -> set[str]:
    return {leak.what for leak in found.leaks}


def feature_on(rows_of: Any, *columns: str) -> Any:
    """A fitting function that learns some columns from more rows than the training rows."""

    def fit(config: Any, dataset: Dataset) -> Prepared:
        prepared = fit_preprocessor(config, dataset)
        fitted = prepared.preprocessor
        for plan in fitted.plan.inputs:
            for name in set(columns) & set(plan.features):
                values = dataset.frame.loc[rows_of(dataset.split), name]
                fitted.features_[plan.name][name] = fit_feature(values, fitted.plan.columns[name], kind=plan.kind)[0]
        specs = tuple(input_spec(plan, fitted.features_[plan.name]) for plan in fitted.plan.inputs)
        fitted.spec_ = replace(fitted.spec_, inputs=specs)
        frame = dataset.frame.loc[dataset.split.train]
        return replace(prepared, train=replace(prepared.train, x=fitted.transform(frame)))

    return fit


def all_rows(split: RowSplit) -> np.ndarray:
    return np.concatenate([split.train, split.validation, split.test])


def train_and_validation(split: RowSplit) -> np.ndarray:
    return np.concatenate([split.train, split.validation])


def encoder_that_sees_its_own_row(config: Any, dataset: Dataset) -> Prepared:
    """fit().transform() of the training rows, as category_encoders does it, in place of cross-fitting."""
    prepared = fit_preprocessor(config, dataset)
    x = prepared.preprocessor.transform(dataset.frame.loc[dataset.split.train])
    return replace(prepared, train=replace(prepared.train, x=x))


def test_scalers_fitted_on_all_rows(trips, recipe):
    scales = dict(zip(NUMERIC, ["minmax", "robust", "quantile"], strict=True))
    config = recipe(use=["departure"])
    config["preprocessing"]["columns"] = {name: {"scale": scale} for name, scale in scales.items()}
    found = audit(config, data=trips, fit=feature_on(all_rows, *NUMERIC, "departure_year"))
    columns = {f"column {name!r} (input 'features')" for name in (*NUMERIC, "departure_year")}
    assert names(found) == {*columns, "training x of input 'features'"}
    assert {leak.detail.partition(" (")[0] for leak in found.leaks if "training x" in leak.what} >= {
        "departure_year, hours, wind_ms, water_c"
    }
    leaking = [check for check in found.checks if check.leaks]
    assert any("far above" in check.changed for check in leaking)
    assert any("far below" in check.changed for check in leaking)
    assert found.verdict.startswith("LEAK: column ")


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_scaler_fitted_on_one_set_too_many_is_laid_to_that_set(trips, recipe, part):
    def rows(split):
        return np.concatenate([split.train, getattr(split, part)])

    found = audit(recipe(), data=trips, fit=feature_on(rows, "wind_ms"))
    assert {check.cause for check in found.checks if check.leaks} == {(part,)}
    assert f"[{part} rows]: column 'wind_ms'" in str(found)


def test_a_vocabulary_from_all_rows(trips, recipe):
    config = recipe()
    config["preprocessing"]["categorical"]["encode"] = "one_hot"
    found = audit(config, data=trips, fit=feature_on(all_rows, "gear"))
    assert "column 'gear' (input 'features')" in names(found)
    assert not any("harbour" in name or "hours" in name for name in names(found))
    assert any("new columns gear=~0, gear=~1" in leak.detail for leak in found.leaks)


def test_a_vocabulary_of_codes_from_all_rows(trips, recipe):
    inputs = {"numbers": {"kind": "tabular", "columns": NUMERIC}, "codes": {"kind": "categorical", "columns": ["gear"]}}
    found = audit(recipe(inputs=inputs), data=trips, fit=feature_on(all_rows, "gear"))
    assert "column 'gear' (input 'codes')" in names(found)
    assert "training x of input 'numbers'" not in names(found)


def test_an_imputer_before_the_split(trips, recipe):
    rows = trips.round(0)
    for column in NUMERIC:
        rows.loc[RNG.choice(len(rows), 30, replace=False), column] = np.nan

    def load(config, data):
        dataset = load_data(config, data)
        frame = dataset.frame
        fills = {
            "hours": frame["hours"].median(),
            "wind_ms": frame["wind_ms"].mean(),
            "water_c": frame["water_c"].mode()[0],
        }
        return replace(dataset, frame=frame.fillna(fills))

    found = audit(recipe(), data=rows, load=load)
    assert names(found) == {
        *(f"column {name!r} (input 'features')" for name in NUMERIC),
        "training x of input 'features'",
    }


@pytest.mark.parametrize(("target", "encode"), [("catch_kg", "target"), ("good", "target"), ("good", "catboost")])
def test_an_encoder_that_sees_its_own_row(trips, recipe, target, encode):
    config = recipe(target, use=["crew"])
    config["preprocessing"]["categorical"] = {
        "encode": encode,
        "missing": "indicator",
        "min_samples_leaf": 2,
        "folds": 3,
    }
    found = audit(config, data=trips, fit=encoder_that_sees_its_own_row)
    assert names(found) == {f"column {name!r} (input 'features')" for name in ("gear", "crew")}
    assert all("moved with their own label: row " in leak.detail for leak in found.leaks)
    assert [check.verdict for check in found.checks].count("LEAK") == 1
    assert found.checks[-1].verdict == "LEAK"


def test_the_rows_named_are_rows_of_the_table(trips, recipe):
    config = recipe("good", use=["crew"])
    config["data"]["ignore"] += ["gear"]
    config["preprocessing"]["categorical"] = {"encode": "target", "min_samples_leaf": 2, "folds": 3}
    found = audit(config, data=trips, fit=encoder_that_sees_its_own_row)
    row, before = next(leak.detail for leak in found.leaks if "'crew'" in leak.what).rpartition("row ")[2].split(": ")
    split = load_data_split(config, trips)
    crew = trips.loc[split.train].groupby("crew")["good"].apply(lambda values: (values == "yes").mean())
    assert int(row) in split.train
    prior = (trips.loc[split.train, "good"] == "yes").mean()
    rate, value = crew[trips.loc[int(row), "crew"]], float(before.split(" -> ")[0])
    assert min(prior, rate) - 1e-6 <= value <= max(prior, rate) + 1e-6


def load_data_split(config: Any, rows: pd.DataFrame) -> RowSplit:
    from nnrecipes.config.load import load_config

    given = {**config, "data": {**config["data"], "source": {"kind": "arrays"}}, "model": {"kind": "sequential"}}
    return load_data(load_config(given).config, rows).split


def test_a_group_across_splits(trips, recipe):
    config = recipe(split={"kind": "group", "column": "crew", "test": 0.2, "validation": 0.2})
    split = load_data_split(config, trips)
    stray = int(split.test[0])

    def load(config, data):
        dataset = load_data(config, data)
        train = np.sort(np.append(dataset.split.train, stray))
        test = dataset.split.test[dataset.split.test != stray]
        moved = replace(dataset, split=replace(dataset.split, train=train, test=test))
        return dataset if stray in dataset.split.train else moved

    found = audit(config, data=trips, load=load)
    crew = trips.loc[stray, "crew"]
    others = int((trips.loc[split.test, "crew"] == crew).sum()) - 1
    assert [str(leak) for leak in found.leaks] == [f"'crew' {crew!r}: in train (1 rows) and test ({others:,} rows)"]


def test_a_row_in_two_sets(trips, recipe):
    def load(config, data):
        dataset = load_data(config, data)
        return replace(
            dataset,
            split=replace(dataset.split, validation=np.append(dataset.split.validation, dataset.split.train[0])),
        )

    found = audit(recipe(), data=trips, load=load)
    assert any(
        leak.what.startswith("row ") and "train (1 rows) and validation (1 rows)" in leak.detail for leak in found.leaks
    )


def test_a_training_row_newer_than_a_test_row(trips, recipe):
    def load(config, data):
        dataset = load_data(config, data)
        if config.data.split.kind == "column":
            return dataset
        return replace(dataset, split=RowSplit(dataset.split.test, dataset.split.validation, dataset.split.train))

    config = recipe(split={"kind": "time", "column": "departure", "test": 0.2, "validation": 0.2})
    found = audit(config, data=trips, load=load)
    assert any(leak.what == "'departure'" and "older than the newest train row" in leak.detail for leak in found.leaks)


def test_a_target_scaled_by_all_rows(trips, recipe):
    def fit(config, dataset):
        prepared = fit_preprocessor(config, dataset)
        fitted: Preprocessor = prepared.preprocessor
        fitted.targets_["catch_kg"] = fit_target(dataset.frame, fitted.plan.targets[0])
        y = fitted.labels(dataset.frame.loc[dataset.split.train])
        return replace(prepared, train=replace(prepared.train, y=y))

    found = audit(recipe(), data=trips, fit=fit)
    assert names(found) == {"target 'catch_kg'", "training y of output 'catch_kg'"}
    assert all("labels" in check.changed for check in found.checks if check.leaks)


def test_class_weights_of_all_rows(trips, recipe):
    def fit(config, dataset):
        prepared = fit_preprocessor(config, dataset)
        share = (dataset.frame["good"] == "yes").mean()
        yes = (dataset.frame["good"].loc[dataset.split.train] == "yes").to_numpy()
        weights = {"good": np.where(yes, 1 - share, share).astype(np.float32)}
        train = prepared.train
        return replace(prepared, train=Arrays(train.x, train.y, train.rows, weights))

    assert names(audit(recipe("good"), data=trips, fit=fit)) == {"training weights of output 'good'"}


def test_outliers_cut_by_a_quantile_of_all_rows(trips, recipe):
    def load(config, data):
        dataset = load_data(config, data)
        hours = dataset.frame["hours"]
        keep = dataset.split.train[(hours.loc[dataset.split.train] <= hours.quantile(0.9)).to_numpy()]
        return replace(dataset, split=replace(dataset.split, train=keep))

    assert "training rows" in names(audit(recipe(), data=trips, load=load))


def test_a_fit_that_is_not_repeatable(trips, recipe):
    chance = np.random.default_rng(0)

    def fit(config, dataset):
        prepared = fit_preprocessor(config, dataset)
        x = {
            name: matrix + chance.normal(size=matrix.shape).astype(np.float32)
            for name, matrix in prepared.train.x.items()
        }
        return replace(prepared, train=replace(prepared.train, x=x))

    found = audit(recipe(), data=trips, fit=fit)
    assert next(check for check in found.checks if check.changed.startswith("nothing")).verdict == "LEAK"
