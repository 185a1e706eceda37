"""A recipe -> what of it needs all rows in memory, and so cannot be had where the training rows are streamed."""

from collections.abc import Iterator

from nnrecipes.config.check_autoencoder import is_autoencoder
from nnrecipes.config.data import MEDIA, CsvSource, ParquetSource
from nnrecipes.config.problem import Problem
from nnrecipes.config.recipe import RecipeConfig

SPLITS = ("random", "order", "time", "column", "group")
ENCODINGS = {"utf-8", "utf8", "utf-8-sig", "ascii", "latin-1", "cp1252"}
"""Those in which a line break is one byte that nothing else has, so that a file can be cut at lines."""
WHERE = "where rows are streamed (data.stream)"


def check_streaming(config: RecipeConfig) -> list[Problem]:
    """Return everything that does not go with streamed rows, none of it by reading them."""
    return [*_source(config), *_split(config), *_network(config), *_preprocessing(config), *_training(config)]


def _source(config: RecipeConfig) -> Iterator[Problem]:
    source = config.data.source
    if not isinstance(source, CsvSource | ParquetSource):
        expected = f"false or auto: files of kind csv and parquet stream, {source.kind} does not"
        yield Problem(("data", "stream"), expected, repr(config.data.stream))
    elif isinstance(source, CsvSource) and source.encoding.casefold().replace("_", "-") not in ENCODINGS:
        expected = f"one of {', '.join(sorted(ENCODINGS))} {WHERE}"
        yield Problem(("data", "source", "encoding"), expected, repr(source.encoding))


def _split(config: RecipeConfig) -> Iterator[Problem]:
    split = config.data.split
    if split.kind not in SPLITS:
        yield Problem(("data", "split", "kind"), f"one of {', '.join(SPLITS)} {WHERE}", repr(split.kind))
    if split.kind == "group":
        for name in ("test", "validation"):
            if isinstance(getattr(split, name), int):
                expected = f"a share of the groups, between 0 and 1, {WHERE}"
                yield Problem(("data", "split", name), expected, repr(getattr(split, name)))


def _network(config: RecipeConfig) -> Iterator[Problem]:
    if is_autoencoder(config):
        yield Problem(("model", "kind"), f"a network with targets {WHERE}", repr(config.model.kind))
    for name, section in config.inputs.items():
        if section.kind in MEDIA:
            yield Problem(("inputs", name, "kind"), f"tabular or categorical {WHERE}", repr(section.kind))
    for name, target in config.targets.items():
        if target.task == "identity":
            yield Problem(("targets", name, "task"), f"another task {WHERE}", "'identity'")


def _preprocessing(config: RecipeConfig) -> Iterator[Problem]:
    section = config.preprocessing
    chosen: dict[tuple[str, ...], str | None] = {("categorical",): section.categorical.encode}
    chosen |= {("columns", name): column.encode for name, column in section.columns.items()}
    for key, encode in chosen.items():
        if encode == "catboost":
            expected = f"target or another encoding {WHERE}: this one goes by the order of all rows"
            yield Problem(("preprocessing", *key, "encode"), expected, "'catboost'")


def _training(config: RecipeConfig) -> Iterator[Problem]:
    training = config.training
    if training.trainer == "keras":
        yield Problem(("training", "trainer"), f"auto or compiled {WHERE}", "'keras'")
    if training.ensemble_of in ("folds", "inputs"):
        yield Problem(("training", "ensemble_of"), f"seeds {WHERE}: {training.ensemble_of} need all rows",
                      repr(training.ensemble_of))  # fmt: skip
    if config.evaluation.cross_validate:
        expected = f"0 {WHERE}: folds need all rows"
        yield Problem(("evaluation", "cross_validate"), expected, repr(config.evaluation.cross_validate))
    board = training.callbacks.tensorboard
    if board and (board.update_freq != "epoch" or board.write_steps_per_second or board.profile_batch):
        expected = f"update_freq: epoch, without steps and profile, {WHERE}"
        yield Problem(("training", "callbacks", "tensorboard"), expected, "one that acts at batches")
