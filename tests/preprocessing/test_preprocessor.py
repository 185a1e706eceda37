import json
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from nnrecipes.data.schema import Schema
from nnrecipes.errors import DataError, NotFittedError
from nnrecipes.preprocessing.plans import CategoricalPlan, InputPlan, NumericPlan, Plan, TargetPlan
from nnrecipes.preprocessing.preprocessor import Preprocessor

SCHEMA = Schema({"age": "numeric", "pay": "numeric", "sex": "categorical", "city": "categorical", "job": "categorical"})
FEATURES = tuple(SCHEMA.columns)


def make_rows(n, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "age": rng.normal(40, 12, n), "pay": rng.exponential(3000, n),
        "sex": np.array(["f", "m"], dtype=object)[rng.integers(0, 2, n)],
        "city": np.array([f"city {i}" for i in rng.integers(0, 30, n)], dtype=object),
        "job": np.array([f"job {i}" for i in rng.integers(0, 9, n)], dtype=object),
        "price": rng.normal(100, 20, n),
        "grade": np.array(["low", "mid", "top"], dtype=object)[rng.integers(0, 3, n)],
        "late": np.array(["no", "yes"], dtype=object)[rng.integers(0, 2, n)],
        "red": rng.integers(0, 2, n).astype(float), "blue": rng.integers(0, 2, n).astype(float),
    })  # fmt: skip
    frame.loc[::9, "age"] = np.nan
    frame.loc[::11, "city"] = None
    return frame


TARGETS = (
    TargetPlan("price", "price_out", "regression", "linear", "value"),
    TargetPlan("grade", "grade_out", "multiclass", "softmax", "index"),
    TargetPlan("late", "late", "binary", "sigmoid", "binary", positive="no"),
    TargetPlan("tags", "tags", "multilabel", "sigmoid", "multi_hot", columns=("red", "blue")),
)
PLAN = Plan(
    inputs=(InputPlan("features", FEATURES), InputPlan("codes", ("city", "sex"), "categorical")),
    targets=TARGETS,
    columns={
        "age": NumericPlan("indicator"),
        "pay": NumericPlan(scale="quantile"),
        "city": CategoricalPlan("unknown", encode="target"),
        "job": CategoricalPlan(encode="catboost", scale="minmax"),
    },
    encode_target="grade",
    seed=3,
)


@pytest.fixture(scope="module")
def fitted():
    preprocessor = Preprocessor(SCHEMA, PLAN)
    return preprocessor, preprocessor.fit_transform(make_rows(300))


def test_the_columns_have_readable_names(fitted):
    tabular, codes = fitted[0].spec.inputs
    assert tabular.features == (
        "age", "age_missing", "pay", "sex=f", "sex=m", "city|low", "city|mid", "city|top", "job|low", "job|mid", "job|top",
    )  # fmt: skip
    assert (codes.features, codes.cardinalities) == (("city", "sex"), (31, 3))


def test_the_spec_says_what_the_heads_must_be(fitted):
    found = {t.name: (t.output, t.task, t.labels, t.classes, t.units) for t in fitted[0].spec.targets}
    assert found == {
        "price": ("price_out", "regression", "value", (), 1),
        "grade": ("grade_out", "multiclass", "index", ("low", "mid", "top"), 3),
        "late": ("late", "binary", "binary", ("yes", "no"), 1),
        "tags": ("tags", "multilabel", "multi_hot", ("red", "blue"), 2),
    }


def test_arrays_have_the_shapes_and_dtypes_of_the_spec(fitted):
    preprocessor, (x, y) = fitted
    for arrays, n in ((x, 300), (preprocessor.transform(make_rows(50, 1)), 50)):
        for spec in preprocessor.spec.inputs:
            assert (arrays[spec.name].shape, arrays[spec.name].dtype) == ((n, *spec.shape), spec.dtype)
    shapes = {name: (labels.shape, str(labels.dtype)) for name, labels in y.items()}
    assert shapes == {
        "price_out": ((300, 1), "float32"), "grade_out": ((300,), "int32"),
        "late": ((300, 1), "float32"), "tags": ((300, 2), "float32"),
    }  # fmt: skip


def test_training_rows_are_out_of_fold_and_only_in_encoded_columns(fitted):
    preprocessor, (x, _) = fitted
    again = preprocessor.transform(make_rows(300))
    same = (x["features"] == again["features"]).all(axis=0)
    names = np.array(preprocessor.spec.inputs[0].features)
    assert set(names[~same]) == {"city|low", "city|mid", "city|top", "job|low", "job|mid", "job|top"}
    np.testing.assert_array_equal(x["codes"], again["codes"])


def test_plain_columns_equal_scikit_learn():
    schema = Schema({"pay": "numeric", "sex": "categorical"})
    preprocessor = Preprocessor(schema, Plan((InputPlan("x", ("pay", "sex")),), TARGETS[:1]))
    train, test = make_rows(100), make_rows(40, 1)
    x, _ = preprocessor.fit_transform(train)
    scaler, encoder = StandardScaler().fit(train[["pay"]]), OneHotEncoder(sparse_output=False).fit(train[["sex"]])
    for rows, found in ((train, x["x"]), (test, preprocessor.transform(test)["x"])):
        expected = np.hstack([scaler.transform(rows[["pay"]]), encoder.transform(rows[["sex"]])]).astype(np.float32)
        np.testing.assert_array_equal(found, expected)


def test_truth_is_in_the_targets_own_terms(fitted):
    rows = make_rows(5, 1)
    truth = fitted[0].truth(rows)
    np.testing.assert_array_equal(truth["price"], rows["price"])
    assert truth["grade"].tolist() == [["low", "mid", "top"].index(grade) for grade in rows["grade"]]
    assert truth["late"].tolist() == [["yes", "no"].index(late) for late in rows["late"]]
    np.testing.assert_array_equal(truth["tags"], rows[["red", "blue"]])
    assert [truth[name].dtype.kind for name in ("price", "grade", "late", "tags")] == ["f", "i", "i", "i"]


def test_perfect_outputs_decode_to_the_truth(fitted):
    preprocessor, _ = fitted
    rows = make_rows(40, 2)
    labels, truth = preprocessor.labels(rows), preprocessor.truth(rows)
    outputs = {**labels, "grade_out": np.eye(3)[labels["grade_out"]]}
    found = preprocessor.decode(outputs)
    np.testing.assert_allclose(found["price"], truth["price"], rtol=1e-6)
    np.testing.assert_array_equal(found["grade"].argmax(axis=1), truth["grade"])
    np.testing.assert_array_equal(found["late"].argmax(axis=1), truth["late"])
    np.testing.assert_array_equal(found["tags"], truth["tags"])


def test_unseen_categories_are_counted_by_column(fitted):
    rows = make_rows(20, 1)
    rows.loc[:2, "city"] = "atlantis"
    rows.loc[5, "sex"] = "x"
    assert fitted[0].unseen(rows) == {"city": 3, "sex": 1}
    x = fitted[0].transform(rows)
    assert x["codes"][0, 0] == 0
    assert not x["features"][5, 3:5].any()


def test_save_and_load_give_the_same_bits(fitted, tmp_path):
    preprocessor, _ = fitted
    rows = make_rows(200, 4)
    rows.loc[:9, "city"] = "atlantis"
    preprocessor.save(tmp_path / "state")
    loaded = Preprocessor.load(tmp_path / "state")
    assert (loaded.schema, loaded.plan, loaded.spec) == (preprocessor.schema, preprocessor.plan, preprocessor.spec)
    for name in ("transform", "labels", "truth"):
        expected, found = getattr(preprocessor, name)(rows), getattr(loaded, name)(rows)
        for key in expected:
            assert expected[key].dtype == found[key].dtype
            np.testing.assert_array_equal(found[key], expected[key])
    assert loaded.unseen(rows) == preprocessor.unseen(rows)
    loaded.save(tmp_path / "again")
    first, second = (json.loads((tmp_path / name / "state.json").read_text()) for name in ("state", "again"))
    assert first == second


def test_a_loaded_preprocessor_needs_neither_scikit_learn_nor_category_encoders_nor_keras(fitted, tmp_path):
    preprocessor, _ = fitted
    rows = make_rows(30, 5)
    preprocessor.save(tmp_path / "state")
    rows.to_parquet(tmp_path / "rows.parquet")
    np.save(tmp_path / "expected.npy", preprocessor.transform(rows)["features"])
    script = """
        import sys
        import numpy as np, pandas as pd
        from nnrecipes.preprocessing.preprocessor import Preprocessor
        loaded = Preprocessor.load("state")
        rows = pd.read_parquet("rows.parquet").astype({name: object for name in ("sex", "city", "job", "grade", "late")})
        assert (loaded.transform(rows)["features"] == np.load("expected.npy")).all()
        loaded.decode({"price_out": np.zeros((30, 1)), "grade_out": np.ones((30, 3)), "late": np.zeros((30, 1)),
                       "tags": np.zeros((30, 2))})
        loaded.labels(rows), loaded.unseen(rows)
        print({name.partition(".")[0] for name in sys.modules} & {"sklearn", "category_encoders", "keras", "tensorflow"})
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "set()"), done.stderr


def test_two_fits_on_the_same_rows_are_equal(fitted):
    x, y = Preprocessor(SCHEMA, PLAN).fit_transform(make_rows(300))
    for found, expected in ((x, fitted[1][0]), (y, fitted[1][1])):
        for key in expected:
            np.testing.assert_array_equal(found[key], expected[key])


def test_the_fit_changes_no_row():
    rows = make_rows(80)
    Preprocessor(SCHEMA, PLAN).fit_transform(rows)
    pd.testing.assert_frame_equal(rows, make_rows(80))


def test_every_gap_that_a_policy_refuses_is_named_with_its_rows(fitted):
    rows = make_rows(30, 1).set_index(pd.RangeIndex(100, 130))
    rows.loc[104, "pay"] = np.nan
    rows.loc[[101, 102, 103, 104, 105, 106, 107], "sex"] = None
    with pytest.raises(DataError) as caught:
        fitted[0].transform(rows)
    assert caught.value.problems == [
        "column 'pay': expected a value in each row (missing: refuse). Received: none in row 104.",
        "column 'sex': expected a value in each row (missing: refuse). "
        "Received: none in row 101, row 102, row 103, row 104, row 105 and 2 more.",
    ]


def test_a_number_too_large_for_float32_is_refused():
    schema, rows = Schema({"pay": "numeric"}), make_rows(20)
    preprocessor = Preprocessor(
        schema, Plan((InputPlan("x", ("pay",)),), TARGETS[:1], {"pay": NumericPlan(scale="none")})
    )
    preprocessor.fit_transform(rows)
    with pytest.raises(
        DataError, match="column 'pay': expected numbers that float32 can hold after scaling. Received: 1e\\+39"
    ):
        preprocessor.transform(rows.assign(pay=1e39))


def test_target_rows_must_have_values_and_known_classes(fitted):
    rows = make_rows(10, 1)
    with pytest.raises(
        DataError, match="column 'price': expected a number in each row of a target. Received: none in row 3"
    ):
        fitted[0].labels(rows.assign(price=rows["price"].mask(rows.index == 3)))
    with pytest.raises(
        DataError, match="targets.grade: expected one of the classes low, mid, top. Received: 'best' in row 0"
    ):
        fitted[0].labels(rows.assign(grade="best"))
    with pytest.raises(DataError, match="targets.tags: expected 0 or 1"):
        fitted[0].labels(rows.assign(red=2.0))
    with pytest.raises(DataError, match="expected the target column 'price'"):
        fitted[0].truth(rows.drop(columns="price"))


def test_a_binary_target_has_two_classes_among_the_training_rows():
    rows = make_rows(20).assign(late=["a", "b", "c", "a"] * 5)
    with pytest.raises(DataError, match="targets.late: expected two classes .* Received: 3: a, b, c"):
        Preprocessor(Schema({"pay": "numeric"}), Plan((InputPlan("x", ("pay",)),), (TargetPlan("late", "late", "binary", "sigmoid", "binary"),))).fit_transform(rows)  # fmt: skip


def test_nothing_works_before_the_fit():
    preprocessor = Preprocessor(SCHEMA, PLAN)
    for call in (
        lambda: preprocessor.transform(make_rows(3)),
        lambda: preprocessor.spec,
        lambda: preprocessor.decode({}),
    ):
        with pytest.raises(NotFittedError):
            call()


def test_no_training_rows_are_refused():
    with pytest.raises(DataError, match="expected training rows. Received: 0 rows"):
        Preprocessor(SCHEMA, PLAN).fit_transform(make_rows(5).iloc[:0])


def test_absent_outputs_are_named(fitted):
    with pytest.raises(DataError, match="expected the outputs grade_out, late, tags. Received: price_out"):
        fitted[0].decode({"price_out": np.zeros((2, 1))})


def test_a_name_that_comes_twice_gets_a_number():
    schema = Schema({"age": "numeric", "age_missing": "numeric"})
    plan = Plan((InputPlan("x", ("age", "age_missing")),), TARGETS[:1], {"age": NumericPlan("indicator")})
    preprocessor = Preprocessor(schema, plan)
    preprocessor.fit_transform(make_rows(20).assign(age_missing=1.0))
    assert preprocessor.spec.inputs[0].features == ("age", "age_missing", "age_missing_2")


def test_no_rows_transform_to_no_rows(fitted):
    x = fitted[0].transform(make_rows(5).iloc[:0])
    assert {name: array.shape for name, array in x.items()} == {"features": (0, 11), "codes": (0, 2)}
