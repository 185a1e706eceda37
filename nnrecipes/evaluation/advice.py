"""Loss curves and test scores -> at most three suggestions, each with the figure it rests on and an override to try.

| kind | when |
|---|---|
| overfitting | the validation loss ends 10 % above its least, the training loss fell, and no best weights came back |
| underfitting | both losses still fall at the end; or both are flat while a line, or a constant, does as well |
| unstable | the training loss jumps by 8 % from epoch to epoch around its own trend, or is not finite |
| linear | the network's test loss is not 2 % below the linear model's, and the interval allows for no difference |

Jumps are measured by a median, so that one spike is no unrest; a rise counts when it is above twice the spread of the
curve around its rolling median. Losses that are not above 0 are left alone. docs/advice.md has the precision of each
kind on histories that were not used when the thresholds were set.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnrecipes.config.advice import Advice
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Array
from nnrecipes.evaluation.remedies import earlier, longer, regularise, steadier, widen

MOST = 3
RISE = 0.1  # of the validation loss above its least
FALL = 0.03  # of both losses from the last fifth but one to the last fifth of the epochs
JUMP = 0.08  # relative, from epoch to epoch
WORSE = 0.05  # than the linear model: what a network that fits could mend
GAIN = 0.02  # of the linear model's loss: what is worth a network
SHORT = 10  # epochs: shorter curves show no divergence and no unrest


def advise(history: Mapping[str, Sequence[float]], scores: Mapping[str, Any], config: RecipeConfig) -> list[Advice]:
    """Return what the curves and the scores suggest, the most telling first.

    Args:
        history: Name -> value an epoch, with ``loss`` and ``val_loss``.
        scores: Target -> its scores on the test rows, with ``baselines`` and ``against_linear``.
        config: The recipe.

    Example:
        >>> from nnrecipes.config.load import load_config
        >>> config = load_config("multimodal_two_inputs", {"training.callbacks.early_stopping": None}).config
        >>> epochs = np.arange(40)
        >>> history = {"loss": np.exp(-epochs / 20), "val_loss": np.exp(-epochs / 20) + 0.0004 * epochs**2}
        >>> found = advise(history, {}, config)
        >>> found[0].kind, found[0].override
        ('overfitting', 'training.callbacks.early_stopping.patience=5')
    """
    loss, validation = (np.asarray(history.get(name, ()), dtype=np.float64) for name in ("loss", "val_loss"))
    found = list(_unstable(loss, config))
    usable = len(loss) > 0 and len(loss) == len(validation) and bool((loss > 0).all() and (validation > 0).all())
    if usable and np.isfinite([loss, validation]).all():
        found = [*_overfitting(loss, validation, config), *found]
        found = found or list(_underfitting(loss, validation, scores, config))
    diverges = any(item.kind == "overfitting" for item in found)
    found += _linear(scores, config, diverges=diverges)
    return found[:MOST]


def _overfitting(loss: Array, validation: Array, config: RecipeConfig) -> Iterator[Advice]:
    stopping = config.training.callbacks.early_stopping
    if len(loss) < SHORT or (stopping and stopping.restore_best_weights):
        return
    smooth, trained = _smooth(validation), _smooth(loss)
    best, width = int(smooth.argmin()), _width(len(loss))
    end = float(np.median(validation[-width:]))
    rise, fall = end / smooth[best] - 1, 1 - float(np.median(loss[-width:])) / trained[best]
    noise = _spread((validation - smooth)[best:])
    if best < len(loss) - width and rise > RISE and end - smooth[best] > 2 * noise and fall > 0.02:
        where = f"epoch {best + 1} of {len(loss)}"
        sentence = (f"Overfitting: the validation loss ends {rise:.0%} above its least ({where}) while the training "
                    f"loss fell by {fall:.0%}. Stop earlier or regularise.")  # fmt: skip
        yield Advice("overfitting", sentence, earlier(config, best + 1))


def _underfitting(loss: Array, validation: Array, scores: Mapping[str, Any], config: RecipeConfig) -> Iterator[Advice]:
    if len(loss) < SHORT // 2:
        return
    falls = [_late_fall(curve) for curve in (loss, validation)]
    if min(falls) > FALL:
        last = max(len(loss) // 5, 1)
        sentence = (f"Both losses still fall: in the last {last} epochs the validation loss fell by {falls[1]:.0%}. "
                    "Train longer.")  # fmt: skip
        yield Advice("underfitting", sentence, longer(config))
        return
    width = _width(len(loss))
    ends = [float(np.median(curve[-width:])) for curve in (loss, validation)]
    flat = max(abs(_late_fall(curve, sure=False)) for curve in (loss, validation)) < FALL
    high = _high(scores, config)
    if flat and ends[1] < 1.15 * ends[0] and high:
        sentence = (f"Both losses are flat and high (training {ends[0]:.4g}, validation {ends[1]:.4g}): {high}. "
                    "Give the network more capacity.")  # fmt: skip
        yield Advice("underfitting", sentence, widen(config))


def _high(scores: Mapping[str, Any], config: RecipeConfig) -> str:
    """Why flat losses are known to be too high; empty where they may be as low as the data allows."""
    for name, scored in scores.items():
        against = scored.get("against_linear") or {}
        if against.get("low") is None:
            continue
        metric, network, line = against["metric"], against["network"], against["linear"]
        if against["low"] > 0 and against["difference"] > WORSE * line:
            return f"{metric} of {name} is {network:.4g}, that of the linear model {line:.4g}"
        others = scored.get("baselines", {})
        constant = (others.get("mean") or others.get("majority") or {}).get(metric)
        narrow = _narrowest(config)
        if constant and narrow and narrow < 8 and network > 0.85 * constant:
            return (
                f"{metric} of {name} is {network:.4g}, that of a constant {constant:.4g}, behind {narrow} hidden units"
            )
    return ""


def _unstable(loss: Array, config: RecipeConfig) -> Iterator[Advice]:
    if len(loss) and not np.isfinite(loss).all():
        epoch = int(np.flatnonzero(~np.isfinite(loss))[0]) + 1
        yield Advice("unstable", f"The training loss is not finite from epoch {epoch} on: the steps are too large.",
                     steadier(config, diverged=True))  # fmt: skip
        return
    if len(loss) < SHORT or not (loss > 0).all():
        return
    tail = loss[len(loss) // 4 :]
    steps = np.diff(np.log(tail))
    jump = _spread(steps - np.median(steps))
    height = jump * float(np.median(tail))
    if jump > JUMP and (steps > 0).mean() > 0.25 and height > 0.01 * (loss[0] - loss.min()):
        share = f"{(steps > 0).mean():.0%} of them"
        sentence = (f"The training loss is jagged: it jumps by {jump:.0%} from epoch to epoch, upwards in {share}. The "
                    "batches are too small or the learning rate is too high.")  # fmt: skip
        yield Advice("unstable", sentence, steadier(config))


def _linear(scores: Mapping[str, Any], config: RecipeConfig, *, diverges: bool) -> Iterator[Advice]:
    for name, scored in scores.items():
        against = scored.get("against_linear") or {}
        if against.get("high") is None or against["high"] < 0:
            continue
        if against["difference"] > -GAIN * against["linear"]:
            numbers = f"{against['metric']} {against['network']:.4g} against {against['linear']:.4g}"
            sentence = (f"The network does not beat the linear model on {name}: {numbers}. Keep the line, or change "
                        "the network.")  # fmt: skip
            yield Advice("linear", sentence, regularise(config) if diverges else widen(config))


def _late_fall(curve: Array, *, sure: bool = True) -> float:
    """Relative fall from the last fifth but one of the epochs to the last; 0 where it may be chance, or is tiny."""
    last = max(len(curve) // 5, 1)
    before, after = float(curve[-2 * last : -last].mean()), float(curve[-last:].mean())
    spread = _spread((curve - _smooth(curve))[-2 * last :]) * np.sqrt(2 / last)
    if sure and (before - after < 3 * spread or before - after < 0.02 * (curve[0] - after)):
        return 0.0
    return 1 - after / before


def _spread(residuals: Array) -> float:
    """The standard deviation as the median tells it, so that a spike does not count."""
    return 1.4826 * float(np.median(np.abs(residuals)))


def _width(epochs: int) -> int:
    """Epochs of the rolling median: about a tenth, odd, 3 or more."""
    return max(3, epochs // 10 | 1)


def _smooth(curve: Array) -> Array:
    """The rolling median; at the ends of what there is."""
    width = _width(len(curve))
    padded = np.pad(curve, width // 2, constant_values=np.nan)
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1))


def _narrowest(config: RecipeConfig) -> int | None:
    model: Any = config.model
    units = getattr(model, "hidden_units", None) or getattr(model, "trunk_units", None)
    return min(units) if units else None
