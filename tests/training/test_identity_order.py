"""The order of an epoch's rows by identity."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrecipes.data.spec import Arrays
from nnrecipes.training.randomness import epoch_order, identity_order, row_order


def arrays(names, together):
    return Arrays({"x": np.zeros((len(names), 1))}, {"who": names}, np.arange(len(names)), together=together)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(1, 8), st.integers(0, 3))
def test_every_row_comes_once_and_in_blocks_of_one_identity(items, together, epoch):
    names = np.array(items)
    order = identity_order(names, together, seed=1, epoch=epoch)
    assert sorted(order.tolist()) == list(range(len(names)))
    runs = 1 + np.count_nonzero(np.diff(names[order]))
    assert runs <= sum(-(-np.unique(names, return_counts=True)[1] // together))


def test_a_batch_of_p_times_k_rows_has_k_rows_of_each_identity():
    names = np.repeat(np.arange(30), 10)
    for epoch in range(3):
        batches = names[identity_order(names, 5, seed=0, epoch=epoch)].reshape(-1, 75)
        for batch in batches:
            assert (np.unique(batch, return_counts=True)[1] % 5 == 0).all()


def test_the_order_depends_on_seed_and_epoch_alone():
    names = np.random.default_rng(0).integers(0, 9, 80)
    first, again, other, later = (identity_order(names, 4, s, e) for s, e in ((0, 0), (0, 0), (1, 0), (0, 1)))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, later)


def test_rows_without_identities_come_by_chance_as_ever():
    names = np.arange(20)
    np.testing.assert_array_equal(epoch_order(arrays(names, 0), 3, 2), row_order(20, 3, 2))
    np.testing.assert_array_equal(epoch_order(arrays(names, 2), 3, 2), identity_order(names, 2, 3, 2))
