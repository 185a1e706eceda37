import hashlib

import numpy as np
import pandas as pd
import pytest

from nnrecipes.config.data import ArraysSource, CsvSource, ParquetSource, SklearnSource
from nnrecipes.data.read import read_table
from nnrecipes.errors import DataError


def read(path, **options):
    return read_table(CsvSource(path=str(path), **options))


def refusal(path, **options):
    with pytest.raises(DataError) as error:
        read(path, **options)
    return str(error.value)


def test_values_stay_text_and_missing_ones_are_none(write):
    frame = read(write("a,b\n1,x\n,NA\n007,?\n")).frame
    assert frame["a"].tolist() == ["1", None, "007"]
    assert frame["b"].tolist() == ["x", None, None]
    assert frame.dtypes.tolist() == [object, object]


def test_missing_values_are_a_choice(write):
    frame = read(write("a,b\n-9,x\nNA,y\n"), missing_values=("-9",)).frame
    assert frame["a"].tolist() == [None, "NA"]


def test_byte_order_mark_is_removed(write):
    assert read(write(b"\xef\xbb\xbfID,b\n1,2\n")).frame.columns.tolist() == ["ID", "b"]


def test_blanks_around_values_are_cut_off(write):
    assert read(write("a, b\nx , y\n ?, z\n")).frame.to_numpy().tolist() == [["x", "y"], [None, "z"]]


def test_quoted_line_breaks_keep_the_line_numbers_right(write):
    table = read(write('a,b\n1,"x\ny"\n\n2,z\n'))
    assert table.frame["b"].tolist() == ["x\ny", "z"]
    assert table.where([0, 1]) == "row 0 (line 2), row 1 (line 5)"


def test_windows_line_ends(write):
    table = read(write("a,b\r\n1,2\r\n3,4\r\n"))
    assert table.frame["b"].tolist() == ["2", "4"]
    assert table.place(1) == "row 1 (line 3)"


def test_short_and_long_rows_are_named_not_padded(write):
    rows = ["a,b,c", *["1,2,3"] * 4, "1,2", "1,2,3", "1,2,3,4"]
    message = refusal(write("\n".join(rows) + "\n"))
    assert "expected 3 values in every row" in message
    assert "row 4 (line 6) has 2, row 6 (line 8) has 4." in message


def test_many_short_rows_are_counted(write):
    assert "and 12 more rows" in refusal(write("a,b\n" + "1\n" * 17))


def test_wrong_delimiter_is_named_with_the_right_one(write):
    assert "Set data.source.delimiter: ';'" in refusal(write("a;b\n1;2\n"))
    assert read(write("a;b\n1;2\n"), delimiter=";").frame.shape == (1, 2)


def test_duplicate_headers_are_refused(write):
    assert "'a' in columns 1, 2" in refusal(write("a,a\n1,2\n"))


def test_empty_files_and_files_without_rows_are_refused(write):
    assert "an empty file" in refusal(write(""))
    assert "expected at least one row" in refusal(write("a,b\n"))


def test_bytes_that_are_no_utf8_are_named_with_their_line(write):
    path = write(b"a,b\n1,x\n2,caf\xe9\n")
    assert "data.csv: line 3: expected text in utf-8. Received: byte 0xe9" in refusal(path)
    assert read(path, encoding="latin-1").frame["b"].tolist() == ["x", "café"]


def test_utf16(write):
    assert read(write("a,b\n1,é\n".encode("utf-16")), encoding="utf-16").frame["b"].tolist() == ["é"]


def test_an_open_quote_is_refused(write):
    assert "a quote that ends" in refusal(write('a,b\n1,2\n3,"4\n5,6\n'))


def test_a_folder_is_read_in_the_order_of_names(write):
    second = write("a,b\n3,4\n5,6\n", "parts/b.csv")
    first = write("a,b\n1,2\n", "parts/a.csv")
    table = read(second.parent)
    assert table.frame["a"].tolist() == ["1", "3", "5"]
    assert table.where([0, 2]) == "row 0 (a.csv line 2), row 2 (b.csv line 3)"
    assert table.sha256 == hashlib.sha256(first.read_bytes() + second.read_bytes()).hexdigest()


def test_a_folder_with_two_headers_is_refused(write):
    write("a,b\n1,2\n", "parts/a.csv")
    path = write("a,c\n1,2\n", "parts/b.csv")
    assert "b.csv: expected the columns of a.csv: a, b. Received: a, c." in refusal(path.parent)


def test_sha256_is_that_of_the_bytes(write):
    path = write("a,b\n1,2\n")
    assert read(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_parquet_keeps_types_and_drops_the_index(tmp_path):
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame({"x": [1.5, None], "n": [1, 2], "s": ["a", None], "d": pd.to_datetime(["2024-01-01", None])})
    frame.set_index(pd.Index([5, 6])).to_parquet(path)
    found = read_table(ParquetSource(path=str(path)))
    assert found.frame.columns.tolist() == ["x", "n", "s", "d"]
    assert found.frame.index.tolist() == [0, 1]
    assert [found.frame[name].dtype.kind for name in ("x", "n", "d")] == ["f", "i", "M"]
    assert found.frame["s"].isna().tolist() == [False, True]
    assert found.place(1) == "row 1"


def test_parquet_columns_of_lists_are_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [["a", "b"], ["c"]], "y": [1, 2]}).to_parquet(path)
    with pytest.raises(DataError, match="column 'x': expected one value a row"):
        read_table(ParquetSource(path=str(path)))


def test_a_folder_of_parquet_files(tmp_path):
    for name, value in (("b", 2), ("a", 1)):
        pd.DataFrame({"x": [value]}).to_parquet(tmp_path / f"{name}.parquet")
    table = read_table(ParquetSource(path=str(tmp_path)))
    assert table.frame["x"].tolist() == [1, 2]
    assert table.place(1) == "row 1 (b.parquet)"


def arrays(data, *target):
    return read_table(ArraysSource(), data, target)


def test_a_frame_is_copied_and_its_index_ignored():
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=[9, 3])
    table = arrays(frame)
    table.frame.loc[0, "x"] = 5.0
    assert frame["x"].tolist() == [1.0, 2.0]
    assert table.frame.index.tolist() == [0, 1]


def test_x_and_y_arrays_get_names():
    frame = arrays((np.zeros((3, 2)), np.arange(3)), "y").frame
    assert frame.columns.tolist() == ["x0", "x1", "y"]
    assert frame["y"].tolist() == [0, 1, 2]


def test_x_keeps_the_names_of_a_frame_and_y_takes_those_of_the_targets():
    x = pd.DataFrame({"age": [1, 2]}, index=[4, 5])
    y = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[8, 9])
    frame = arrays((x, y), "up", "down").frame
    assert frame.columns.tolist() == ["age", "up", "down"]
    assert frame["down"].tolist() == [3, 4]


def test_a_mapping_of_columns():
    assert arrays({"a": [1, 2], "b": np.array(["x", "y"])}).frame["b"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "a pandas DataFrame, a mapping of columns, or (X, y). Received: NoneType"),
        ({"a": [1, 2], "b": [1]}, "columns of one length"),
        ({"a": np.zeros(())}, "column 'a': expected one value a row"),
        ((np.zeros((3, 2)), np.zeros(2)), "as many rows in X as in y. Received: 3 and 2"),
        ((np.zeros((3, 2)), np.zeros((3, 2))), "y: expected 1 columns, for y. Received: 2"),
        ((np.zeros((3, 2, 2, 2, 2)), np.zeros(3)), "X: expected rows, or rows and columns"),
        (pd.DataFrame({"a": []}), "expected at least one row"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "every column name once"),
    ],
)
def test_bad_arrays_are_refused(data, words):
    with pytest.raises(DataError) as error:
        arrays(data, "y")
    assert words in str(error.value)


def test_rows_from_python_need_an_arrays_source():
    with pytest.raises(DataError, match="expected arrays where rows come from Python"):
        read_table(SklearnSource(name="iris"), pd.DataFrame({"x": [1]}))


def test_sha256_of_arrays_follows_names_and_values():
    base = arrays({"a": [1.0, 2.0]}).sha256
    assert base == arrays({"a": [1.0, 2.0]}).sha256
    assert base != arrays({"b": [1.0, 2.0]}).sha256
    assert base != arrays({"a": [1.0, 3.0]}).sha256


@pytest.mark.parametrize("value", [["a", "b"], {"a": 1}, np.array(["a"]), [[1], [1, 2]]])
def test_columns_of_texts_in_lists_and_records_are_refused(value):
    with pytest.raises(DataError, match="column 'a': expected one value a row"):
        arrays(pd.DataFrame({"a": pd.Series([value, value])}))
