import numpy as np
import pandas as pd

from nnrecipes.data.table import Table

FRAME = pd.DataFrame({"a": range(30)})


def test_rows_without_lines_are_named_by_id():
    assert Table(FRAME, "arrays").where([3, 4]) == "row 3, row 4"


def test_the_sixth_row_and_later_ones_are_counted():
    assert Table(FRAME, "a.csv", first_line=2).where(range(17)).endswith("row 4 (line 6) and 12 more")


def test_long_values_are_cut():
    assert Table(FRAME, "arrays").where([0], ["x" * 90]) == "'" + "x" * 38 + "… in row 0"


def test_numbers_are_written_as_python_writes_them():
    assert Table(FRAME, "arrays").where([0], [np.float64("inf")]) == "inf in row 0"


def test_parts_of_a_file_count_from_its_beginning():
    assert Table(FRAME, "a.csv", first_line=102, start=100).place(3) == "row 103 (line 105)"
