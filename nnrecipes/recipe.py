"""``train(config) -> Run``: the whole flow on one page, a line a stage."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.consistency import check_outputs, fill
from nnrecipes.config.data import SklearnSource
from nnrecipes.config.load import Loaded, Overrides, Recipe, load_config, resolved, write_yaml
from nnrecipes.config.problem import Problem
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import Task
from nnrecipes.data.bundled import BUNDLED
from nnrecipes.data.columns import check_columns
from nnrecipes.data.header import read_header
from nnrecipes.errors import DataError

if TYPE_CHECKING:
    import keras

    from nnrecipes.data.build import Dataset
    from nnrecipes.inference.run import Run
    from nnrecipes.runs.layout import RunFolder

Notify = Callable[[str], None]


def check(recipe: Recipe, overrides: Overrides = None) -> Loaded:
    """Check a recipe and the headers of its files; no row is read and TensorFlow is not imported.

    Args:
        recipe: A shipped recipe's name, a YAML file, or the recipe as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.

    Raises:
        ConfigError: With every problem, a line each.
    """
    return load_config(recipe, overrides, checks=(_check_header, _check_bundled))


def check_data(loaded: Loaded, data: Any = None) -> "Dataset":
    """Read and check the rows as well.

    Raises:
        DataError: If the rows do not fit the recipe.
        ConfigError: If an output does not fit the task that the rows show.
    """
    from nnrecipes.data.build import load_data

    dataset = load_data(loaded.config, data)
    loaded.fail(check_outputs(loaded.config, dataset.tasks))
    return dataset


def train(
    recipe: Recipe,
    overrides: Overrides = None,
    *,
    data: Any = None,
    model: "keras.Model | None" = None,
    callbacks: Sequence["keras.callbacks.Callback"] = (),
    runs_dir: str | Path | None = None,
    notify: Notify | None = None,
) -> "Run":
    """Train a recipe, score the test rows once, and return the finished run.

    Args:
        recipe: A shipped recipe's name, a YAML file, or the recipe as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.
        data: Rows for a recipe whose source is ``arrays``: a DataFrame, a mapping of columns, or ``(X, y)``.
        model: A model of your own, compiled or not, in place of the recipe's ``model`` section.
        callbacks: Keras callbacks beside the recipe's own.
        runs_dir: The folder of all runs, ``runs`` by default.
        notify: Called with each line that a user should read.

    Raises:
        ConfigError: If the recipe is wrong, before TensorFlow is imported.
        DataError: If the rows do not fit it, likewise.
        RunError: If the run folder cannot be written.

    Example:
        >>> import nnrecipes as nn
        >>> run = nn.train("sequential_wine", overrides={"training.epochs": 2})
        >>> sorted(run.metrics["cultivar"]["metrics"])[:2]
        ['accuracy', 'balanced_accuracy']
    """
    say = notify or _silent
    loaded = check(recipe, _with_arrays(overrides, data, model))
    dataset = check_data(loaded, data)
    for notice in dataset.notices:
        say(notice)
    return _run(loaded.config, dataset, model, list(callbacks), runs_dir, say)


def _run(
    config: RecipeConfig,
    dataset: "Dataset",
    own_model: "keras.Model | None",
    own_callbacks: list["keras.callbacks.Callback"],
    runs_dir: str | Path | None,
    say: Notify,
) -> "Run":
    from nnrecipes.inference.run import Run
    from nnrecipes.preprocessing.build import fit_preprocessor
    from nnrecipes.runs.files import write_json, write_text
    from nnrecipes.runs.layout import create_run, unfinished
    from nnrecipes.training.startup import start_tensorflow

    config = fill(config, dataset.tasks)
    prepared = fit_preprocessor(config, dataset)
    with unfinished(create_run(config.name, runs_dir)) as folder:
        clock = _Clock.start()
        write_text(folder.config, write_yaml(resolved(config)))

        start_tensorflow()
        from nnrecipes.inference.score import score_run
        from nnrecipes.models.build import build_model
        from nnrecipes.training.build import compile_for, train_for
        from nnrecipes.training.save import write_history

        model = own_model or build_model(config.model, prepared.preprocessor.spec, config.seed)
        compile_for(model, config)
        history = train_for(model, config, prepared.train, prepared.validation, folder=folder.path,
                            callbacks=own_callbacks, say=say)  # fmt: skip
        write_history(history, folder.history)
        prepared.preprocessor.save(folder.preprocessor)
        _keep_model(model, folder, say)
        score_run(model, config, dataset, prepared, history, folder)
        write_json(folder.provenance, _provenance(config, dataset, model, history, clock))
    return Run(folder, model)


def _keep_model(model: "keras.Model", folder: "RunFolder", say: Notify) -> None:
    """Keep the whole model; of a class that only its author's code can rebuild, the weights."""
    import keras

    from nnrecipes.training.save import save_model, write_model

    try:
        save_model(model, folder.path)
        keras.saving.load_model(folder.model, safe_mode=True, compile=False)
    except (TypeError, ValueError, NotImplementedError):
        folder.model.unlink(missing_ok=True)
        write_model(model, folder.weights)
        say("The model's class is your own: its weights are kept. Load the run with load_run(..., model=...).")


def _silent(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class _Clock:
    at: datetime
    wall: float
    cpu: float

    @classmethod
    def start(cls) -> "_Clock":
        return cls(datetime.now(UTC), time.monotonic(), time.process_time())

    def times(self) -> dict[str, Any]:
        return {
            "started": self.at.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self.wall, 3),
            "cpu_seconds": round(time.process_time() - self.cpu, 3),
        }


def _provenance(
    config: RecipeConfig, dataset: "Dataset", model: "keras.Model", history: Mapping[str, list[float]], started: _Clock
) -> dict[str, Any]:
    from nnrecipes.runs.layout import FORMAT
    from nnrecipes.runs.provenance import git_commit, versions
    from nnrecipes.training.fit import updates

    epochs = len(next(iter(history.values()), []))
    split = dataset.split
    return {
        "format": FORMAT,
        "recipe": config.name,
        "seed": config.seed,
        "versions": versions(),
        "git": git_commit(Path.cwd()),
        **started.times(),
        "data": {"origin": dataset.origin, "sha256": dataset.sha256, "columns": dict(dataset.schema.columns)},
        "notices": list(dataset.notices),
        "parameters": model.count_params(),
        "epochs": epochs,
        "updates": updates(len(split.train), config.training.batch_size, epochs),
        "rows": {name: getattr(split, name).tolist() for name in ("train", "validation", "test")},
    }


def _with_arrays(overrides: Overrides, data: Any, model: Any) -> Overrides:
    from nnrecipes.config.overrides import parse_overrides

    given = dict(overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ()))
    if data is not None:
        given = {"data.source": {"kind": "arrays"}, **given}
    if model is not None:
        given = {"model": {"kind": "own"}, **given}
    return given


def _check_header(config: RecipeConfig) -> list[Problem]:
    try:
        header = read_header(config.data.source)
    except DataError as error:
        return [Problem(("data", "source"), *_parts(line)) for line in error.problems]
    return check_columns(config, header) if header else []


def _parts(line: str) -> tuple[str, str]:
    expected, _, received = line.partition(" Received: ")
    return expected.partition("expected ")[2].rstrip(".") or expected, received.rstrip(".")


def _check_bundled(config: RecipeConfig) -> list[Problem]:
    if not isinstance(config.data.source, SklearnSource):
        return []
    bundled = BUNDLED[config.data.source.name]
    known: dict[str, Task] = {**dict.fromkeys(bundled.columns, "regression"), bundled.target: bundled.task}
    if all(target.task or name in known for name, target in config.targets.items()):
        tasks = {name: target.task or known[name] for name, target in config.targets.items()}
        declared = {name: target.task for name, target in config.targets.items() if target.task}
        return [] if declared == tasks else check_outputs(config, tasks)
    return []
