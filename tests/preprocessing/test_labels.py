import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder, OneHotEncoder

from nnrecipes.errors import DataError
from nnrecipes.preprocessing.labels import class_index, encode_labels, fit_classes

SPECIES = pd.Series(["setosa", "virginica", "versicolor", "setosa"], index=[10, 11, 12, 13], dtype=object)


def test_classes_and_numbers_equal_those_of_scikit_learn():
    oracle = LabelEncoder().fit(SPECIES.tolist())
    classes = fit_classes(SPECIES)
    assert list(classes) == oracle.classes_.tolist()
    np.testing.assert_array_equal(class_index(SPECIES, classes), oracle.transform(SPECIES.tolist()))


def test_classes_that_are_numbers_are_in_order_of_size():
    assert fit_classes(["10", "9", "2"]) == ("2", "9", "10")


def test_the_positive_class_comes_second():
    assert fit_classes(["benign", "malignant"], positive="benign") == ("malignant", "benign")


def test_labels_have_the_form_of_the_loss():
    index = class_index(SPECIES, fit_classes(SPECIES))
    one_hot = encode_labels(index, "one_hot", 3)
    np.testing.assert_array_equal(one_hot, OneHotEncoder(sparse_output=False).fit_transform(SPECIES.to_frame()))
    assert (one_hot.dtype, one_hot.shape) == (np.float32, (4, 3))
    codes = encode_labels(index, "index", 3)
    assert (codes.dtype, codes.tolist()) == (np.int32, [0, 2, 1, 0])
    binary = encode_labels(np.array([0, 1]), "binary", 2)
    assert (binary.dtype, binary.tolist()) == (np.float32, [[0.0], [1.0]])


def test_a_class_that_training_lacks_is_refused_with_its_rows():
    with pytest.raises(
        DataError, match=r"kind: expected one of the classes setosa, versicolor. Received: 'virginica' in row 11\."
    ):
        class_index(SPECIES, ("setosa", "versicolor"), where="kind")


def test_a_row_without_a_class_is_refused():
    with pytest.raises(DataError, match="Received: no value in row 0"):
        class_index(pd.Series([None, "a"], dtype=object), ("a", "b"))


def test_an_unknown_positive_class_names_the_nearest():
    with pytest.raises(DataError, match=r"Received: 'malignent'\. Did you mean malignant\?"):
        fit_classes(["benign", "malignant"], positive="malignent")


def test_one_class_is_too_few():
    with pytest.raises(DataError, match="two or more classes among the training rows. Received: a"):
        fit_classes(["a", "a", None])
