"""Rows that are input and target alike, as an autoencoder's, are held, passed and read once."""

import numpy as np
import tensorflow as tf

from nnrecipes.data.spec import Arrays
from nnrecipes.training.compiled import _tensors
from nnrecipes.training.functions import Functions
from nnrecipes.training.program import each_once

ROWS = np.arange(12, dtype="float32").reshape(4, 3)


def test_one_array_is_one_tensor_and_two_equal_ones_are_two():
    x, y = tf.nest.flatten(_tensors(Arrays({"x": ROWS}, {"y": ROWS}, np.arange(4))))
    assert x is y
    x, y = tf.nest.flatten(_tensors(Arrays({"x": ROWS}, {"y": ROWS.copy()}, np.arange(4))))
    assert x is not y


def test_a_function_gets_one_argument_for_both_and_another_form_where_they_differ():
    functions, together = Functions(xla=False), []

    def difference(rows):
        together.append(rows[0] is rows[1])
        return tf.reduce_sum(tf.abs(rows[0] - rows[1]))[None]

    one, other = tf.constant(ROWS), tf.constant(ROWS + 1)
    for rows, expected in (((one, one), 0), ((one, other), 12), ((other, other), 0)):
        assert functions.call(difference, rows).tolist() == [expected]
    assert together == [True, False]  # traced twice


def test_what_is_mapped_is_called_once_for_each():
    called = []
    one = tf.constant(ROWS)
    found = each_once(lambda values: called.append(1) or values + 1, {"x": one, "y": (one, tf.constant(ROWS))})
    assert len(called) == 2
    assert found["x"] is found["y"][0]
