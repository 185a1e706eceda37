"""Folders and archives of images, IDX files, files of lines, tables without a header: against files written here."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nnrecipes.config.data import CsvSource, IdxSource, ImagesSource, LinesSource, OrderSplit, ParquetSource
from nnrecipes.data.batches import read_batches
from nnrecipes.data.cells import ArrayCell
from nnrecipes.data.header import read_header
from nnrecipes.data.idx import read_idx
from nnrecipes.data.read import read_table
from nnrecipes.data.splits import split_rows
from nnrecipes.errors import DataError


def png(value, size=(3, 2), mode="L"):
    buffer = io.BytesIO()
    Image.new(mode, size, value).save(buffer, format="PNG")
    return buffer.getvalue()


def idx(array, code=0x08):
    return struct.pack(">HBB", 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def digits(tmp_path):
    images = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)
    (tmp_path / "images.gz").write_bytes(gzip.compress(idx(images)))
    (tmp_path / "labels").write_bytes(idx(np.array([3, 1, 4, 1, 5], dtype=np.uint8)))
    return tmp_path, images


def test_idx_files_are_rows_of_arrays_and_labels(digits):
    folder, images = digits
    source = IdxSource(images=(str(folder / "images.gz"),), labels=(str(folder / "labels"),))
    table = read_table(source)
    assert read_header(source) == tuple(table.frame.columns) == ("image", "label")
    np.testing.assert_array_equal(np.stack([cell.array for cell in table.frame["image"]]), images)
    assert table.frame["label"].tolist() == [3, 1, 4, 1, 5]


def test_idx_numbers_are_big_endian(tmp_path):
    (tmp_path / "a").write_bytes(idx(np.array([1, 258], dtype=">i4"), 0x0C))
    assert read_idx(tmp_path / "a").tolist() == [1, 258]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x1f\x8bxx", "a damaged gzip file"),
        (b"label,image\n", "expected an IDX file. Received: one that begins with"),
        (idx(np.zeros((2, 2), np.uint8))[:-1], "expected 4 bytes of numbers, for 2 x 2. Received: 3"),
    ],
)
def test_a_file_that_is_no_idx_file_is_named(tmp_path, content, words):
    (tmp_path / "digits-idx").write_bytes(content)
    with pytest.raises(DataError, match=f"digits-idx: .*{words}"):
        read_idx(tmp_path / "digits-idx")


def test_a_label_too_few_is_refused(digits):
    folder, _ = digits
    (folder / "labels").write_bytes(idx(np.array([3], dtype=np.uint8)))
    with pytest.raises(DataError, match="a label for each image. Received: 5 images and 1 labels"):
        read_table(IdxSource(images=(str(folder / "images.gz"),), labels=(str(folder / "labels"),)))


def test_a_folder_of_images_takes_its_labels_from_the_folders(tmp_path):
    for name in ("dog/2.png", "cat/1.png", "cat/3.PNG"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png(9))
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    table = read_table(ImagesSource(path=str(tmp_path)))
    assert table.frame["file"].tolist() == ["cat/1.png", "cat/3.PNG", "dog/2.png"]
    assert table.frame["label"].tolist() == ["cat", "cat", "dog"]
    assert all(path.startswith(str(tmp_path)) for path in table.frame["image"])


def test_a_zip_archive_of_images_is_read_like_a_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.writestr("pets/cat/1.png", png(9))
        archive.writestr("__MACOSX/pets/cat/1.png", b"")
    table = read_table(ImagesSource(path=str(tmp_path / "pets.zip")))
    assert table.frame[["label", "file"]].to_numpy().tolist() == [["cat", "pets/cat/1.png"]]
    assert table.frame["image"][0] == str(tmp_path / "pets.zip" / "pets/cat/1.png")


def test_nothing_to_read_is_said(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(DataError, match="expected a file or folder. Received: no such path. Did you mean"):
        read_header(ImagesSource(path=str(tmp_path / "photo")))
    with pytest.raises(DataError, match="expected images"):
        read_table(ImagesSource(path=str(tmp_path / "photos")))
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with pytest.raises(DataError, match="a.zip: expected a zip archive"):
        read_table(ImagesSource(path=str(tmp_path / "a.zip")))


def test_files_of_lines_are_texts_with_the_name_of_their_file(tmp_path):
    (tmp_path / "pos").write_text("a fine film\n\n great , really \n", "utf-8")
    (tmp_path / "neg").write_text("no\n", "utf-8")
    source = LinesSource(files={"good": str(tmp_path / "pos"), "bad": str(tmp_path / "neg")})
    assert read_table(source).frame.to_numpy().tolist() == [
        ["a fine film", "good"], ["great , really", "good"], ["no", "bad"],
    ]  # fmt: skip
    (tmp_path / "neg").write_bytes(b"ok\ncaf\xe9\n")
    with pytest.raises(DataError, match="neg: line 2: expected text in utf-8"):
        read_table(source)


def test_a_table_of_blanks_without_a_header(tmp_path):
    (tmp_path / "beats.txt").write_text("   1.0   0.5  2\n\t2.0 0.25   3  \n")
    source = CsvSource(path=str(tmp_path / "beats.txt"), delimiter="whitespace", header=False)
    table = read_table(source)
    assert read_header(source) == tuple(table.frame.columns) == ("column_1", "column_2", "column_3")
    assert table.frame.to_numpy().tolist() == [["1.0", "0.5", "2"], ["2.0", "0.25", "3"]]
    assert table.place(1) == "row 1 (line 2)"
    batches = list(read_batches(source, rows=1))
    assert [batch.frame["column_3"].tolist() for batch in batches] == [["2"], ["3"]]
    assert batches[1].place(0) == "row 1 (line 2)"
    (tmp_path / "beats.txt").write_text("1 2\n3\n")
    with pytest.raises(DataError, match=r"row 1 \(line 2\) has 1"):
        read_table(source)


def test_lists_of_numbers_in_a_parquet_file_are_arrays(tmp_path):
    pd.DataFrame({"x": [[1, 2], [3]], "y": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    cells = read_table(ParquetSource(path=str(tmp_path / "a.parquet"))).frame["x"]
    assert [cell.array.tolist() for cell in cells] == [[1, 2], [3]]
    assert cells[0] == ArrayCell(np.array([1, 2])) != cells[1]


def test_rows_in_order_put_the_last_ones_into_the_test_set():
    rows = np.arange(10)
    split = split_rows(OrderSplit(test=2, validation=3), frame=pd.DataFrame(index=rows), labels=None, seed=0,
                       base_rows=rows)  # fmt: skip
    assert (split.train.tolist(), split.validation.tolist(), split.test.tolist()) == (
        [0, 1, 2, 3, 4], [5, 6, 7], [8, 9],
    )  # fmt: skip
