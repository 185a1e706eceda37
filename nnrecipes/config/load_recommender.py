"""A recommender's recipe and overrides -> a validated :class:`RecommenderConfig`, or every problem at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nnrecipes.config.load import Overrides, Recipe, checked, is_recommender, read
from nnrecipes.config.problem import Problem
from nnrecipes.config.read import Raw
from nnrecipes.config.recommender import RecommenderConfig
from nnrecipes.config.recommender_model import AutoRecConfig, BlendConfig, EaseConfig, ItemKNNConfig
from nnrecipes.config.training import CosineSchedule, MilestonesSchedule
from nnrecipes.errors import ConfigError, did_you_mean

RANKING = ("val_ndcg@100", "val_recall@20", "val_recall@50")
RATING = ("val_rmse",)
Check = Callable[[RecommenderConfig], list[Problem]]


@dataclass(frozen=True)
class LoadedRecommender:
    """A validated recommender's recipe and what is needed to speak of it."""

    config: RecommenderConfig
    raw: Raw

    def fail(self, problems: Sequence[Problem]) -> None:
        """Raise what is wrong, each at its line, if anything is."""
        if problems:
            raise ConfigError([self.raw.render(problem) for problem in problems])


def load_recommender(recipe: Recipe, overrides: Overrides = None, *, checks: Sequence[Check] = ()) -> LoadedRecommender:
    """Read, override, check and complete a recommender's recipe without reading any interaction.

    Args:
        recipe: A shipped recipe's name, a YAML file, or the recipe itself as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.
        checks: Further checks of a valid recipe, each returning problems.

    Raises:
        ConfigError: With every problem, a line each.

    Example:
        >>> recipe = {"data": {"interactions": {"source": {"kind": "arrays"}}}, "model": {"kind": "ease"}}
        >>> load_recommender(recipe).config.model.l2
        400.0
    """
    raw = read(recipe, overrides)
    if not is_recommender(raw):
        raise ConfigError(f"{raw.origin}: data.interactions: expected the interactions. Received: nothing.")
    config = checked(raw, RecommenderConfig, (check_recommender, *checks))
    return LoadedRecommender(_fill(config), raw)


def check_recommender(config: RecommenderConfig) -> list[Problem]:
    """Return what does not fit between the sections of a recommender's recipe."""
    return [*_rating(config), *_split(config), *_callbacks(config)]


def log_names(config: RecommenderConfig) -> list[str]:
    """Every name that the history of a training will have.

    Example:
        >>> log_names(load_recommender({"data": {"interactions": {"source": {"kind": "arrays"}}}}).config)
        ['loss', 'val_ndcg@100', 'val_recall@20', 'val_recall@50']
    """
    names = ["loss", *_validated(config)]
    return [*names, "learning_rate"] if config.training.callbacks.schedule else names


def _validated(config: RecommenderConfig) -> tuple[str, ...]:
    if config.data.split.validation == 0:
        return ()
    return RATING if isinstance(config.model, AutoRecConfig) else RANKING


def trains(config: RecommenderConfig) -> bool:
    """Whether the model is trained by epochs; EASE and item-kNN are solved."""
    return not isinstance(config.model, EaseConfig | ItemKNNConfig)


def _fill(config: RecommenderConfig) -> RecommenderConfig:
    """Write out the monitor that fits the model, and its direction."""
    callbacks = config.training.callbacks
    monitor = callbacks.monitor
    if "monitor" not in callbacks.model_fields_set:
        monitor = (*_validated(config), "loss")[0]
    mode = callbacks.mode
    if mode == "auto":
        mode = "max" if monitor in RANKING else "min"
    callbacks = callbacks.model_copy(update={"monitor": monitor, "mode": mode})
    training = config.training.model_copy(update={"callbacks": callbacks})
    return config.model_copy(update={"training": training})


def _rating(config: RecommenderConfig) -> Iterator[Problem]:
    columns = config.data.interactions
    key = ("data", "interactions")
    autorec = isinstance(config.model, AutoRecConfig)
    if autorec and columns.rating is None:
        yield Problem((*key, "rating"), "the column of ratings, which autorec predicts", "nothing")
    if autorec and columns.min_rating is not None:
        yield Problem((*key, "min_rating"), "nothing: autorec takes all ratings", repr(columns.min_rating))
    if columns.min_rating is not None and columns.rating is None:
        yield Problem((*key, "rating"), "the column that min_rating is of", "nothing")


def _split(config: RecommenderConfig) -> Iterator[Problem]:
    kind, autorec = config.data.split.kind, isinstance(config.model, AutoRecConfig)
    if autorec and kind != "ratings" and "split" in config.data.model_fields_set:
        yield Problem(("data", "split", "kind"), "ratings, as autorec predicts ratings", repr(kind))
    elif autorec and kind != "ratings":
        yield Problem(("data", "split"), "a split of ratings: {kind: ratings}", "nothing")
    if not autorec and kind == "ratings":
        yield Problem(("data", "split", "kind"), f"strong, weak or time for a {config.model.kind} model", repr(kind))
    if config.data.split.validation == 0 and isinstance(config.model, BlendConfig) and config.model.weight is None:
        expected = "the weight of EASE, as there are no validation users to choose it on (data.split.validation: 0)"
        yield Problem(("model", "weight"), expected, "nothing")
    if kind == "time" and config.data.interactions.time is None:
        yield Problem(("data", "interactions", "time"), "the column of times, by which is split", "nothing")


def _callbacks(config: RecommenderConfig) -> Iterator[Problem]:
    training = config.training
    callbacks, names = training.callbacks, log_names(config)
    key = ("training", "callbacks")
    if callbacks.monitor not in names and "monitor" in callbacks.model_fields_set:
        near = did_you_mean(callbacks.monitor, names)
        yield Problem((*key, "monitor"), f"one of {', '.join(names)}", repr(callbacks.monitor), near)
    schedule = callbacks.schedule
    if isinstance(schedule, CosineSchedule) and schedule.warmup_epochs >= training.epochs:
        expected = f"fewer than the {training.epochs} epochs"
        yield Problem((*key, "schedule", "warmup_epochs"), expected, repr(schedule.warmup_epochs))
    if isinstance(schedule, MilestonesSchedule) and max(schedule.at) >= training.epochs:
        yield Problem((*key, "schedule", "at"), f"epochs below {training.epochs}", repr(max(schedule.at)))
    stopping = callbacks.early_stopping
    if stopping and stopping.start_from_epoch >= training.epochs:
        expected = f"an epoch below {training.epochs}"
        yield Problem((*key, "early_stopping", "start_from_epoch"), expected, repr(stopping.start_from_epoch))
    for name in ("init_from", "freeze"):
        if getattr(training, name):
            yield Problem(("training", name), "nothing: a recommender begins anew", repr(getattr(training, name)))
    if training.ensemble > 1 and not trains(config):
        expected = f"1: {config.model.kind} is solved, and is the same from every seed"
        yield Problem(("training", "ensemble"), expected, repr(training.ensemble))
    if training.distributed is not None:
        yield Problem(("training", "distributed"), "nothing: a recommender trains in one process", "a section")
    if training.ensemble_of == "folds":
        yield Problem(("training", "ensemble_of"), "seeds: a recommender's networks have all training users", "'folds'")
