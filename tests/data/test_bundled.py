import re

import numpy as np
import pytest
from sklearn import datasets

from nnrecipes.config.data import SklearnSource
from nnrecipes.data.bundled import BUNDLED
from nnrecipes.data.read import read_table

TABLES = [name for name in BUNDLED if name != "digits_images"]


def load(name):
    return getattr(datasets, f"load_{name}")(**({"scaled": False} if name == "diabetes" else {}))


@pytest.mark.parametrize("name", TABLES)
def test_names_rows_and_classes_are_those_of_scikit_learn(name):
    bunch, bundled = load(name), BUNDLED[name]
    names = [re.sub(r"[^a-z0-9]+", "_", n.replace("(cm)", "").strip().lower()) for n in bunch.feature_names]
    assert list(bundled.columns) == names
    assert bundled.rows == len(bunch.data)
    assert bundled.classes == tuple(map(str, bunch.get("target_names", ())))
    assert bundled.header == (*names, bundled.target)


@pytest.mark.parametrize("name", TABLES)
def test_values_are_those_of_scikit_learn(name):
    bunch, bundled = load(name), BUNDLED[name]
    frame = read_table(SklearnSource(name=name)).frame
    np.testing.assert_array_equal(frame[list(bundled.columns)].to_numpy(), bunch.data)
    target = frame[bundled.target].to_numpy()
    if bundled.classes:
        assert target.tolist() == [str(bunch.target_names[code]) for code in bunch.target]
    else:
        np.testing.assert_array_equal(target, bunch.target)


def test_images_of_digits_are_scikit_learns_with_its_16_grey_levels_spread_over_a_byte():
    bunch, frame = datasets.load_digits(), read_table(SklearnSource(name="digits_images")).frame
    pixels = np.stack([cell.array for cell in frame["image"]])
    np.testing.assert_allclose(pixels, bunch.images * 255 / 16, atol=0.5)
    assert frame["digit"].tolist() == [str(digit) for digit in bunch.target]
    assert (BUNDLED["digits_images"].header, BUNDLED["digits_images"].rows) == (("image", "digit"), len(frame))


@pytest.mark.parametrize(
    ("name", "task"), [("wine", "multiclass"), ("breast_cancer", "binary"), ("diabetes", "regression")]
)
def test_tasks(name, task):
    assert BUNDLED[name].task == task
