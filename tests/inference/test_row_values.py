"""Single values become what the run's own reading of tables makes of them."""

import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.dates import expand_dates, part_names
from nnrecipes.data.parse import as_numbers, as_text
from nnrecipes.inference.row_values import MisfitError, date_parts, to_category, to_number

PARTS = ["year", "month", "day", "day_of_week", "day_of_year", "hour", "month_cyclic", "hour_cyclic",
         "day_of_week_cyclic", "day_of_year_cyclic"]  # fmt: skip


@pytest.mark.parametrize("value", [3, 3.5, "1e3", " 7 ", "-.5", "+2.", True, np.float32(1.5), np.int64(4), None])
def test_numbers_are_read_as_a_column_of_them_is(value):
    raw = pd.Series([value], dtype=object if value is None or isinstance(value, str) else None)
    assert to_number(value) == pytest.approx(as_numbers(raw)[0][0], nan_ok=True)


@pytest.mark.parametrize("value", ["x", "1,5", "", [1], {}, "0x10", 10**400])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(MisfitError, match="a number"):
        to_number(value)


@pytest.mark.parametrize("value", ["Bonn", "3.0", 3, 3.0, 2.5, True, np.float64(7), np.int32(7)])
def test_categories_are_read_as_a_column_of_them_is(value):
    assert to_category(value) == as_text(pd.Series([value]))[0]


def test_missing_categories_are_empty():
    assert to_category(None) == to_category(float("nan")) == ""


@pytest.mark.parametrize("value", [["a"], {"a": 1}, b"a", np.zeros(2)])
def test_what_is_no_category_is_refused(value):
    with pytest.raises(MisfitError):
        to_category(value)


@pytest.mark.parametrize("text", ["2024-02-29", "1999-12-31T23:59:59", "2024-03-01 05:30", "2024-01-01T00:30+02:00"])
def test_dates_have_the_parts_that_pandas_gives(text):
    moment = pd.to_datetime([text], utc=True).tz_localize(None)
    expected = expand_dates(pd.DataFrame({"d": moment}), ["d"], PARTS).to_numpy()[0]
    np.testing.assert_allclose(date_parts(text, PARTS), expected, atol=1e-12)


def test_a_missing_date_has_no_parts():
    assert np.isnan(date_parts(None, PARTS)).all()
    assert len(date_parts(None, PARTS)) == len(part_names("d", PARTS))


@pytest.mark.parametrize("value", ["31.12.2024", "2024-13-01", "yesterday", 20240101])
def test_what_is_no_date_is_refused(value):
    with pytest.raises(MisfitError, match="ISO date"):
        date_parts(value, PARTS)
