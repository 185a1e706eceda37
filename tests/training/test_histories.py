"""Sparse rows, losses, lazy optimizers and the trainer against numpy, scipy, Keras' own optimizers and ``Model.fit``."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.sparse import csr_matrix
from scipy.special import logsumexp

from nnrecipes.layers.gaussian_code import GaussianCode
from nnrecipes.layers.history_bag import HistoryBag
from nnrecipes.layers.item_scores import ItemScores
from nnrecipes.models.blend import build_blend
from nnrecipes.models.item_weights import build_item_weights
from nnrecipes.models.mult_dae import build_mult_dae
from nnrecipes.models.mult_vae import build_mult_vae
from nnrecipes.models.seeded import seeded
from nnrecipes.training.histories import fit_histories
from nnrecipes.training.history_losses import log_inclusion, masked_mse, multinomial_nll, sampled_nll
from nnrecipes.training.lazy import LazyAdagrad, LazyAdam
from nnrecipes.training.sparse_rows import SparseRows
from nnrecipes.training.top_items import Ranker
from nnrecipes.training.weight_average import WeightAverage


@pytest.fixture(scope="module")
def histories() -> csr_matrix:
    rng = np.random.default_rng(4)
    dense = (rng.random((30, 17)) < 0.25).astype(np.float32)
    dense[3] = 0  # a user without a history
    return csr_matrix(dense)


def dae(items: int = 17, **keywords: object) -> keras.Model:
    with seeded(7):
        return build_mult_dae(items=items, hidden_units=(5,), **keywords)


def test_rows_of_a_sparse_matrix_are_those_of_scipy(histories):
    rows = SparseRows(histories.multiply(np.linspace(1, 2, 17)).tocsr())
    batch = rows.take(tf.constant([9, 3, 0, 9]))
    expected = histories.multiply(np.linspace(1, 2, 17)).toarray()[[9, 3, 0, 9]]
    np.testing.assert_allclose(tf.sparse.to_dense(batch.x), expected, rtol=1e-6)
    assert batch.x.shape[1] == 17


def test_a_bag_gives_the_same_for_sparse_and_dense_histories_and_for_numpy(histories):
    bag = HistoryBag(4, "tanh")
    dense = histories.toarray()
    sparse = bag(SparseRows(histories).take(tf.range(30)).x)
    norm = np.sqrt((dense**2).sum(axis=1, keepdims=True))
    expected = np.tanh(dense / np.maximum(norm, 1e-6) @ bag.kernel.numpy() + bag.bias.numpy())
    np.testing.assert_allclose(sparse, expected, atol=1e-6)
    np.testing.assert_allclose(bag(dense), expected, atol=1e-6)


def test_dropout_leaves_out_half_of_a_history_and_scales_the_others():
    bag = HistoryBag(1, dropout=0.5, normalize=False)
    rows = SparseRows(csr_matrix(np.ones((200, 50), np.float32))).take(tf.range(200))
    bag(rows.x)
    bag.kernel.assign(np.ones((50, 1)))
    sums = bag(rows.x, training=True).numpy()
    assert set(np.unique(sums % 2)) == {0.0}  # each kept item counts 1 / (1 - 0.5)
    assert sums.mean() == pytest.approx(50, rel=0.03)


def test_losses_equal_numpy(histories):
    scores = np.random.default_rng(1).normal(size=(30, 17)).astype(np.float32)
    batch = SparseRows(histories).take(tf.range(30))
    dense = histories.toarray()
    expected = -(dense * (scores - logsumexp(scores, axis=1, keepdims=True))).sum() / 30
    assert float(multinomial_nll(tf.constant(scores), batch)) == pytest.approx(expected, rel=1e-5)
    given = dense > 0
    assert float(masked_mse(tf.constant(scores), batch)) == pytest.approx(
        ((scores - dense)[given] ** 2).mean(), rel=1e-5
    )


def test_sampled_loss_is_the_full_one_where_every_item_is_a_candidate(histories):
    layer, code = ItemScores(17), tf.random.stateless_normal((30, 5), (1, 2))
    full = multinomial_nll(layer(code), batch := SparseRows(histories).take(tf.range(30)))
    every = tf.range(17, dtype=tf.int64)
    assert float(sampled_nll(layer, code, batch, every, tf.zeros(17))) == pytest.approx(float(full), rel=1e-5)


def test_sampled_sum_of_exponentials_is_unbiased():
    rng = np.random.default_rng(0)
    users, items, batch, drawn = 400, 300, 20, 30
    popularity = rng.random(items) ** 4 * 0.3
    histories = csr_matrix(rng.random((users, items)) < popularity)
    weights = np.exp(rng.normal(size=items))
    inclusion = np.exp(log_inclusion(histories, batch, drawn))
    estimates = []
    for _ in range(3000):
        own = np.unique(histories[rng.integers(0, users, batch)].indices)
        candidates = np.union1d(own, rng.integers(0, items, drawn))
        estimates.append((weights[candidates] / inclusion[candidates]).sum())
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - weights.sum()) < 4 * error


@pytest.mark.parametrize(
    ("lazy", "plain"), [(LazyAdam, keras.optimizers.Adam), (LazyAdagrad, keras.optimizers.Adagrad)]
)
def test_lazy_optimizers_are_keras_own_on_touched_rows_and_leave_the_others(lazy, plain):
    start = np.random.default_rng(2).normal(size=(6, 3)).astype(np.float32)
    one, other = keras.Variable(start), keras.Variable(start)
    ours, theirs = lazy(0.1), plain(0.1)
    for step in range(4):
        values = np.random.default_rng(step).normal(size=(4, 3)).astype(np.float32)
        rows = [1, 4, 1, 0]  # 1 comes twice
        dense = np.zeros((6, 3), np.float32)
        np.add.at(dense, rows, values)
        ours.apply([tf.IndexedSlices(tf.constant(values), tf.constant(rows), (6, 3))], [one])
        theirs.apply([tf.constant(dense)], [other])
    np.testing.assert_allclose(one.numpy()[[0, 1, 4]], other.numpy()[[0, 1, 4]], atol=1e-6)
    assert (one.numpy()[[2, 3, 5]] == start[[2, 3, 5]]).all()


def test_training_on_sparse_rows_equals_fit_on_dense_ones(histories):
    dense = histories.toarray()

    def loss(truth, scores):
        return -keras.ops.sum(truth * keras.ops.log_softmax(scores), axis=-1)

    theirs = dae(dropout=0.0)
    theirs.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    fitted = theirs.fit(dense, dense, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
    ours = dae(dropout=0.0)
    ours.compile(optimizer=keras.optimizers.Adam(0.01))
    history = fit_histories(ours, histories, epochs=3, batch_size=8, shuffle=False)
    np.testing.assert_allclose(history["loss"], fitted, rtol=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("sampled", [None, 6])
def test_same_seed_same_weights_and_another_seed_others(histories, sampled):
    def weights(seed):
        model = dae(dropout=0.5)
        model.compile(optimizer=LazyAdam(0.01) if sampled else keras.optimizers.Adam(0.01))
        fit_histories(model, histories, epochs=2, batch_size=8, seed=seed, sampled_items=sampled)
        return np.concatenate([value.ravel() for value in model.get_weights() if value.dtype == np.float32])

    assert (weights(1) == weights(1)).all()
    assert not np.array_equal(weights(1), weights(2))


@pytest.mark.slow
def test_sampled_training_learns_nearly_what_the_full_softmax_does():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 4, 200)
    histories = csr_matrix((rng.random((200, 40)) < np.where(np.arange(40) // 10 == group[:, None], 0.5, 0.02)) * 1.0)
    losses = []
    for sampled in (None, 8):
        model = dae(40, dropout=0.3)
        model.compile(optimizer=LazyAdam(0.02) if sampled else keras.optimizers.Adam(0.02))
        fit_histories(model, histories, epochs=30, batch_size=20, sampled_items=sampled)
        losses.append(float(multinomial_nll(model(histories.toarray()), SparseRows(histories).take(tf.range(200)))))
    before = float(multinomial_nll(tf.zeros((200, 40)), SparseRows(histories).take(tf.range(200))))
    assert losses[1] - losses[0] < 0.05 * (before - losses[0])


def test_validation_figures_are_logged_and_a_callback_can_stop(histories):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    model = dae()
    model.compile(optimizer="adam")
    history = fit_histories(
        model, histories, epochs=9, batch_size=30, callbacks=[Stop()], validate=lambda: {"val_x": 3}
    )
    assert history["val_x"] == [3.0, 3.0]
    assert list(history) == ["loss", "val_x"]


def test_divergence_of_the_code_is_that_of_the_formula_and_its_weight_rises():
    layer = GaussianCode(3, beta=0.2, anneal_steps=10)
    x = tf.random.stateless_normal((8, 4), (0, 1))
    mean, losses = layer(x).numpy(), []
    layer.log_variance_bias.assign([0.3, -0.2, 0.1])
    log_variance = x.numpy() @ layer.log_variance_kernel.numpy() + layer.log_variance_bias.numpy()
    divergence = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1).mean()
    for _ in range(12):
        layer(x, training=True)
        losses.append(float(layer.losses[-1]))
    np.testing.assert_allclose(losses, divergence * 0.2 * np.minimum(1, np.arange(12) / 10), rtol=1e-4)


def test_lists_equal_a_stable_sort_and_one_user_alone_gets_the_same_list(histories):
    model = dae()
    ranker = Ranker(model, block=4)
    codes, scores = ranker.top(histories, 6, exclude=histories)
    every = model(histories.toarray()).numpy()
    every[histories.toarray() > 0] = -np.inf
    assert codes.tolist() == np.argsort(-every, axis=1, kind="stable")[:, :6].tolist()
    alone = [ranker.top(histories[row], 6, exclude=histories[row]) for row in range(30)]
    assert codes.tolist() == [found[0][0].tolist() for found in alone]
    assert scores.tolist() == [found[1][0].tolist() for found in alone]


def test_equal_scores_stand_in_the_order_of_items_and_empty_places_are_marked():
    ranker = Ranker(build_item_weights(weights=np.zeros((4, 4))))
    codes, _ = ranker.top(csr_matrix(np.array([[0, 1, 0, 0]])), 5, exclude=csr_matrix(np.array([[0, 1, 0, 0]])))
    assert codes.tolist() == [[0, 2, 3, -1, -1]]
    allowed = ranker.top(csr_matrix((1, 4)), 2, allowed=np.array([False, False, True, True]))[0]
    assert allowed.tolist() == [[2, 3]]


def test_a_blend_adds_standardised_scores(histories):
    first = build_item_weights(weights=np.random.default_rng(0).normal(size=(17, 17)), name="first")
    second = dae()
    blended = build_blend(first=first, second=second, weight=0.3)(histories.toarray()).numpy()
    parts = [model(histories.toarray()).numpy()[4:] for model in (first, second)]
    parts = [(s - s.mean(axis=1, keepdims=True)) / s.std(axis=1, keepdims=True) for s in parts]
    np.testing.assert_allclose(blended[4:], 0.3 * parts[0] + 0.7 * parts[1], atol=1e-4)


def test_models_are_saved_and_loaded_whole(histories, tmp_path):
    blend = build_blend(first=build_item_weights(weights=np.eye(17), name="ease"), second=dae(), weight=0.3)
    blend.get_layer("scores").weight.assign(0.8)
    for model in (blend, build_mult_vae(items=17, hidden_units=(6,), latent_dim=3)):
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(Ranker(loaded).scores(histories), Ranker(model).scores(histories))


def test_the_average_of_weights_is_that_of_the_formula_and_training_goes_on_without_it(histories):
    class Keep(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.kept = []

        def on_epoch_end(self, epoch, logs=None):
            self.kept.append(self.model.get_weights()[0].copy())

    runs = {}
    for momentum in (None, 0.5):
        model, keep = dae(), Keep()
        model.compile(optimizer=keras.optimizers.Adam(0.01))
        averaged = [] if momentum is None else [WeightAverage(momentum)]
        fit_histories(model, histories, epochs=4, batch_size=10, callbacks=[*averaged, keep])
        runs[momentum] = keep.kept
    raw, expected = runs[None], []
    for epoch in range(4):
        weights = 0.5 ** np.arange(epoch, -1, -1)
        expected.append(np.average(raw[: epoch + 1], axis=0, weights=weights))
    np.testing.assert_allclose(runs[0.5], expected, atol=1e-6)
