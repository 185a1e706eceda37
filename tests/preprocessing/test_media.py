"""Images and series to arrays, and the preprocessor that holds them, against numpy."""

import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.cells import ArrayCell, as_cells
from nnrecipes.data.schema import Schema
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.images import encode_images, fit_images
from nnrecipes.preprocessing.plans import InputPlan, Plan, TargetPlan
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.series import encode_series, fit_series


def test_images_of_one_size_need_no_size_and_others_do():
    frame = pd.DataFrame(
        {"a": as_cells([np.full((2, 3), 9, np.uint8)] * 2), "b": as_cells(np.ones((2, 2, 3), np.uint8))}
    )
    state = fit_images(frame)
    assert (state.height, state.width, state.channels) == (2, 3, 1)
    assert encode_images(frame, state).shape == (2, 2, 2, 3, 1)
    frame["b"] = as_cells(np.ones((2, 4, 4), np.uint8))
    with pytest.raises(
        DataError, match="inputs.p: expected height and width, as the images have 2 sizes. Received: 2 x 3, 4"
    ):
        fit_images(frame, where="inputs.p")
    assert fit_images(frame, height=5, width=6).channels == 1
    with pytest.raises(DataError, match="expected an image among the training rows"):
        fit_images(pd.DataFrame({"a": [None, None]}, dtype=object))


def test_each_channel_has_the_scale_of_all_its_training_steps():
    a, b = [np.array([1.0, 2.0, 6.0]), np.array([3.0])], [np.array([10.0, np.nan, 30.0]), np.array([50.0])]
    frame = pd.DataFrame({"a": as_cells(a), "b": as_cells(b)})
    state = fit_series(frame)
    first, second = (np.concatenate(channel) for channel in (a, b))
    encoded = encode_series(frame, state)
    np.testing.assert_allclose(encoded[0, :, 0], (a[0] - first.mean()) / first.std(), rtol=1e-6)
    np.testing.assert_allclose(encoded[1, 0, 1], (50 - np.nanmean(second)) / np.nanstd(second), rtol=1e-6)
    assert encoded[0, 1, 1] == 0
    assert encoded[:, :, 2].tolist() == [[1, 1, 1], [1, 0, 0]]


def test_columns_of_numbers_are_steps_and_longer_series_are_cut():
    frame = pd.DataFrame({"t0": [1.0, 2.0, np.nan], "t1": [3.0, np.nan, np.nan]})
    encoded = encode_series(frame, fit_series(frame, scale="none"))
    assert encoded.tolist() == [[[1, 1], [3, 1]], [[2, 1], [0, 0]], [[0, 0], [0, 0]]]
    state = fit_series(pd.DataFrame({"a": as_cells([np.array([1.0, 2.0])])}), scale="none")
    new = pd.DataFrame({"a": [ArrayCell(np.arange(5.0)), None]}, dtype=object)
    assert encode_series(new, state)[:, :, 0].tolist() == [[0, 1], [0, 0]]


def test_numbers_and_arrays_in_one_series_are_refused():
    frame = pd.DataFrame({"a": [1.0], "b": as_cells([np.array([1.0, 2.0])])})
    with pytest.raises(DataError, match=r"one number a row \(steps\), or of many \(channels\). Received: 'a' and 'b'"):
        fit_series(frame)
    steps = fit_series(pd.DataFrame({"a": [1.0, 2.0]}))
    with pytest.raises(DataError, match="column 'a': expected one number a row"):
        encode_series(pd.DataFrame({"a": as_cells([np.array([1.0, 2.0])])}), steps)


def preprocessor():
    schema = Schema({"photo": "image", "text": "text", "beat": "series"})
    inputs = (InputPlan("photo", ("photo",), "image"), InputPlan("text", ("text",), "text", {"form": "tfidf"}),
              InputPlan("words", ("text",), "text"), InputPlan("beat", ("beat",), "series"))  # fmt: skip
    return Preprocessor(schema, Plan(inputs, (TargetPlan("y", "y", "regression", "linear", "value"),)))


def rows():
    cells = as_cells(np.random.default_rng(0).integers(0, 256, (3, 4, 4, 3)).astype(np.uint8))
    beats = as_cells([np.array([1.0, 2.0]), np.array([3.0]), np.array([4.0, 5.0])])
    return pd.DataFrame({"photo": cells, "text": ["a b", "b", "c"], "beat": beats, "y": [1.0, 2.0, 4.0]})


def test_a_saved_preprocessor_transforms_the_same(tmp_path):
    fitted, frame = preprocessor(), rows()
    x, _ = fitted.fit_transform(frame)
    fitted.save(tmp_path)
    loaded = Preprocessor.load(tmp_path)
    assert loaded.spec == fitted.spec
    for name, values in loaded.transform(frame).items():
        np.testing.assert_array_equal(values, x[name])
        spec = next(item for item in fitted.spec.inputs if item.name == name)
        assert (values.shape[1:], values.dtype) == (spec.shape, spec.dtype)


def test_rows_without_image_text_and_series_are_zeros():
    fitted, frame = preprocessor(), rows()
    fitted.fit_transform(frame)
    nothing = pd.DataFrame({"photo": [None], "text": [None], "beat": [None]}, dtype=object)
    assert not any(values.any() for values in fitted.transform(nothing).values())
    assert {name: len(values) for name, values in fitted.transform(nothing).items()} == dict.fromkeys(
        ("photo", "text", "words", "beat"), 1
    )
