import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.dates import expand_dates, part_names
from nnrecipes.data.schema import Schema, prepare
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError

PARTS = ("year", "month_cyclic", "day_of_week")


def schema(**columns):
    return Schema(columns, PARTS)


def test_features_are_columns_with_dates_in_parts():
    found = schema(age="numeric", sold="date", town="categorical")
    assert found.features == {
        "age": "numeric",
        "sold_year": "numeric",
        "sold_month_sin": "numeric",
        "sold_month_cos": "numeric",
        "sold_day_of_week": "numeric",
        "town": "categorical",
    }
    assert found.source("sold_month_cos") == "sold"
    assert found.source("age") == "age"


def test_a_schema_survives_json():
    import json

    csv = {"delimiter": ";", "decimal": ",", "encoding": "utf-8", "missing_values": ("", "NA")}
    found = Schema({"a": "numeric", "b": "date"}, PARTS, csv)
    assert Schema.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_prepare_orders_and_types_columns_and_ignores_others():
    frame = pd.DataFrame({"town": ["a", None], "extra": ["?", "?"], "age": ["1", "2"]}, dtype=object)
    found = prepare(Table(frame, "a.csv", 2), schema(age="numeric", town="categorical"))
    assert found.columns.tolist() == ["age", "town"]
    assert found["age"].tolist() == [1.0, 2.0]
    assert found["town"].tolist() == ["a", None]


def test_all_missing_columns_are_named_with_the_nearest_name():
    frame = pd.DataFrame({"agee": ["1"], "x": ["2"]}, dtype=object)
    with pytest.raises(DataError) as error:
        prepare(Table(frame, "new.csv", 2), schema(age="numeric", town="categorical", x="numeric"))
    assert len(error.value.problems) == 2
    assert "new.csv: expected a column named 'age'. Received: 'agee'." in str(error.value)


def test_later_files_use_the_training_files_decimal_mark():
    csv = {"decimal": ","}
    frame = pd.DataFrame({"x": ["1,5"]}, dtype=object)
    assert prepare(Table(frame, "a.csv", 2), Schema({"x": "numeric"}, (), csv))["x"].tolist() == [1.5]


def test_date_parts_equal_pandas():
    dates = pd.Series(pd.to_datetime(["2024-02-29 13:45", "1999-12-31 00:00", None]))
    parts = ["year", "month", "day", "day_of_week", "day_of_year", "hour"]
    found = expand_dates(pd.DataFrame({"d": dates}), ["d"], parts)
    assert found.columns.tolist() == list(part_names("d", parts))
    assert found.iloc[0].tolist() == [2024, 2, 29, 3, 60, 13]
    assert found.iloc[1].tolist() == [1999, 12, 31, 4, 365, 0]
    assert found.iloc[2].isna().all()


@pytest.mark.parametrize(
    ("part", "date", "angle"),
    [
        ("month_cyclic", "2024-01-15", 0.0),
        ("month_cyclic", "2024-04-15", np.pi / 2),
        ("day_of_week_cyclic", "2024-01-02", 2 * np.pi / 7),
        ("hour_cyclic", "2024-01-02 06:00", np.pi / 2),
        ("day_of_year_cyclic", "2024-01-01", 0.0),
    ],
)
def test_cyclic_parts_lie_on_a_circle(part, date, angle):
    found = expand_dates(pd.DataFrame({"d": pd.to_datetime([date])}), ["d"], [part]).to_numpy()[0]
    np.testing.assert_allclose(found, [np.sin(angle), np.cos(angle)], atol=1e-12)


def test_the_other_columns_and_the_index_stay():
    frame = pd.DataFrame({"a": [1.0], "d": pd.to_datetime(["2024-01-01"]), "b": ["x"]}, index=[7])
    found = expand_dates(frame, ["d"], ["year"])
    assert found.columns.tolist() == ["a", "d_year", "b"]
    assert found.index.tolist() == [7]
