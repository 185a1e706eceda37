"""``audit(config) -> Audit``: row ids, types and tasks are frozen, then held-out rows change and nothing else may.

The training arrays and the fitted state are a function of the training rows alone if, and only if, no values of the
other rows can move them. So the recipe is loaded and fitted again on rows whose validation and test values were
replaced, in several ways, and every byte is compared.
"""

from collections.abc import Callable, Mapping
from typing import Any

from nnrecipes.audit.compare import Fit, array_differences, differences, take
from nnrecipes.audit.frozen import SETS, Frozen, freeze
from nnrecipes.audit.giveaway import find_giveaways
from nnrecipes.audit.likeness import find_likeness
from nnrecipes.audit.own_label import check_own_labels
from nnrecipes.audit.recommender import audit_recommender
from nnrecipes.audit.result import Audit, Check, Leak
from nnrecipes.audit.separation import check_sets
from nnrecipes.audit.variants import VARIANTS, in_words
from nnrecipes.config.consistency import check_outputs, fill
from nnrecipes.config.load import Overrides, Recipe, is_recommender, load_config, read
from nnrecipes.config.overrides import parse_overrides
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset, load_data
from nnrecipes.data.read import read_table
from nnrecipes.data.spec import Array
from nnrecipes.data.stream_size import need_memory
from nnrecipes.data.tasks import label_columns
from nnrecipes.errors import ConfigError, DataError
from nnrecipes.preprocessing.build import Prepared, fit_preprocessor

ARRAYS = "fitted state, training x, y, weights"

Load = Callable[[RecipeConfig, Any], Dataset]
FitRows = Callable[[RecipeConfig, Dataset], Prepared]
Refit = Callable[[Frozen], Prepared]


def audit(
    config: Recipe,
    overrides: Overrides = None,
    *,
    data: Any = None,
    load: Load = load_data,
    fit: FitRows = fit_preprocessor,
) -> Audit:
    """Prove a recipe free of leaks on its own data, or name what leaks. Nothing is trained.

    Args:
        config: A shipped recipe's name, a YAML file, or the recipe as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.
        data: Rows for a recipe whose source is ``arrays``: a DataFrame, a mapping of columns, or ``(X, y)``.
        load: What reads, types and splits the rows, in place of the package's own.
        fit: What fits the preprocessing and transforms the rows, in place of the package's own.

    Returns:
        The checks with their leaks, and warnings; ``print`` it, or let a notebook show it.

    Raises:
        ConfigError: If the recipe is wrong.
        DataError: If the rows do not fit it.

    Example:
        >>> audit("sequential_wine").verdict
        'clean'
    """
    if is_recommender(read(config)):
        return audit_recommender(config, overrides, data=data)
    loaded = load_config(config, _with_arrays(config, overrides, data))
    recipe = _before_refit(loaded.config)
    need_memory(recipe, data, "audit")
    dataset = load(recipe, data)
    loaded.fail(check_outputs(recipe, dataset.tasks))
    labels = [name for names in label_columns(recipe.targets).values() for name in names]
    table = read_table(recipe.data.source, data, labels)
    prepared = fit(fill(recipe, dataset.tasks), dataset)
    frozen = freeze(recipe, dataset, table)

    def refit(changed: Frozen) -> Prepared:
        return fit(changed.config, load(changed.config, changed.frame.copy()))

    checks = [*check_sets(recipe.data.split, dataset.split, table.frame),
              *_check_held_out(frozen, take(prepared), refit), check_own_labels(frozen, refit)]  # fmt: skip
    warnings = [f"{check.changed}: {check.good}." for check in checks if check.good == "not checked"]
    warnings += [*find_likeness(recipe, dataset, table), *find_giveaways(dataset, recipe.targets)]
    rows = {name: len(getattr(dataset.split, name)) for name in SETS}
    return Audit(recipe.name, rows, tuple(checks), tuple(warnings))


def _check_held_out(frozen: Frozen, real: Fit, refit: Refit) -> list[Check]:
    reference = take(refit(frozen))
    again = array_differences(real, reference)
    checks = [Check("nothing: fitted a second time", "training x, y, weights", "same bytes", tuple(again))]
    for name in VARIANTS:
        if name == "missing" and not frozen.gaps:
            continue
        leaks = _moved(name, frozen, frozen.held_out, reference, refit)
        cause = [part for part in SETS[1:]
                 if leaks and _moved(name, frozen, getattr(frozen.split, part), reference, refit)]  # fmt: skip
        changed = f"{len(frozen.held_out):,} validation and test rows: {in_words(name, frozen)}"
        checks.append(Check(changed, ARRAYS, "same bytes", tuple(leaks), tuple(cause)))
    return checks


def _moved(name: str, frozen: Frozen, rows: Array, reference: Fit, refit: Refit) -> list[Leak]:
    changed = frozen.with_values(rows, VARIANTS[name](frozen, rows))
    try:
        return differences(reference, take(refit(changed)))
    except (ConfigError, DataError) as error:
        raise DataError([f"audit, {name}: {problem}" for problem in error.problems]) from error


def _before_refit(config: RecipeConfig) -> RecipeConfig:
    """A refit adds held-out rows to the training rows once all is decided; what was decided before is audited."""
    return config.model_copy(update={"data": config.data.model_copy(update={"fit_rows": "train"})})


def _with_arrays(config: Recipe, overrides: Overrides, data: Any) -> dict[str, Any]:
    given = dict(overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ()))
    if data is not None:
        given = {"data.source": {"kind": "arrays"}, **given}
    if isinstance(config, Mapping) and "model" not in config:
        given = {"model": {"kind": "multimodal"}, **given}
    return given
