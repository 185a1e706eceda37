import pandas as pd
import pytest

from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.data.batches import read_batches
from nnrecipes.data.read import read_table
from nnrecipes.errors import DataError


def test_csv_batches_are_the_whole_file_with_its_row_numbers(write):
    path = write("a,b\n" + "".join(f'{i},"x\ny{i}"\n' for i in range(7)))
    source = CsvSource(path=str(path))
    whole, parts = read_table(source), list(read_batches(source, 3))
    assert [len(part.frame) for part in parts] == [3, 3, 1]
    joined = pd.concat([part.frame for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole.frame)
    assert parts[1].place(1) == whole.place(4) == "row 4 (line 10)"


def test_parquet_batches_are_the_whole_file(tmp_path):
    frame = pd.DataFrame({"a": range(10), "s": list("abcdefghij")})
    frame.to_parquet(tmp_path / "a.parquet")
    parts = list(read_batches(ParquetSource(path=str(tmp_path / "a.parquet")), 4))
    assert [len(part.frame) for part in parts] == [4, 4, 2]
    assert pd.concat([part.frame for part in parts])["s"].tolist() == frame["s"].tolist()
    assert parts[2].place(0) == "row 8"


def test_a_short_row_in_a_later_batch_is_refused(write):
    path = write("a,b\n" + "1,2\n" * 5 + "3\n")
    with pytest.raises(DataError, match="expected 2 values in every row"):
        list(read_batches(CsvSource(path=str(path)), 3))
