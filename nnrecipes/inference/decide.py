"""A recipe's calibration and thresholds -> fitted decisions, kept in the run and read back by name of target."""

from collections.abc import Mapping, Sequence
from typing import Any

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import TargetConfig, ThresholdAim
from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import RunError
from nnrecipes.evaluation.decision import Decision, fit_decision
from nnrecipes.evaluation.threshold import Threshold
from nnrecipes.runs.files import read_json
from nnrecipes.runs.layout import RunFolder


def choice(target: TargetConfig) -> dict[str, Any]:
    """Return the keywords of ``fit_decision`` for a target."""
    threshold = target.threshold
    plain = threshold.model_dump(exclude_none=True) if isinstance(threshold, ThresholdAim) else threshold
    return {"calibration": target.calibration, "threshold": plain}


def is_fitted(target: TargetConfig) -> bool:
    """Whether a target's decision rests on validation rows."""
    return target.calibration != "none" or isinstance(target.threshold, ThresholdAim)


def fit_decisions(
    config: RecipeConfig,
    targets: Sequence[TargetSpec],
    truth: Mapping[str, Array],
    prediction: Mapping[str, Array],
) -> dict[str, Decision]:
    """Return target -> decision, fitted on validation rows where the recipe asks for it.

    Args:
        config: The recipe.
        targets: The targets.
        truth: Target -> what the validation rows really are.
        prediction: Target -> the network's predictions of them, decoded; may be empty where nothing is fitted.
    """
    found = {}
    for target in targets:
        wanted = config.targets[target.name]
        if is_fitted(wanted):
            found[target.name] = fit_decision(target, truth[target.name], prediction[target.name], **choice(wanted))
        else:
            found[target.name] = _given(wanted)
    return found


def read_decisions(folder: RunFolder, config: RecipeConfig) -> dict[str, Decision]:
    """Return the decisions of a run: those that were fitted, and the recipe's own numbers.

    Raises:
        RunError: If the file of fitted decisions is missing or damaged.
    """
    if not any(is_fitted(target) for target in config.targets.values()):
        return {name: _given(target) for name, target in config.targets.items()}
    kept = read_json(folder.decision)
    try:
        return {name: Decision.from_dict(kept[name]) if is_fitted(target) else _given(target)
                for name, target in config.targets.items()}  # fmt: skip
    except (KeyError, TypeError) as error:
        received = f"one without {error}" if isinstance(error, KeyError) else f"a damaged file ({error})"
        raise RunError(f"{folder.decision}: expected a decision for each target. Received: {received}.") from None


def _given(target: TargetConfig) -> Decision:
    return Decision(threshold=Threshold(0.5 if isinstance(target.threshold, ThresholdAim) else target.threshold))
