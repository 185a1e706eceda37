"""Figures of autoencoders and their closed-form rivals, against TensorFlow's SSIM, scikit-learn and hand calculation."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from nnrecipes.data.spec import InputSpec
from nnrecipes.evaluation.anomaly import detection_intervals, detection_metrics, threshold_of
from nnrecipes.evaluation.autoencoder_rivals import ALPHAS, fit_pca, fit_ridge, isolation_scores
from nnrecipes.evaluation.code_quality import code_metrics
from nnrecipes.evaluation.plots.code_map import plot_code_map, plot_traversal
from nnrecipes.evaluation.plots.error_histogram import plot_errors
from nnrecipes.evaluation.plots.rebuilt import plot_rebuilt
from nnrecipes.evaluation.reconstruction import row_errors, row_metrics, ssim, with_intervals
from nnrecipes.layers.reconstruction_loss import ReconstructionLoss

IMAGE = InputSpec("image", "image", ("image",), row_shape=(14, 13, 3))
TABLE = InputSpec("table", "tabular", ("age", "town=a", "town=b", "town=c", "size"), one_hot=(0, 1, 1, 1, 0))
SERIES = InputSpec("beat", "series", ("mv",), row_shape=(5, 2))


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    truth = rng.random((6, 14, 13, 3)).astype("float32")
    return truth, np.clip(truth + 0.2 * rng.normal(size=truth.shape), 0, 1).astype("float32")


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.normal(size=40), np.eye(3)[rng.integers(0, 3, 40)], rng.normal(size=40)])
    made = np.column_stack([rng.normal(size=40), rng.dirichlet([1, 1, 1], 40), rng.normal(size=40)])
    return rows.astype("float32"), made.astype("float32")


def test_ssim_is_tensorflows(images):
    expected = tf.image.ssim(*images, max_val=1.0).numpy()
    np.testing.assert_allclose(ssim(*images), expected, atol=1e-5)


def test_ssim_of_small_images_has_the_largest_odd_window_that_fits(images):
    small = [part[:, :8, :8] for part in images]
    np.testing.assert_allclose(ssim(*small), tf.image.ssim(*small, max_val=1.0, filter_size=7).numpy(), atol=1e-5)


def test_mse_psnr_and_cross_entropy_of_images_are_means_over_pixels(images):
    truth, made = images
    found = with_intervals(row_metrics(truth, made, IMAGE), resamples=200)
    mse = np.mean((truth - made) ** 2)
    assert found["mse"]["value"] == pytest.approx(mse, rel=1e-5)
    assert found["psnr"]["value"] == pytest.approx(10 * np.log10(1 / mse), rel=1e-5)
    safe = np.clip(made.astype("float64"), 1e-7, 1 - 1e-7)
    expected = np.mean(-truth * np.log(safe) - (1 - truth) * np.log(1 - safe))
    assert found["bce"]["value"] == pytest.approx(expected, rel=1e-4)
    assert found["psnr"]["low"] < found["psnr"]["value"] < found["psnr"]["high"]


def test_errors_of_a_table_are_the_training_loss_and_its_figures_are_by_hand(table):
    rows, made = table
    loss = ReconstructionLoss("mean_squared_error", TABLE.one_hot).call(rows, made)
    np.testing.assert_allclose(row_errors(rows, made, TABLE), loss, rtol=1e-5)
    found = row_metrics(rows, made, TABLE)
    assert found["mse"].mean() == pytest.approx(np.mean((rows - made)[:, [0, 4]] ** 2), rel=1e-5)
    assert found["category_error"].mean() == np.mean(rows[:, 1:4].argmax(1) != made[:, 1:4].argmax(1))


def test_errors_of_series_are_the_training_loss():
    rng = np.random.default_rng(0)
    rows = np.stack([rng.normal(size=(4, 5)), rng.random((4, 5)) > 0.4], axis=2).astype("float32")
    made = rng.normal(size=(4, 5, 1)).astype("float32")
    expected = ReconstructionLoss("mean_squared_error").call(rows, made)
    np.testing.assert_allclose(row_errors(rows, made, SERIES), expected, rtol=1e-5)


@pytest.mark.parametrize("count", [40, 8])
def test_pca_is_scikit_learns(count):
    rows = np.random.default_rng(0).normal(size=(count, 4, 3))
    ours, theirs = fit_pca(rows, 3), PCA(3).fit(rows.reshape(count, -1))
    expected = theirs.inverse_transform(theirs.transform(rows.reshape(count, -1)))
    np.testing.assert_allclose(ours.decode(ours.encode(rows), (4, 3)).reshape(count, -1), expected, atol=1e-9)


def test_ridge_is_scikit_learns_with_the_penalty_that_is_best_on_validation_rows():
    rng = np.random.default_rng(0)
    clean = rng.normal(size=(90, 2, 3)) @ rng.normal(size=(3, 3))
    noisy = clean + rng.normal(size=clean.shape)
    flat = [part.reshape(90, -1) for part in (noisy, clean)]
    fitted = {alpha: Ridge(alpha).fit(flat[0][:50], flat[1][:50]) for alpha in ALPHAS}
    best = min(ALPHAS, key=lambda alpha: np.mean((fitted[alpha].predict(flat[0][50:70]) - flat[1][50:70]) ** 2))
    made, alpha = fit_ridge(noisy[:50], clean[:50], noisy[50:70], clean[50:70], noisy[70:])
    assert alpha == best
    np.testing.assert_allclose(made.reshape(20, -1), fitted[best].predict(flat[0][70:]), atol=1e-8)


def test_codes_are_scored_as_scikit_learn_scores_them():
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b", "c"], 120)
    codes = rng.normal(size=(120, 4)) + 1.5 * (labels == "a")[:, None]
    found = code_metrics(codes[:80], labels[:80], codes[80:], labels[80:], k=5)
    assert found["knn_accuracy"] == KNeighborsClassifier(5).fit(codes[:80], labels[:80]).score(codes[80:], labels[80:])
    scaler = StandardScaler().fit(codes[:80])
    line = LogisticRegression(max_iter=500).fit(scaler.transform(codes[:80]), labels[:80])
    assert found["linear_accuracy"] == line.score(scaler.transform(codes[80:]), labels[80:])
    numbers = codes[:, 0] + 0.1 * rng.normal(size=120)
    assert set(code_metrics(codes[:80], numbers[:80], codes[80:], numbers[80:])) == {"knn_r2", "linear_r2"}


def test_anomalies_are_scored_as_scikit_learn_scores_them():
    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.3
    errors = rng.normal(size=200) + truth
    threshold = threshold_of(errors[~truth], 0.05)
    assert np.mean(errors[~truth] > threshold) == pytest.approx(0.05, abs=0.01)
    found, reported = detection_metrics(errors, truth, threshold), errors > threshold
    assert found["precision"] == pytest.approx(precision_score(truth, reported))
    assert found["recall"] == pytest.approx(recall_score(truth, reported))
    assert found["f1"] == pytest.approx(f1_score(truth, reported))
    assert found["roc_auc"] == roc_auc_score(truth, errors)
    spans = detection_intervals(errors, truth, threshold, confidence=0.95, resamples=200, seed=0)
    assert spans["recall"]["low"] < found["recall"] < spans["recall"]["high"]


def test_without_anomalies_recall_and_the_areas_are_undefined():
    found = detection_metrics(np.array([1.0, 2.0]), np.array([False, False]), 5.0)
    assert found == {"precision": None, "recall": None, "f1": None, "roc_auc": None, "average_precision": None}


def test_an_isolation_forest_finds_what_lies_far_off():
    rows = np.random.default_rng(0).normal(size=(100, 2))
    scores = isolation_scores(rows, {"usual": rows, "far": rows + 9})
    assert scores["far"].min() > np.quantile(scores["usual"], 0.95)


def test_figures_show_each_stage_and_the_threshold(images, table):
    truth, made = images
    figure = plot_rebuilt({"noisy": made, "denoised": made, "clean": truth}, IMAGE, count=4)
    assert len(figure.axes) == 12
    assert [axes.get_ylabel() for axes in figure.axes[::4]] == ["noisy", "denoised", "clean"]
    assert len(plot_rebuilt({"original": table[0], "rebuilt": table[1]}, TABLE).axes[0].patches) == 5
    steps = np.ones((3, 5, 2))
    assert len(plot_rebuilt({"original": steps, "rebuilt": steps[..., :1]}, SERIES).axes) == 3
    drawn = plot_errors(np.array([0.1, 0.2, 0.9]), 0.5, np.array([False, False, True]))
    assert "threshold 0.5: 1 reported" in [text.get_text() for text in drawn.axes[0].get_legend().get_texts()]
    labelled = plot_code_map(np.zeros((3, 2)), np.array(["a", "b", "a"]))
    assert [text.get_text() for text in labelled.axes[0].get_legend().get_texts()] == ["a", "b"]
    assert [text.get_text() for text in labelled.axes[0].texts] == ["a", "b"]  # at the middle of each class
    grid = plot_traversal(np.zeros((2, 3, 4, 4, 1)), [5, 7], np.array([-1.0, 0.0, 1.0])).axes
    assert [axes.get_xlabel() for axes in grid] == ["", "", "", "-1.0 sd", "+0.0 sd", "+1.0 sd"]


def test_errors_are_drawn_on_a_scale_of_powers_in_their_own_unit():
    axes = plot_errors(np.array([0.001, 0.002, 0.02]), 0.01).axes[0]
    assert axes.get_xscale() == "log"
    assert axes.lines[0].get_xdata()[0] == 0.01
    ticks = dict(zip(axes.get_xticks(), (text.get_text() for text in axes.get_xticklabels()), strict=True))
    assert ticks[0.001] == "0.001"
