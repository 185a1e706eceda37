import pandas as pd
import pytest

from nnrecipes.data.build import load_data

pytestmark = pytest.mark.realdata


def sets(bench, name):
    frame = pd.read_csv(bench / "splits" / f"{name}.csv")
    return [frame.loc[frame["set"] == part, "row_id"].tolist() for part in ("train", "val", "test")]


def rows(data):
    return [data.split.train.tolist(), data.split.validation.tolist(), data.split.test.tolist()]


@pytest.mark.parametrize(
    ("file", "split", "targets", "policy"),
    [
        ("tabular/shipping.csv", "shipping", {"Reached.on.Time_Y.N": {}}, "refuse"),
        ("tabular/california_housing.csv", "california", {"median_house_value": {}}, "median"),
        ("tabular/temperature_forecast.csv", "temperature_forecast", {"Next_Tmax": {}, "Next_Tmin": {}}, "mean"),
        ("multimodal/coffee.csv", "coffee", {"rating": {"task": "regression"}}, "median"),
    ],
)
def test_public_splits_work_as_they_are(recipe, bench, file, split, targets, policy):
    config = recipe(
        bench / file,
        sections=targets,
        split={"kind": "file", "path": str(bench / "splits" / f"{split}.csv")},
        preprocessing={"numeric": {"missing": policy}, "categorical": {"missing": "indicator"}},
    )
    assert rows(load_data(config)) == sets(bench, split)


@pytest.mark.parametrize("name", ["ecg5000_train500", "rt_polarity", "houses"])
def test_splits_of_other_data_fit_tables_of_their_length(recipe, bench, name):
    total = sum(map(len, sets(bench, name)))
    frame = pd.DataFrame({"x": [i * 7 % 11 for i in range(total)], "y": [i % 2 for i in range(total)]})
    split = {"kind": "file", "path": str(bench / "splits" / f"{name}.csv")}
    assert rows(load_data(recipe({"kind": "arrays"}, "y", split=split), frame)) == sets(bench, name)


def test_faces_are_split_by_subject(recipe, bench):
    subjects = [i // 10 + 1 for i in range(400)]
    frame = pd.DataFrame({"subject": subjects, "x": [i % 7 for i in range(400)], "y": [i % 2 for i in range(400)]})
    path = bench / "splits" / "orl_subjects.csv"
    data = load_data(recipe({"kind": "arrays"}, "y", split={"kind": "file", "path": str(path)}), frame)
    named = pd.read_csv(path).groupby("set")["subject"].agg(set)
    for part, found in zip(("train", "val", "test"), rows(data), strict=True):
        assert {subjects[row] for row in found} == named[part]
        assert len(found) == 10 * len(named[part])
    assert "subject" not in data.schema.columns


def test_shipping_has_ten_features_and_no_identifier(recipe, bench):
    data = load_data(recipe(bench / "tabular" / "shipping.csv", "Reached.on.Time_Y.N"))
    kinds = list(data.schema.features.values())
    assert (kinds.count("categorical"), kinds.count("numeric")) == (4, 6)
    assert data.guesses["ID"].type == "identifier"
    assert data.tasks == {"Reached.on.Time_Y.N": "binary"}


def test_penguins_are_three_classes_with_rows_dropped_by_policy(recipe, bench):
    raw = pd.read_csv(bench / "tabular" / "penguins.csv")
    policies = {"numeric": {"missing": "drop"}, "categorical": {"missing": "indicator"}}
    data = load_data(recipe(bench / "tabular" / "penguins.csv", "species", preprocessing=policies))
    assert data.tasks == {"species": "multiclass"}
    assert data.frame.index.tolist() == raw.index[raw["body_mass_g"].notna()].tolist()
    assert data.frame["bill_length_mm"].tolist() == raw["bill_length_mm"].dropna().tolist()
