"""Two predictions of the same rows -> whether one is better than chance lets it look: a paired bootstrap.

Both models are scored on the same resamples; the interval is that of the difference, so that rows which are hard for
both cancel. The metric is the root mean squared error of numbers and the log loss (nats) of classes.
"""

from typing import Any

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.evaluation.bootstrap import bootstrap, interval
from nnrecipes.evaluation.metrics import row_losses
from nnrecipes.evaluation.score import check_shapes


def compare(
    target: TargetSpec,
    truth: Array,
    network: Array,
    linear: Array,
    *,
    seed: int,
    confidence: float = 0.95,
    resamples: int = 1000,
) -> dict[str, Any]:
    """Compare the network with the linear model on the test rows.

    Args:
        target: The target.
        truth: As ``Preprocessor.truth`` gives it.
        network: The network's predictions, as ``Preprocessor.decode`` gives them.
        linear: The linear model's, in the same form.
        seed: The run's seed.
        confidence: Of the interval.
        resamples: Bootstrap resamples.

    Returns:
        ``metric``, ``network`` and ``linear`` (their values), ``difference`` (network minus linear; below 0 the network
        is better), ``low`` and ``high`` of the difference, and ``verdict``, one sentence. Numbers are null where a
        prediction is not finite.

    Example:
        >>> target = TargetSpec("y", "y", "regression", "linear", "value")
        >>> y = np.arange(50.0)
        >>> compare(target, y, y + 1, y + 2, seed=0)["verdict"]
        'The network beats the linear model: rmse 1 against 2 (difference -1, 95 % interval -1 to -1).'
    """
    check_shapes(target, truth, network)
    check_shapes(target, truth, linear)
    metric = "rmse" if target.task == "regression" else "log_loss"
    for name, predicted in (("network", network), ("linear model", linear)):
        if not np.isfinite(predicted).all():
            verdict = f"No comparison of the network with the linear model: predictions of the {name} are not finite."
            nothing = dict.fromkeys(("network", "linear", "difference", "low", "high"))
            return {"metric": metric, **nothing, "verdict": verdict}
    losses = np.stack([row_losses(target, truth, network), row_losses(target, truth, linear)], axis=1)

    def score(weights: Array) -> dict[str, Array]:
        means = weights @ losses / weights.sum(axis=1, keepdims=True)
        both = np.sqrt(means) if metric == "rmse" else means
        return {"network": both[:, 0], "linear": both[:, 1], "difference": both[:, 0] - both[:, 1]}

    values = {name: float(value[0]) for name, value in score(np.ones((1, len(truth)))).items()}
    low = high = None
    if len(truth) > 1:
        draws = bootstrap(score, len(truth), resamples=resamples, seed=seed)["difference"]
        low, high = interval(draws, confidence) or (None, None)
    verdict = _verdict(metric, values, low, high, confidence)
    return {"metric": metric, **values, "low": low, "high": high, "verdict": verdict}


def _verdict(metric: str, values: dict[str, float], low: float | None, high: float | None, confidence: float) -> str:
    numbers = f"{metric} {values['network']:.4g} against {values['linear']:.4g} (difference {values['difference']:.3g}"
    if low is None or high is None:
        return f"One row cannot tell the network from the linear model: {numbers})."
    numbers += f", {confidence * 100:.4g} % interval {low:.3g} to {high:.3g})"
    if high < 0:
        return f"The network beats the linear model: {numbers}."
    if low > 0:
        return f"The network does not beat the linear model: {numbers}."
    return f"No clear difference between the network and the linear model: {numbers}."
