"""Quantiles: loss and metrics against scikit-learn, the baselines' quantiles against numpy, linear models of media."""

import keras
import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import mean_pinball_loss

from nnrecipes.data.spec import InputSpec, TargetSpec
from nnrecipes.evaluation.baselines import design, fit_baselines
from nnrecipes.evaluation.media_design import media_matrix
from nnrecipes.evaluation.score import score_target
from nnrecipes.layers.pinball_loss import PinballLoss
from nnrecipes.layers.quantile_head import QuantileHead
from nnrecipes.preprocessing.text import encode_text, fit_text

LEVELS = (0.1, 0.5, 0.9)
PRICE = TargetSpec("price", "price", "regression", "linear", "value", units=3, quantiles=LEVELS)


@pytest.fixture
def answers():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    return truth, np.sort(rng.normal(size=(200, 3)), axis=1)


def test_the_loss_is_scikit_learns(answers):
    truth, predicted = answers
    expected = np.mean([mean_pinball_loss(truth, predicted[:, k], alpha=level) for k, level in enumerate(LEVELS)])
    assert float(PinballLoss(LEVELS)(truth.reshape(-1, 1), predicted)) == pytest.approx(expected, rel=1e-5)
    scores = score_target(PRICE, truth, predicted, resamples=100)
    assert scores["metrics"]["pinball"]["value"] == pytest.approx(expected)
    assert scores["metrics"]["mae"]["value"] == pytest.approx(np.abs(truth - predicted[:, 1]).mean())
    assert scores["metrics"]["coverage"]["value"] == ((truth >= predicted[:, 0]) & (truth <= predicted[:, 2])).mean()
    assert scores["quantiles"]["0.9"] == (truth <= predicted[:, 2]).mean()


def test_quantiles_never_cross_whatever_the_weights():
    head = QuantileHead(5)
    rows = head(np.random.default_rng(1).normal(size=(50, 4)).astype("float32") * 30)
    assert (np.diff(np.asarray(keras.ops.convert_to_numpy(rows)), axis=1) >= 0).all()


def test_a_trained_head_finds_the_quantiles_of_its_rows():
    rng = np.random.default_rng(0)
    y = rng.exponential(size=(2000, 1)).astype("float32")
    model = keras.Sequential([keras.Input((1,)), QuantileHead(3)])
    model.compile(keras.optimizers.Adam(0.05), PinballLoss(LEVELS), jit_compile=False)
    model.fit(np.ones_like(y), y, epochs=12, batch_size=100, verbose=0)
    np.testing.assert_allclose(model(np.ones((1, 1))).numpy()[0], np.quantile(y, LEVELS), atol=0.12)


def test_the_baselines_give_quantiles_too():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 200, 2))
    truth = x[:, :, 0] * 3 + rng.normal(size=(3, 200))
    sets = [{"features": part.astype("float32")} for part in x]
    found = fit_baselines(PRICE, sets[0], truth[0], sets[1], truth[1], sets[2])
    np.testing.assert_allclose(found["mean"][0], np.quantile(truth[0], LEVELS))
    assert np.mean(truth[2] <= found["linear"][:, 2]) == pytest.approx(0.9, abs=0.06)
    np.testing.assert_allclose(
        np.diff(found["linear"], axis=1), np.diff(found["linear"][:1], axis=1).repeat(200, axis=0)
    )


def test_the_linear_model_reads_texts_as_tfidf_and_images_as_block_means():
    texts = ["a b b", "b c", "c c a"]
    state = fit_text(texts)
    item = InputSpec("t", "text", ("t",), (len(state.vocabulary) + 2,), (state.length,))
    matrix = design({"t": encode_text(texts, state)}, inputs=[item])[0].toarray()[:, 2:]
    oracle = TfidfVectorizer(vocabulary=state.vocabulary, token_pattern=r"\w").fit_transform(texts).toarray()
    np.testing.assert_allclose(matrix, oracle)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 2, 32, 32, 3)).astype(np.uint8)
    blocks = media_matrix(pixels, InputSpec("p", "image", ("a", "b"), row_shape=(2, 32, 32, 3)))
    assert blocks[1, 0] == pixels[1, 0, :2, :2, 0].mean()
    assert blocks.shape == (2, 2 * 16 * 16 * 3)
