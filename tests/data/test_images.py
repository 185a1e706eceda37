"""References to images: where they are looked for, and their pixels against Pillow and numpy."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nnrecipes.data.cells import ArrayCell, as_cell
from nnrecipes.data.images import decode_images, image_format, locate_images
from nnrecipes.data.media import as_images
from nnrecipes.data.parse import parse_columns
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError


def encoded(pixels, kind="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind, **options)
    return buffer.getvalue()


@pytest.fixture
def colours():
    return np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)


def test_paths_are_looked_for_in_the_folder_then_beside_the_rows(tmp_path, colours):
    for place in ("a/one.png", "b/one.png", "b/two.png"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(encoded(colours))
    found, lost = locate_images(["one.png", "two.png", None, "three.png"], [tmp_path / "a", tmp_path / "b"])
    assert found[:2].tolist() == [str(tmp_path / "a/one.png"), str(tmp_path / "b/two.png")]
    assert (found[2], lost.tolist()) == (None, [False, False, False, True])


def test_pixels_of_files_archives_bytes_and_arrays_are_the_same(tmp_path, colours):
    (tmp_path / "one.png").write_bytes(encoded(colours))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("in/one.png", encoded(colours))
    references = [str(tmp_path / "one.png"), str(tmp_path / "all.zip" / "in/one.png"), encoded(colours),
                  ArrayCell(colours), as_cell(Image.fromarray(colours))]  # fmt: skip
    pixels = decode_images(references, height=4, width=6, channels=3)
    for row in pixels:
        np.testing.assert_array_equal(row, colours)


def test_grey_images_have_one_channel_and_colour_has_three(colours):
    grey = encoded(colours[:, :, 0])
    assert image_format([grey, None]) == ([(4, 6)], 1)
    assert image_format([grey, encoded(colours[:2])]) == ([(2, 6), (4, 6)], 3)
    expected = np.asarray(Image.fromarray(colours).convert("L"))
    np.testing.assert_array_equal(
        decode_images([encoded(colours)], height=4, width=6, channels=1)[0, :, :, 0], expected
    )


def test_a_missing_image_is_black():
    assert not decode_images([None], height=2, width=2, channels=3).any()


def test_images_are_resized_as_pillow_does(colours):
    expected = np.asarray(Image.fromarray(colours).resize((3, 2), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(decode_images([encoded(colours)], height=2, width=3, channels=3)[0], expected)


def test_a_turned_photograph_is_put_upright(colours):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    turned = encoded(colours, exif=exif)
    np.testing.assert_array_equal(decode_images([turned], height=6, width=4, channels=3)[0], np.rot90(colours, -1))


def test_sixteen_bits_keep_the_upper_eight():
    pixels = np.array([[0, 256 * 7, 65535]], dtype=np.uint16)
    assert decode_images([encoded(pixels)], height=1, width=3, channels=1).ravel().tolist() == [0, 7, 255]


def test_broken_images_are_named_by_their_paths(tmp_path, colours):
    whole = encoded(colours, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("not a picture")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("bad.png", b"zip")
    paths = [str(tmp_path / name) for name in ("cut.jpg", "text.png", "all.zip/bad.png")]
    with pytest.raises(DataError) as error:
        decode_images([encoded(colours), *paths], height=4, width=6, channels=3)
    assert [path in line for path, line in zip(paths, error.value.problems, strict=True)] == [True] * 3


def test_arrays_that_are_no_pixels_are_refused():
    with pytest.raises(DataError, match="in place 0: expected uint8 pixels .* not float32"):
        decode_images([ArrayCell(np.zeros((2, 2), np.float32))], height=2, width=2, channels=1)


def test_a_path_that_leads_nowhere_is_named_with_its_row(tmp_path):
    table = Table(pd.DataFrame({"photo": ["a.png", None]}), "cars.csv", first_line=2, folder=str(tmp_path))
    with pytest.raises(DataError, match=r"cars.csv: column 'photo': .*no such file: 'a.png' in row 0 \(line 2\)"):
        parse_columns(table, {"photo": "image"})


def test_a_folder_that_is_not_there_is_named_once(tmp_path):
    table = Table(pd.DataFrame({"photo": [f"{i}.png" for i in range(9)]}), "rows.csv")
    lost = str(tmp_path / "photos.zip")
    assert as_images(table, "photo", lost)[1] == [
        f"rows.csv: column 'photo': expected a folder or a zip archive of images. Received: no such path: {lost}."
    ]


def test_series_are_lists_of_numbers_in_a_text_or_one_number_a_row():
    raw = pd.DataFrame({"a": ["1 2.5 nan", "[3, 4]", None, ""], "b": ["1", None, "3", "4"]}, dtype=object)
    frame = parse_columns(Table(raw, "a.csv"), {"a": "series", "b": "series"})
    assert [None if cell is None else cell.array.tolist()[:2] for cell in frame["a"]] == [[1, 2.5], [3, 4], None, None]
    assert np.isnan(frame["a"][0].array[2])
    assert frame["b"].dtype == np.float64
    with pytest.raises(DataError, match="column 'a': expected numbers separated by blanks.*'1 two' in row 0"):
        parse_columns(Table(pd.DataFrame({"a": ["1 two"]}), "a.csv"), {"a": "series"})


def test_a_decimal_comma_separates_no_numbers():
    table = Table(pd.DataFrame({"a": ["1,5 2,5", "3;4"]}), "a.csv")
    cells = parse_columns(table, {"a": "series"}, decimal=",")["a"]
    assert [cell.array.tolist() for cell in cells] == [[1.5, 2.5], [3, 4]]


def test_the_shipped_photos_are_those_of_the_generator():
    from nnrecipes.data.synthetic_cars import used_cars

    folder = Path(__file__).parents[2] / "data"
    frame, photos = used_cars()
    shipped = pd.read_csv(folder / "used_cars.csv")
    pd.testing.assert_frame_equal(shipped, frame, check_dtype=False, check_exact=True)
    references, lost = locate_images(shipped["photo"], [folder / "used_cars.zip"])
    pixels = decode_images(references, height=24, width=32, channels=3)
    there = shipped["photo"].notna().to_numpy()
    np.testing.assert_array_equal(pixels[there], np.stack(photos)[there])
    assert not lost.any()
    assert not pixels[~there].any()
    assert (folder / "used_cars.zip").stat().st_size < 300_000
