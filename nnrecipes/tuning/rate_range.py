"""A recipe -> the loss of a training whose learning rate grows with every step, and a rate to begin with.

The rate rises exponentially from ``low`` to ``high``; after each step the loss of the same rows is taken, and the test
ends where it, smoothed, exceeds four times its least value or is no number. Suggested is the rate at which the loss
falls fastest over the logarithm of the rate: below it training is slow, a little above the lowest point it diverges.

References:
    Smith (2017), Cyclical Learning Rates for Training Neural Networks, section 3.3. arXiv:1506.01186
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.config.backend import needs_tensorflow
from nnrecipes.config.load import Overrides, Recipe
from nnrecipes.config.overrides import parse_overrides
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Array, Arrays, derive_seed
from nnrecipes.errors import ConfigError
from nnrecipes.recipe import check
from nnrecipes.tuning.batch_size import BatchSize, recommend_batch_size
from nnrecipes.tuning.trial import Trials

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

SMOOTHING = 0.9
"""Weight of the past in the smoothed loss."""
TOO_HIGH = 4.0
SCORED = 512
"""Training rows on which the loss is taken after each step, the same ones, so that batches do not add their noise."""
ENDS = 5
"""The fewest steps that a slope rests on."""


@dataclass(frozen=True)
class RateRange:
    """What the test saw, and the batch size that it recommends.

    Args:
        rates: The learning rate of each step, float64 ``(steps,)``.
        losses: The loss of the same training rows after each step, likewise.
        smoothed: The same, smoothed.
        suggested: The rate at which the loss falls fastest.
        lowest: The rate at which the smoothed loss is lowest.
        batch_size: A size of batches and the reasons for it.
    """

    rates: Array
    losses: Array
    smoothed: Array
    suggested: float
    lowest: float
    batch_size: BatchSize

    def plot(self) -> "Figure":
        """Loss over learning rate, both rates marked."""
        from nnrecipes.evaluation.plots.style import BLUE, GREY, LIGHT, ORANGE, new_figure, tidy

        figure = new_figure(7, 4, f"suggested learning rate {self.suggested:.2g}")
        axes = figure.subplots()
        axes.plot(self.rates, self.losses, color=LIGHT, linewidth=1, label="loss")
        axes.plot(self.rates, self.smoothed, color=BLUE, linewidth=1.8, label="smoothed")
        axes.axvline(self.suggested, color=ORANGE, linewidth=1.4, label="falls fastest: suggested")
        axes.axvline(self.lowest, color=GREY, linewidth=1, linestyle=":", label="lowest")
        lowest, first = float(self.losses.min()), float(self.losses[0])
        bottom, top = lowest - 0.1 * abs(first - lowest), first + 0.5 * abs(first - lowest)
        axes.set(xscale="log", xlabel="learning rate", ylabel="training loss", ylim=(bottom, top))
        axes.legend(fontsize=8, frameon=False)
        tidy(axes)
        return figure


def find_learning_rate(
    recipe: Recipe,
    overrides: Overrides = None,
    *,
    data: Any = None,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 200,
) -> RateRange:
    """Run the test on the training rows of a recipe; nothing is kept.

    Args:
        recipe: A shipped recipe's name, a YAML file, or a mapping.
        overrides: As :func:`nnrecipes.train` takes them.
        data: Rows for a recipe whose source is ``arrays``.
        low: The first learning rate.
        high: The last one.
        steps: Updates between them.

    Raises:
        ConfigError: The recipe cannot be run, or the limits are not two rising numbers above 0.
        DataError: The rows do not fit the recipe.
    """
    if not 0 < low < high or steps < 20:
        raise ConfigError("lr-find: expected 0 < low < high and 20 steps or more. "
                          f"Received: low {low:g}, high {high:g}, steps {steps}.")  # fmt: skip
    needs_tensorflow("searches of a learning rate")
    given = dict(overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ()))
    if data is not None:
        given.setdefault("data.source", {"kind": "arrays"})
    check(recipe, given)
    config, (prepared,) = Trials(recipe, given, data, ()).prepare({})
    from nnrecipes.training.startup import start_tensorflow

    start_tensorflow()
    from nnrecipes.models.build import build_model
    from nnrecipes.training.build import compile_for

    model = compile_for(build_model(config.model, prepared.preprocessor.spec, config.seed), config)
    advice = recommend_batch_size(model, prepared.train, seed=config.seed)
    rates, losses = _climb(model, config, prepared.train, np.geomspace(low, high, steps))
    suggested, lowest = suggest_rates(rates, losses)
    return RateRange(rates, losses, smooth(losses), suggested, lowest, advice)


def smooth(losses: Array) -> Array:
    """Return the exponential mean of what was seen so far, without a bias toward 0.

    Example:
        >>> smooth(np.array([1.0, 1.0, 1.0])).tolist()
        [1.0, 1.0, 1.0]
    """
    found, mean = np.empty(len(losses)), 0.0
    for place, loss in enumerate(losses):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * float(loss)
        found[place] = mean / (1 - SMOOTHING ** (place + 1))
    return found


def suggest_rates(rates: Array, losses: Array) -> tuple[float, float]:
    """Return the rate at which the loss falls fastest, and the one at which it is lowest when smoothed.

    The slope is that of a line through an eighth of the steps, so that the noise of single batches does not decide.

    Example:
        >>> rates = np.geomspace(1e-4, 1, 81)
        >>> losses = 1 / (1 + np.exp(4 * np.log10(rates / 1e-2)))  # falls fastest at 0.01
        >>> round(suggest_rates(rates, losses)[0], 3)
        0.01
    """
    lowest = int(np.argmin(smooth(losses)))
    width = max(len(losses) // 8, ENDS) | 1
    last = max(lowest + 1, 2 * width)
    logs = np.log(rates[:last])
    starts = range(max(len(logs) - width, 0) + 1)
    slopes = [
        np.polyfit(logs[start : start + width], losses[start : min(start + width, last)], 1)[0] for start in starts
    ]
    return float(rates[int(np.argmin(slopes)) + width // 2]), float(rates[lowest])


def _climb(model: "keras.Model", config: RecipeConfig, rows: Arrays, rates: Array) -> tuple[Array, Array]:
    """Take a step with each rate, on batches in a shuffled order, as long as the loss of the same rows is sensible."""
    from nnrecipes.training.ensemble import take
    from nnrecipes.training.fit import rows_of

    scored = rows_of(take(rows, next(_batches(rows, config, SCORED))))[:2]
    losses: list[float] = []
    least, mean = np.inf, 0.0
    for rate, places in zip(rates, _batches(rows, config, config.training.batch_size), strict=False):
        model.optimizer.learning_rate.assign(rate)
        x, y, *weights = rows_of(take(rows, places))
        model.train_on_batch(x, y, sample_weight=weights[0] if weights else None)
        model.reset_metrics()
        loss = float(model.test_on_batch(*scored, return_dict=True)["loss"])
        model.reset_metrics()
        if not np.isfinite(loss):
            break
        losses.append(loss)
        mean = float(smooth(np.array(losses))[-1])
        least = min(least, mean)
        if len(losses) > 2 * ENDS and mean > TOO_HIGH * least:
            break
    if len(losses) < 2 * ENDS:
        raise ConfigError(f"lr-find: expected a finite loss over {2 * ENDS} steps. Received: {len(losses)} of them. "
                          "Try a smaller --low.")  # fmt: skip
    return np.asarray(rates[: len(losses)]), np.array(losses)


def _batches(rows: Arrays, config: RecipeConfig, size: int) -> Iterator[Array]:
    size, epoch = min(size, len(rows)), 0
    while True:
        order = np.random.default_rng(derive_seed(config.seed, "rate range", epoch)).permutation(len(rows))
        for start in range(0, len(order) - size + 1, size):
            yield order[start : start + size]
        epoch += 1
