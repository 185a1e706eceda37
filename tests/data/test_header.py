import subprocess
import sys

import pandas as pd
import pytest

from nnrecipes.config.data import ArraysSource, CsvSource, ParquetSource, SklearnSource
from nnrecipes.data.header import read_header
from nnrecipes.errors import DataError


def csv(path, **options):
    return CsvSource(path=str(path), **options)


def test_header_is_the_first_line(write):
    assert read_header(csv(write("a,b c,d\n1,2,3\n"))) == ("a", "b c", "d")


def test_byte_order_mark_is_no_part_of_the_first_name(write):
    assert read_header(csv(write(b"\xef\xbb\xbfID,b\n1,2\n"))) == ("ID", "b")


def test_quoted_names_may_hold_the_delimiter_and_line_breaks(write):
    assert read_header(csv(write('"a,b","c\nd"\n1,2\n'))) == ("a,b", "c\nd")


def test_blanks_around_names_are_cut_off(write):
    assert read_header(csv(write("a, b ,c\n1,2,3\n"))) == ("a", "b", "c")


def test_a_column_without_a_name_is_called_after_its_place(write):
    assert read_header(csv(write(",a\n0,1\n"))) == ("column_1", "a")


def test_rows_that_are_wrong_do_not_matter(write):
    assert read_header(csv(write("a,b\n1,2,3,4\n"))) == ("a", "b")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["an empty file"]),
        ("\n\n", ["an empty file"]),
        ("a,b,a\n1,2,3\n", ["every column name once", "'a' in columns 1, 3"]),
        ("a;b;c\n1;2;3\n", ["separated by ','", "'a;b;c'", "data.source.delimiter: ';'"]),
        ("a\tb\n1\t2\n", ["(tab)"]),
        (b"\xff\xfea\x00,\x00b\x00\n\x00", ["UTF-16", "encoding: utf-16"]),
        (b"stra\xdfe,b\n1,2\n", ["line 1", "utf-8", "0xdf", "cp1252"]),
    ],
)
def test_a_bad_header_is_one_line_that_names_what_to_change(write, content, words):
    with pytest.raises(DataError) as error:
        read_header(csv(write(content)))
    (line,) = error.value.problems
    assert "\n" not in line
    assert line.startswith("data.csv: ")
    assert all(word in line for word in words), line


def test_missing_file_names_the_nearest_one(write):
    path = write("a,b\n", "shipping.csv")
    with pytest.raises(DataError, match=r"no such file\. Did you mean shipping\.csv\?"):
        read_header(csv(path.with_name("shiping.csv")))


def test_unknown_encoding_is_named(write):
    with pytest.raises(DataError, match=r"encoding.*Received: 'utf-9'"):
        read_header(csv(write("a,b\n"), encoding="utf-9"))


def test_a_folder_has_the_header_of_its_first_file(write):
    write("a,b\n1,2\n", "folder/part-2.csv")
    first = write("a,b\n3,4\n", "folder/part-1.csv")
    assert read_header(csv(first.parent)) == ("a", "b")


def test_a_folder_without_files_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"a folder with \*\.csv files"):
        read_header(csv(tmp_path))


def test_a_file_in_another_encoding(write):
    assert read_header(csv(write("straße,b\n".encode("cp1252")), encoding="cp1252")) == ("straße", "b")
    assert read_header(csv(write("a,b\n".encode("utf-16")), encoding="utf-16")) == ("a", "b")


def test_parquet_columns_without_the_pandas_index(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [1], "y": ["a"]}, index=[7]).to_parquet(path)
    assert read_header(ParquetSource(path=str(path))) == ("x", "y")


def test_a_file_that_is_not_parquet_is_refused(write):
    with pytest.raises(DataError, match="expected a Parquet file"):
        read_header(ParquetSource(path=str(write("a,b\n", "a.parquet"))))


def test_bundled_tables_have_a_header_and_arrays_have_none():
    assert read_header(SklearnSource(name="iris"))[-1] == "species"
    assert read_header(ArraysSource()) == ()


def test_checking_headers_imports_neither_pandas_nor_numpy():
    code = (
        "import sys, nnrecipes.data.header, nnrecipes.data.columns;"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'sklearn', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
