import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.build import load_data
from nnrecipes.data.missing import find_missing, missing_policy
from nnrecipes.data.schema import Schema
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError

RNG = np.random.default_rng(3)


def houses(rows=60):
    """A clean table: two numbers, a category, a date, a price, a class."""
    return pd.DataFrame(
        {
            "area": RNG.normal(100, 20, rows).round(2),
            "rooms": RNG.integers(1, 6, rows),
            "town": RNG.choice(["Aix", "Bonn", "Cork"], rows),
            "sold": pd.date_range("2023-01-01", periods=rows, freq="11D").strftime("%Y-%m-%d"),
            "price": RNG.normal(2e5, 3e4, rows).round(),
            "kind": np.resize(["flat", "house"], rows),
        }
    )


@pytest.fixture
def table(tmp_path):
    def save(frame, name="houses.csv"):
        frame.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return save


def refusal(config, data=None):
    with pytest.raises(DataError) as error:
        load_data(config, data)
    return str(error.value)


def notices(config):
    return "\n".join(load_data(config).notices)


def test_a_clean_file_is_typed_split_and_described(recipe, table):
    frame = houses()
    data = load_data(recipe(table(frame), "price", "kind"))
    assert data.tasks == {"price": "regression", "kind": "binary"}
    assert list(data.schema.columns) == ["area", "rooms", "town", "sold"]
    assert list(data.frame.columns) == [*data.schema.features, "price", "kind"]
    np.testing.assert_array_equal(data.frame["area"], frame["area"])
    assert data.frame["kind"].tolist() == frame["kind"].tolist()
    assert (len(data.split.train), len(data.split.validation), len(data.split.test)) == (49, 5, 6)
    assert data.guesses["sold"].type == "date"
    assert (data.origin, len(data.sha256)) == ("houses.csv", 64)


def test_text_in_a_numeric_column_is_refused_by_row_and_line(recipe, table):
    frame = houses().astype({"area": object})
    frame.loc[17, "area"] = "12O"
    message = refusal(recipe(table(frame), "price"))
    assert "houses.csv: column 'area': expected numbers. Received: '12O' in row 17 (line 19)." in message
    assert "data.columns" in message
    assert "data.source.missing_values" in message


def test_such_a_column_may_be_declared_categorical(recipe, table):
    frame = houses().astype({"rooms": object})
    frame.loc[17, "rooms"] = "many"
    data = load_data(recipe(table(frame), "price", columns={"rooms": "categorical"}))
    assert data.schema.features["rooms"] == "categorical"


def test_short_rows_are_refused(recipe, write):
    path = write("a,y\n" + "1,2\n" * 30 + "3\n")
    assert "row 30 (line 32) has 1" in refusal(recipe(path))


def test_wrong_delimiter_is_refused(recipe, table, tmp_path):
    houses().to_csv(tmp_path / "a.csv", sep=";", index=False)
    assert "data.source.delimiter: ';'" in refusal(recipe(tmp_path / "a.csv", "price"))


def test_a_byte_order_mark_is_no_part_of_the_first_column(recipe, tmp_path):
    houses().to_csv(tmp_path / "a.csv", index=False, encoding="utf-8-sig")
    assert "area" in load_data(recipe(tmp_path / "a.csv", "price")).schema.columns


def test_duplicate_headers_are_refused(recipe, write):
    assert "every column name once" in refusal(recipe(write("a,a,y\n1,2,3\n")))


def test_infinite_values_are_refused(recipe, table):
    frame = houses()
    frame.loc[5, "area"] = np.inf
    assert "'area': expected finite numbers. Received: 'inf' in row 5 (line 7)" in refusal(
        recipe(table(frame), "price")
    )


def test_infinite_targets_are_refused(recipe, table):
    frame = houses()
    frame.loc[5, "price"] = -np.inf
    assert "'price': expected finite numbers. Received: '-inf' in row 5 (line 7)" in refusal(
        recipe(table(frame), "price")
    )


@pytest.mark.parametrize(("value", "why"), [("7", "constant"), (None, "all missing")])
def test_a_column_that_tells_nothing_is_left_out_with_a_notice(recipe, table, value, why):
    data = load_data(recipe(table(houses().assign(flat=value)), "price"))
    assert "flat" not in data.schema.columns
    assert f"Column 'flat' is left out: {why} in all rows." in data.notices


@pytest.mark.parametrize("naming", [{"features": ("area", "flat")}, {"columns": {"flat": "numeric"}}])
@pytest.mark.parametrize(("value", "why"), [("7", "constant"), (None, "all missing")])
def test_such_a_column_is_refused_where_the_recipe_names_it(recipe, table, naming, value, why):
    message = refusal(recipe(table(houses().assign(flat=value)), "price", **naming))
    assert "houses.csv: column 'flat': expected two values or more" in message
    assert f"Received: {why}" in message


def test_a_column_that_is_constant_among_training_rows_is_left_out(recipe, table):
    frame = houses().assign(late=0, set="train")
    frame.loc[50:54, "set"] = "val"
    frame.loc[55:, ["set", "late"]] = ["test", 1]
    data = load_data(recipe(table(frame), "price", split={"kind": "column", "column": "set"}))
    assert "late" not in data.frame
    assert "Column 'late' is left out: constant in the training rows." in data.notices


def test_one_value_beside_missing_ones_tells_something_with_an_indicator(recipe, table):
    frame = houses().assign(flag=[1.0, None] * 30)
    data = load_data(recipe(table(frame), "price", preprocessing={"numeric": {"missing": "indicator"}}))
    assert "flag" in data.schema.columns
    data = load_data(recipe(table(frame), "price", preprocessing={"numeric": {"missing": "median"}}))
    assert "flag" not in data.schema.columns


def test_a_target_with_missing_values_is_refused_by_row(recipe, table):
    frame = houses()
    frame.loc[[4, 9], "price"] = None
    message = refusal(recipe(table(frame), "price"))
    assert (
        "target 'price': expected a value in every row. Received: none in 2 of 60 rows: row 4 (line 6), row 9"
        in message
    )
    assert "data.missing_target: drop" in message


def test_rows_without_a_target_are_dropped_on_request(recipe, table):
    frame = houses()
    frame.loc[[4, 9], "price"] = None
    data = load_data(recipe(table(frame), "price", missing_target="drop"))
    assert len(data.frame) == 58
    assert not {4, 9} & set(data.frame.index)
    assert not {4, 9} & {*data.split.train, *data.split.validation, *data.split.test}
    assert "2 of 60 rows dropped: no target (data.missing_target: drop)." in data.notices


def test_a_class_with_too_few_rows_is_refused_with_its_rows(recipe, table):
    frame = houses()
    frame.loc[[3, 8], "kind"] = "castle"
    message = refusal(recipe(table(frame), "kind"))
    assert "target 'kind': expected at least 3 rows of every class" in message
    assert "Received: 2 of 'castle': row 3 (line 5), row 8 (line 10)." in message
    assert load_data(
        recipe(table(frame), "kind", min_class_rows=1, split={"kind": "random", "test": 3, "validation": 3})
    )


def test_a_class_that_only_test_rows_have_is_refused(recipe, table):
    frame = houses().assign(set="train")
    frame.loc[50:54, "set"] = "val"
    frame.loc[55:, ["set", "kind"]] = ["test", "castle"]
    message = refusal(recipe(table(frame), "kind", split={"kind": "column", "column": "set"}))
    assert "expected every class among the training rows. Received: 'castle' only in test: row 55 (line 57)" in message


def test_a_class_that_only_validation_rows_have_is_refused(recipe, table):
    frame = houses().assign(set="train")
    frame.loc[50:54, ["set", "kind"]] = ["val", "castle"]
    frame.loc[55:, "set"] = "test"
    assert "'castle' only in validation" in refusal(
        recipe(table(frame), "kind", split={"kind": "column", "column": "set"})
    )


def test_duplicated_rows_across_sets_are_counted(recipe, table):
    frame = pd.concat([houses(60)] * 2, ignore_index=True).assign(set="train")
    frame.loc[60:79, "set"] = "val"
    frame.loc[110:, "set"] = "test"
    said = notices(recipe(table(frame), "price", split={"kind": "column", "column": "set"}))
    assert "20 of 20 validation rows stand among the training rows too (equal features and targets)." in said
    assert "10 of 10 test rows stand among the training rows too" in said


def test_rows_that_are_all_different_are_not_counted(recipe, table):
    assert "stand among" not in notices(recipe(table(houses()), "price"))


def test_missing_values_are_refused_with_the_policies_to_choose_from(recipe, table):
    frame = houses()
    frame.loc[[2, 7], "area"] = None
    frame.loc[8, "town"] = None
    message = refusal(recipe(table(frame), "price"))
    assert "column 'area': none in 2 of 60 rows: row 2 (line 4), row 7 (line 9)" in message
    assert "median, mean, most_frequent, constant, indicator, drop" in message
    assert "column 'town': none in 1 of 60 rows: row 8 (line 10)" in message
    assert "most_frequent, constant, indicator, unknown, drop" in message


def test_policies_keep_or_drop_rows_with_missing_values(recipe, table):
    frame = houses()
    frame.loc[[2, 7], "area"] = None
    frame.loc[8, "town"] = None
    policies = {"numeric": {"missing": "drop"}, "columns": {"town": {"missing": "unknown"}}}
    data = load_data(recipe(table(frame), "price", preprocessing=policies))
    assert len(data.frame) == 58
    assert data.frame.loc[8, "town"] is None
    assert "2 of 60 rows dropped: no value in 'area' (missing: drop)." in data.notices


def test_values_are_looked_for_only_where_a_missing_one_matters(table):
    frame = pd.DataFrame({"area": [1.0, None, 3.0]})
    schema = Schema({"area": "numeric", "rooms": "numeric"})
    policies = {"area": "drop", "rooms": "median"}  # the frame has no column `rooms`
    rows, _, problems = find_missing(frame, Table(frame, "x.csv", ""), schema, policies)
    assert rows.tolist() == [1]
    assert problems == []


def test_a_policy_of_the_other_type_is_refused(recipe, table):
    message = refusal(recipe(table(houses()), "price", preprocessing={"columns": {"town": {"missing": "median"}}}))
    assert "preprocessing.columns.town.missing: expected refuse, most_frequent" in message


def test_many_columns_with_missing_values_take_few_lines(recipe, table):
    frame = houses().assign(**{f"x{i}": [None, *range(5), *range(54)] for i in range(30)})
    assert len(refusal(recipe(table(frame), "price")).splitlines()) <= 10


def test_date_parts_follow_the_policy_of_their_column(recipe):
    config = recipe({"kind": "sklearn", "name": "iris"}, preprocessing={"columns": {"sold": {"missing": "mean"}}})
    assert missing_policy(config, "sold", "date") == "mean"
    assert missing_policy(config, "sold_month_sin", "numeric") == "mean"
    assert missing_policy(config, "other", "numeric") == "refuse"


def test_identifiers_are_left_out_unless_they_get_a_type(recipe, table):
    frame = houses()
    frame.insert(0, "ID", range(1, 61))
    frame["code"] = [f"H-{i:04d}" for i in range(60)]
    data = load_data(recipe(table(frame), "price"))
    assert not {"ID", "code"} & set(data.schema.columns)
    said = "\n".join(data.notices)
    assert "Column 'ID' is left out: it looks like an identifier (60 whole numbers in sequence)." in said
    assert "data.columns.code: numeric or categorical" in said
    assert "ID" in load_data(recipe(table(frame), "price", columns={"ID": "numeric"})).schema.columns


def test_an_identifier_among_named_features_needs_a_type(recipe, table):
    frame = houses().assign(ID=range(60))
    assert "Received: 'ID', identifier" in refusal(recipe(table(frame), "price", features=("ID", "area")))


def test_long_unique_strings_are_text_and_left_out(recipe, table):
    frame = houses().assign(note=[f"a bright flat near the river, number {i}" for i in range(60)])
    data = load_data(recipe(table(frame), "price"))
    assert data.guesses["note"].type == "text"
    assert "note" not in data.schema.columns


def test_dates_are_refused_by_choice(recipe, table):
    assert "Received: 'sold' (ISO dates)" in refusal(recipe(table(houses()), "price", dates="refuse"))


def test_date_parts_that_meet_a_column_are_refused(recipe, table):
    frame = houses().assign(sold_year=RNG.integers(0, 9, 60))
    assert "Received: 'sold_year'" in refusal(recipe(table(frame), "price"))


def test_ignored_columns_and_the_splits_own_are_no_features(recipe, table):
    split = {"kind": "time", "column": "sold"}
    data = load_data(recipe(table(houses()), "price", ignore=("town",), split=split))
    assert list(data.schema.columns) == ["area", "rooms", "kind"]
    data = load_data(recipe(table(houses()), "price", features=("area", "sold"), split=split))
    assert list(data.schema.columns) == ["area", "sold"]


def test_a_time_that_stands_in_two_sets_is_told(recipe, table):
    frame = houses().assign(sold=np.repeat(["2024-01-01", "2024-01-02", "2024-01-03"], 20))
    said = notices(
        recipe(table(frame), "price", split={"kind": "time", "column": "sold", "test": 10, "validation": 15})
    )
    assert "Rows of one time, 2024-01-03 00:00:00, are both validation and test rows." in said


def test_columns_of_inputs_are_the_features(recipe, table):
    inputs = {
        "a": {"kind": "tabular", "columns": ("area", "sold_year")},
        "b": {"kind": "categorical", "columns": ("town",)},
    }
    assert list(load_data(recipe(table(houses()), "price", inputs=inputs)).schema.columns) == ["area", "town", "sold"]


def test_a_column_that_the_rows_lack_is_named(recipe):
    frame = houses()
    message = refusal(recipe({"kind": "arrays"}, "prise"), frame)
    assert message == "arrays: targets.prise: expected a column of the rows. Received: 'prise'. Did you mean price?"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1] * 30, "binary"),
        ([1, 2, 3] * 20, "multiclass"),
        (list(range(20)) * 3, "multiclass"),
        (list(range(30)) * 2, "regression"),
        ([0.5, 1.0, 2.0] * 20, "regression"),
        (["no", "yes"] * 30, "binary"),
        (["a", "b", "c"] * 20, "multiclass"),
        ([True, False] * 30, "binary"),
    ],
)
def test_tasks_are_inferred_and_told(recipe, table, values, task):
    data = load_data(recipe(table(houses().assign(y=values)), "y"))
    assert data.tasks == {"y": task}
    assert any(notice.startswith(f"Target 'y' is {task}: ") for notice in data.notices)


def test_whole_numbers_meant_as_amounts_get_a_hint(recipe, table):
    message = refusal(recipe(table(houses().assign(y=[*[1, 2, 3] * 19, 4, 4, 1])), "y"))
    assert "targets.y.task: regression" in message


def test_classes_are_strings_without_a_point(recipe):
    frame = houses().assign(y=[1.0, 2.0, 3.0] * 20)
    data = load_data(recipe({"kind": "arrays"}, "y"), frame)
    assert sorted(set(data.frame["y"])) == ["1", "2", "3"]


def test_a_declared_task_wins_and_is_not_told(recipe, table):
    path = table(houses().assign(y=[1, 2, 3] * 20))
    data = load_data(recipe(path, sections={"y": {"task": "regression"}}))
    assert data.tasks == {"y": "regression"}
    assert data.frame["y"].dtype == np.float64
    assert not any("Target" in notice for notice in data.notices)


def test_text_in_a_regression_target_is_refused(recipe, table):
    frame = houses().astype({"price": object})
    frame.loc[3, "price"] = "cheap"
    message = refusal(recipe(table(frame), sections={"price": {"task": "regression"}}))
    assert "column 'price': expected numbers. Received: 'cheap' in row 3 (line 5)" in message


def test_constant_targets_are_refused(recipe, table):
    assert "expected two classes" in refusal(recipe(table(houses().assign(y="a")), "y"))
    path = table(houses().assign(y=2.5))
    assert "'y': expected two values or more" in refusal(recipe(path, sections={"y": {"task": "regression"}}))


def test_a_binary_target_has_two_classes(recipe, table):
    path = table(houses())
    message = refusal(recipe(path, sections={"town": {"task": "binary"}}))
    assert "target 'town': expected two classes. Received: 3: 'Aix', 'Bonn', 'Cork'." in message


def test_the_positive_class_is_one_of_the_classes(recipe, table):
    message = refusal(recipe(table(houses()), sections={"kind": {"positive": "hose"}}))
    assert "targets.kind.positive: expected a class: 'flat', 'house'. Received: 'hose'. Did you mean house?" in message


def test_multilabel_columns_are_zeros_and_ones(recipe, table):
    frame = houses().assign(red=[0, 1] * 30, blue=["true", "false", "true"] * 20)
    config = recipe(table(frame), sections={"tags": {"task": "multilabel", "columns": ("red", "blue")}})
    data = load_data(config)
    assert data.frame["red"].tolist() == [0.0, 1.0] * 30
    assert data.frame["blue"].tolist() == [1.0, 0.0, 1.0] * 20
    frame.loc[6, "red"] = 2
    config = recipe(table(frame), sections={"tags": {"task": "multilabel", "columns": ("red", "blue")}})
    assert "column 'red': expected 0 or 1. Received: '2' in row 6 (line 8)." in refusal(config)


def test_stratified_by_the_first_classification_target(recipe, table):
    frame = houses().assign(kind=["castle"] * 6 + ["flat"] * 54)
    data = load_data(recipe(table(frame), "price", "kind", split={"kind": "stratified", "test": 10, "validation": 10}))
    assert [(data.frame.loc[rows, "kind"] == "castle").sum() for rows in (data.split.test, data.split.validation)] == [
        1,
        1,
    ]


def test_a_split_file_drops_rows_before_targets_are_looked_at(recipe, table, write):
    frame = houses()
    frame.loc[4, "price"] = None
    sets = ["drop" if i == 4 else "test" if i > 50 else "val" if i > 40 else "train" for i in range(60)]
    path = write("row_id,set\n" + "".join(f"{i},{name}\n" for i, name in enumerate(sets)), "split.csv")
    data = load_data(recipe(table(frame), "price", split={"kind": "file", "path": str(path)}))
    assert len(data.frame) == 59
    assert data.split.test.tolist() == list(range(51, 60))
    assert "1 of 60 rows dropped: the split says so." in data.notices


def test_rows_from_python(recipe):
    x, y = RNG.normal(size=(40, 3)), RNG.integers(0, 2, 40)
    data = load_data(recipe({"kind": "arrays"}, "label"), (x, y))
    np.testing.assert_array_equal(data.frame[["x0", "x1", "x2"]].to_numpy(), x)
    assert data.frame["label"].tolist() == [str(value) for value in y]


def test_parquet_and_csv_of_one_table_give_one_frame(recipe, table, tmp_path):
    frame = houses()
    frame.to_parquet(tmp_path / "houses.parquet")
    one = load_data(recipe(table(frame), "price", "kind"))
    other = load_data(recipe(tmp_path / "houses.parquet", "price", "kind"))
    pd.testing.assert_frame_equal(one.frame, other.frame)
    np.testing.assert_array_equal(one.split.test, other.split.test)


def test_decimal_commas(recipe, tmp_path):
    frame = houses()
    frame.to_csv(tmp_path / "a.csv", sep=";", decimal=",", index=False)
    source = {"kind": "csv", "path": str(tmp_path / "a.csv"), "delimiter": ";", "decimal": ","}
    data = load_data(recipe(source, "price"))
    np.testing.assert_array_equal(data.frame["area"], frame["area"])
    assert data.schema.csv["decimal"] == ","


def test_mixed_columns_are_told(recipe, table):
    frame = houses().assign(mixed=["1", "2", "unknown"] * 20)
    assert "Column 'mixed' is taken as categorical: 3 distinct strings, 67% of the values are numbers." in notices(
        recipe(table(frame), "price")
    )
