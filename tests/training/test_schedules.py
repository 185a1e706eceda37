"""Curves against values computed by hand, and against Keras' own decay."""

import keras
import numpy as np
import pytest

from nnrecipes.training import schedules


def curve(function, count, **keywords):
    return [function(epoch, **keywords) for epoch in range(count)]


def test_step_halves_every_three_epochs():
    assert curve(schedules.step, 7, every=3) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_exponential_is_a_power():
    assert curve(schedules.exponential, 4, rate=0.9) == pytest.approx([1, 0.9, 0.81, 0.729])


def test_milestones_multiply_once_each():
    assert curve(schedules.milestones, 6, at=(2, 5), factor=0.1) == pytest.approx([1, 1, 0.1, 0.1, 0.1, 0.01])


def test_cosine_is_keras_cosine_decay():
    theirs = keras.optimizers.schedules.CosineDecay(1.0, decay_steps=10, alpha=0.2)
    ours = curve(schedules.cosine, 10, epochs=10, final=0.2)
    np.testing.assert_allclose(ours, [float(theirs(epoch)) for epoch in range(10)], rtol=1e-6)


def test_cosine_warms_up_in_equal_steps_and_never_stands_at_zero():
    ours = curve(schedules.cosine, 8, epochs=8, warmup_epochs=3)
    assert ours[:4] == [0.25, 0.5, 0.75, 1.0]
    assert ours[4:] == pytest.approx([(1 + np.cos(np.pi * share)) / 2 for share in (0.2, 0.4, 0.6, 0.8)])


def test_cosine_with_a_warm_up_as_long_as_the_training():
    assert curve(schedules.cosine, 3, epochs=3, warmup_epochs=3) == [0.25, 0.5, 0.75]


def test_one_cycle_goes_up_to_the_base_rate_and_down():
    ours = curve(schedules.one_cycle, 11, epochs=11, warmup=3 / 11, start_divisor=10, final_divisor=100)
    assert ours[:3] == pytest.approx([0.1, 0.55, 1.0])
    assert ours[6] == pytest.approx((1 + 0.01) / 2)  # half way down
    assert ours[10] == pytest.approx(0.01)
    assert np.all(np.diff(ours[2:]) < 0)


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_one_cycle_of_few_epochs_stays_within_its_bounds(epochs):
    assert all(1e-4 <= value <= 1 for value in curve(schedules.one_cycle, epochs, epochs=epochs))
