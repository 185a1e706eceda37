"""Rows and what an autoencoder made of them -> how far the two are apart: MSE, PSNR, SSIM, cross-entropy, accuracy.

    MSE = mean of (x - y)²;   PSNR = 10 log10(1 / MSE) dB, of pixels from 0 to 1
    BCE = mean of -x ln y - (1 - x) ln(1 - y), nats a pixel
    SSIM = (2 m_x m_y + c1)(2 s_xy + c2) / ((m_x² + m_y² + c1)(s_x² + s_y² + c2)), mean over windows

SSIM's windows are Gaussian, 11 x 11 pixels with sigma 1.5, c1 = .01², c2 = .03² (Wang et al., 2004,
doi:10.1109/TIP.2003.819861); of images with less than 11 pixels the largest odd window that fits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array, InputSpec
from nnrecipes.evaluation.bootstrap import bootstrap, interval
from nnrecipes.preprocessing.reconstruction import column_groups

SMALLEST = 1e-7


def row_errors(truth: Array, made: Array, spec: InputSpec) -> Array:
    """Return the error of each row, float64 ``(rows,)``: by which rows are told to be normal or not.

    Args:
        truth: As :func:`~nnrecipes.preprocessing.reconstruction.values_of` gives it.
        made: What the network made of it.
        spec: The input.

    Returns:
        The mean squared error; of a table with categories the sum of the squared errors of numbers and of the
        cross-entropies of categories, divided by the columns.
    """
    if any(spec.one_hot):
        parts, columns = [], 0
        for group, start, stop in column_groups(spec.one_hot):
            part = (_cross_entropy if group else _squares)(truth[:, start:stop], made[:, start:stop])
            parts.append(part.sum(axis=1))
            columns += 1 if group else stop - start
        return np.asarray(np.sum(parts, axis=0) / columns)
    squares, weight = _steps(truth, made, spec)
    return np.asarray(squares.reshape(len(truth), -1).sum(axis=1) / weight)


def row_metrics(truth: Array, made: Array, spec: InputSpec) -> dict[str, Array]:
    """Return metric -> value of each row ``(rows,)``, whose means are the metrics of all rows; the main one first.

    ``mse`` is of numbers, ``category_error`` the share of a table's categories of which another one is the likeliest.
    """
    if spec.kind == "image":
        found = {"mse": row_errors(truth, made, spec), "bce": _binary(truth, made)}
        return found | ({"ssim": ssim(truth, made)} if min(truth.shape[-3:-1]) >= 3 else {})
    if spec.kind == "series" or not any(spec.one_hot):
        return {"mse": row_errors(truth, made, spec)}
    numbers = np.array(spec.one_hot) == 0
    groups = [(start, stop) for group, start, stop in column_groups(spec.one_hot) if group]
    right = [truth[:, a:b].argmax(axis=1) == made[:, a:b].argmax(axis=1) for a, b in groups]
    known = [truth[:, a:b].any(axis=1) for a, b in groups]
    found = {"mse": _squares(truth[:, numbers], made[:, numbers]).mean(axis=1)} if numbers.any() else {}
    return found | {"category_error": 1.0 - np.mean(np.logical_and(right, known), axis=0)}


def with_intervals(
    rows: Mapping[str, Array], *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Return metric -> value, low and high: the mean over rows with its bootstrap interval, and PSNR from the MSE."""
    names, table = list(rows), np.column_stack(list(rows.values()))
    values = dict(zip(names, table.mean(axis=0), strict=True))

    def means(weights: Array) -> dict[str, Array]:
        return dict(zip(names, (weights @ table / len(table)).T, strict=True))

    draws = bootstrap(means, len(table), resamples=resamples, seed=seed) if resamples else {}
    found = {}
    for name, value in values.items():
        span = interval(draws[name], confidence) if draws else None
        found[name] = {"value": float(value), "low": span and span[0], "high": span and span[1]}
        if name == "mse" and "bce" in names:
            low, high = (psnr(span[1]), psnr(span[0])) if span else (None, None)
            found["psnr"] = {"value": psnr(value), "low": low, "high": high}
    return found


def means(rows: Mapping[str, Array]) -> dict[str, float]:
    """Return metric -> value of all rows, without intervals."""
    return {name: entry["value"] for name, entry in with_intervals(rows, resamples=0).items()}


def psnr(mse: float) -> float:
    """Return the peak signal-to-noise ratio of pixels from 0 to 1, dB.

    Example:
        >>> psnr(0.01)
        20.0
    """
    return float(10 * np.log10(1 / max(mse, 1e-12)))


def ssim(truth: Array, made: Array) -> Array:
    """Return the structural similarity of each image, float64 ``(rows,)``.

    Args:
        truth: Pixels from 0 to 1, ``(rows, ..., height, width, channels)``.
        made: Likewise.
    """
    a, b = (np.moveaxis(np.asarray(x, dtype=np.float64), -1, 1) for x in (truth, made))
    size = min(11, *a.shape[-2:])
    window = _gaussian(size - 1 + size % 2)
    mean_a, mean_b = _filtered(a, window), _filtered(b, window)
    var_a = _filtered(a * a, window) - mean_a**2
    var_b = _filtered(b * b, window) - mean_b**2
    both = _filtered(a * b, window) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    values = top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return np.asarray(values.reshape(len(values), -1).mean(axis=1))


def _gaussian(size: int) -> Array:
    steps = np.arange(size) - (size - 1) / 2
    window = np.exp(-(steps**2) / (2 * 1.5**2))
    return np.asarray(window / window.sum())


def _filtered(images: Array, window: Array) -> Array:
    """Weighted means over every window that lies within the image, along the last two axes."""
    for axis in (-1, -2):
        windows = np.lib.stride_tricks.sliding_window_view(images, len(window), axis=axis)
        images = windows @ window
    return images


def _steps(truth: Array, made: Array, spec: InputSpec) -> tuple[Array, Array]:
    """Squared errors, and by how many numbers a row's sum of them is divided."""
    if spec.kind != "series":
        return _squares(truth, made), np.full(len(truth), float(np.prod(truth.shape[1:])))
    there = truth[..., -1:]
    steps = there.reshape(len(truth), -1).sum(axis=1)
    return there * _squares(truth[..., :-1], made), np.maximum(steps, 1.0) * made.shape[-1]


def _squares(truth: Array, made: Array) -> Array:
    return np.asarray((truth.astype(np.float64) - made) ** 2)


def _cross_entropy(truth: Array, made: Array) -> Array:
    return np.asarray(-truth * np.log(np.maximum(made.astype(np.float64), SMALLEST)))


def _binary(truth: Array, made: Array) -> Array:
    safe = np.clip(made.astype(np.float64), SMALLEST, 1 - SMALLEST)
    each = -truth * np.log(safe) - (1 - truth) * np.log(1 - safe)
    return np.asarray(each.reshape(len(truth), -1).mean(axis=1))


def mean_errors(truth: Array, made: Array, spec: InputSpec, names: Sequence[str]) -> dict[str, float]:
    """Return column -> mean squared error of a number, or share of rows whose category is wrong, of a table."""
    if not any(spec.one_hot):
        return dict(zip(names, _squares(truth, made).mean(axis=0).tolist(), strict=True))
    found = {}
    for group, start, stop in column_groups(spec.one_hot):
        if group:
            wrong = truth[:, start:stop].argmax(axis=1) != made[:, start:stop].argmax(axis=1)
            found[names[start].partition("=")[0]] = float(wrong.mean())
        else:
            errors = _squares(truth[:, start:stop], made[:, start:stop]).mean(axis=0).tolist()
            found |= dict(zip(names[start:stop], errors, strict=True))
    return found
