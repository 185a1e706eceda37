import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.inspection import permutation_importance as theirs
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.importance import permutation_importance
from nnrecipes.evaluation.plots.importance import plot_importance

PRICE = TargetSpec("price", "price", "regression", "linear", "value")
SICK = TargetSpec("sick", "sick", "binary", "sigmoid", "binary", ("no", "yes"))


def each(frame):
    return {name: (name,) for name in frame.columns}


def increases(table):
    return {name: entry["increase"] for name, entry in table["columns"].items()}


def test_numbers_have_the_importances_of_scikit_learn():
    x, y = load_diabetes(return_X_y=True, as_frame=True)
    x = x[["bmi", "bp", "s5", "age"]]
    model = LinearRegression().fit(x[:300], y[:300])
    rows, truth = x[300:].reset_index(drop=True), y[300:].to_numpy()
    found = permutation_importance(
        rows, {"price": truth}, lambda frame: {"price": model.predict(frame)}, [PRICE], each(rows), repeats=20
    )["price"]
    oracle = theirs(model, rows, truth, scoring="neg_root_mean_squared_error", n_repeats=20, random_state=0)
    for i, name in enumerate(rows.columns):
        tolerance = 4 * np.hypot(oracle.importances_std[i], found["columns"][name]["sd"]) / np.sqrt(20) + 1e-9
        assert found["columns"][name]["increase"] == pytest.approx(oracle.importances_mean[i], abs=tolerance)
    assert found["value"] == pytest.approx(np.sqrt(np.mean((model.predict(rows) - truth) ** 2)))


def test_classes_have_the_importances_of_scikit_learn():
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    x = x.iloc[:, :4]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x[:300], y[:300])
    rows, truth = x[300:].reset_index(drop=True), y[300:].to_numpy()
    found = permutation_importance(
        rows, {"sick": truth}, lambda frame: {"sick": model.predict_proba(frame)}, [SICK], each(rows), repeats=20
    )["sick"]
    oracle = theirs(model, rows, truth, scoring="neg_log_loss", n_repeats=20, random_state=0)
    for i, name in enumerate(rows.columns):
        tolerance = 4 * np.hypot(oracle.importances_std[i], found["columns"][name]["sd"]) / np.sqrt(20) + 1e-9
        assert found["columns"][name]["increase"] == pytest.approx(oracle.importances_mean[i], abs=tolerance)


def test_the_mean_square_error_rises_by_twice_the_variance_that_a_column_explains():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"strong": rng.normal(size=500), "weak": rng.normal(size=500), "noise": rng.normal(size=500)})
    truth = (3 * frame["strong"] + frame["weak"]).to_numpy()
    found = permutation_importance(
        frame, {"price": truth}, lambda rows: {"price": (3 * rows["strong"] + rows["weak"]).to_numpy()}, [PRICE], each(frame),
        repeats=50,
    )["price"]  # fmt: skip
    assert list(found["columns"]) == ["strong", "weak", "noise"]
    raised = increases(found)
    assert raised["strong"] == pytest.approx(3 * np.sqrt(2) * frame["strong"].std(), rel=0.02)
    assert raised["weak"] == pytest.approx(np.sqrt(2) * frame["weak"].std(), rel=0.02)
    assert raised["noise"] == 0


def test_columns_of_one_raw_column_move_together():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"sin": np.sin(rng.random(200) * 6)})
    frame["cos"], frame["other"] = frame["sin"] * 2, rng.random(200)

    def predict(rows):
        np.testing.assert_allclose(rows["cos"], rows["sin"] * 2)
        return {"price": rows["sin"].to_numpy()}

    columns = {"day": ("sin", "cos"), "other": ("other",)}
    found = permutation_importance(frame, {"price": frame["sin"].to_numpy()}, predict, [PRICE], columns)
    assert set(found["price"]["columns"]) == {"day", "other"}
    assert increases(found["price"])["day"] > 0.5


def test_a_columns_permutations_do_not_depend_on_the_other_columns():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=list("abc"))
    truth = {"price": frame.sum(axis=1).to_numpy()}

    def measure(columns, seed=0):
        found = permutation_importance(
            frame, truth, lambda rows: {"price": rows.sum(axis=1).to_numpy()}, [PRICE], columns, seed=seed
        )
        return found["price"]["columns"]["b"]["values"]

    assert measure(each(frame)) == measure({"b": ("b",)}) != measure(each(frame), seed=1)


def test_categories_dates_and_gaps_are_permuted_as_they_are():
    frame = pd.DataFrame({"town": ["a", None, "b", "a"], "size": [1.0, np.nan, 3.0, 4.0]}, index=[9, 4, 7, 1])
    seen = []

    def predict(rows):
        seen.append(rows)
        return {"price": np.zeros(len(rows))}

    permutation_importance(frame, {"price": np.zeros(4)}, predict, [PRICE], each(frame), repeats=2)
    assert [len(rows) for rows in seen] == [4, 8, 8]
    assert sorted(seen[1]["town"][:4].fillna("-")) == ["-", "a", "a", "b"]
    assert seen[1].dtypes.equals(frame.dtypes)
    np.testing.assert_array_equal(seen[1]["size"][:4], frame["size"])


def test_many_columns_are_cut_and_said_so():
    columns = {f"c{i}": {"increase": 30.0 - i, "sd": 0.1, "values": [30.0 - i]} for i in range(30)}
    figure = plot_importance(
        {"metric": "rmse", "value": 2.0, "rows": 100, "repeats": 1, "columns": columns}, target="y"
    )
    assert "5 less important columns are not shown" in figure.axes[0].get_title()
    assert len(figure.axes[0].get_yticklabels()) == 25
    empty = {"metric": "rmse", "value": 2.0, "rows": 1, "repeats": 1, "columns": {}}
    assert "There is no column to shuffle." in [text.get_text() for text in plot_importance(empty).texts]
