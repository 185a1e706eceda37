import datetime

import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.parse import as_dates, as_numbers, as_text, parse_columns
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError


def column(*values):
    return pd.Series(list(values), dtype=object)


@pytest.mark.parametrize("text", ["1", "-1.5", "+2.", ".5", "1e-3", "6.02E23", "0.1", "123456789.987654321", " 3 "])
def test_numbers_equal_pythons_own_reading(text):
    values, bad = as_numbers(column(text))
    assert not bad.any()
    assert values[0] == float(text)


@pytest.mark.parametrize("text", ["abc", "1_000", "1,000", "0x10", "nan", "--1", "1e", "12:30", "True", "٣"])
def test_what_is_no_number_is_marked(text):
    values, bad = as_numbers(column("1", text, None))
    assert bad.tolist() == [False, True, False]
    assert np.isnan(values[1:]).all()


def test_decimal_commas():
    values, bad = as_numbers(column("1,5", "2.5", "-3", "1.000,5"), decimal=",")
    assert values[[0, 2]].tolist() == [1.5, -3.0]
    assert bad.tolist() == [False, True, False, True]


def test_infinite_values_are_refused_with_their_rows():
    table = Table(pd.DataFrame({"x": ["1", "inf", "-Infinity"]}, dtype=object), "a.csv", first_line=2)
    with pytest.raises(DataError) as error:
        parse_columns(table, {"x": "numeric"})
    assert "'x': expected finite numbers. Received: 'inf' in row 1 (line 3), '-Infinity' in row 2" in str(error.value)


def test_infinite_values_of_a_float_column_are_refused():
    with pytest.raises(DataError, match=r"inf in row 1\."):
        parse_columns(Table(pd.DataFrame({"x": [1.0, np.inf]}), "arrays"), {"x": "numeric"})


def test_every_problem_of_every_column_is_told_at_once():
    frame = pd.DataFrame({"x": ["1", "a"], "y": ["inf", "2"], "z": ["2024-02-30", None]}, dtype=object)
    with pytest.raises(DataError) as error:
        parse_columns(Table(frame, "a.csv", 2), {"x": "numeric", "y": "numeric", "z": "date"})
    assert [line.split("'")[1] for line in error.value.problems] == ["x", "y", "z"]
    assert "data.columns" in error.value.problems[0]
    assert "data.source.missing_values" in error.value.problems[0]
    assert "'2024-02-30' in row 0 (line 2)" in error.value.problems[2]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pd.Series([3.0, None]), ["3", None]),
        (pd.Series([3, 4]), ["3", "4"]),
        (pd.Series([1, None], dtype="Int64"), ["1", None]),
        (pd.Series([2.5, 1e6]), ["2.5", "1000000"]),
        (pd.Series([True, False]), ["True", "False"]),
        (pd.Series(["a", None], dtype="category"), ["a", None]),
        (column("3.0", "3", "-1.00", "1.10", "007", None), ["3", "3", "-1", "1.10", "007", None]),
        (column(datetime.date(2024, 1, 2), None), ["2024-01-02", None]),
    ],
)
def test_categories_are_strings_and_whole_numbers_have_no_point(series, expected):
    assert as_text(series).tolist() == expected


def test_dates_equal_pandas_reading():
    texts = ["2024-01-31", "2024-01-31 12:30", "2024-01-31T12:30:05.25", "1850-05-05"]
    values, bad = as_dates(column(*texts, None))
    assert not bad.any()
    assert [pd.Timestamp(value) for value in values[:4]] == [pd.Timestamp(text) for text in texts]
    assert np.isnat(values[4])


def test_offsets_become_utc():
    values, _ = as_dates(column("2024-01-31T01:00:00+02:00", "2024-01-31T01:00:00Z"))
    assert [str(pd.Timestamp(value)) for value in values] == ["2024-01-30 23:00:00", "2024-01-31 01:00:00"]
    zoned = pd.Series(pd.to_datetime(["2024-01-31T01:00:00+02:00"]))
    assert str(pd.Timestamp(as_dates(zoned)[0][0])) == "2024-01-30 23:00:00"


def test_types_of_the_parsed_columns():
    frame = pd.DataFrame({"n": ["1", None], "c": ["a", None], "d": ["2024-01-01", None]}, dtype=object)
    parsed = parse_columns(Table(frame, "a.csv"), {"n": "numeric", "c": "categorical", "d": "date"})
    assert parsed["n"].dtype == np.float64
    assert parsed["c"].dtype == object
    assert parsed["c"].tolist() == ["a", None]
    assert parsed["d"].dtype.kind == "M"


@pytest.mark.parametrize("dtype", ["date32[pyarrow]", "timestamp[us][pyarrow]", "datetime64[s]", "period[D]"])
def test_dates_of_any_dtype(dtype):
    if dtype.startswith("period"):
        series = pd.Series(pd.period_range("2024-01-31", periods=1, freq="D"))
    else:
        series = pd.Series(pd.array([datetime.datetime(2024, 1, 31)], dtype="datetime64[s]")).astype(dtype)
    values, bad = as_dates(series)
    assert not bad.any()
    assert pd.Timestamp(values[0]) == pd.Timestamp("2024-01-31")
