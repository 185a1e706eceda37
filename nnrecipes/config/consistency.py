"""What must hold between the sections of a recipe; none of it needs the data."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnrecipes.config.branches import FITTING
from nnrecipes.config.check_autoencoder import check_autoencoder, fill_autoencoder, is_autoencoder
from nnrecipes.config.decisions import check_decision
from nnrecipes.config.distributed import check_distributed
from nnrecipes.config.inputs import TextInput
from nnrecipes.config.model import LayersConfig, MultimodalConfig, MultiOutputConfig, SequentialConfig, TabularConfig
from nnrecipes.config.monitor import log_names, resolve_mode
from nnrecipes.config.outputs import NO_LAYER_NAME, Output, output_name, resolve_output
from nnrecipes.config.problem import Problem
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.streaming import check_streaming
from nnrecipes.config.targets import TargetConfig, Task, ThresholdAim
from nnrecipes.config.training import CosineSchedule, MilestonesSchedule
from nnrecipes.errors import did_you_mean

ANY_SIGN = {"linear", "leaky_relu"}
ROWS_TOGETHER = 4
POSITIVE_ONLY = {"mean_absolute_percentage_error", "mean_squared_logarithmic_error", "poisson"}


def check_consistency(config: RecipeConfig) -> list[Problem]:
    """Return what does not fit between sections: columns, inputs, model, targets, callbacks."""
    tasks = {name: target.task for name, target in config.targets.items() if target.task}
    problems = list(check_autoencoder(config))
    problems += [*_columns(config), *_inputs(config), *_model(config), *_targets(config), *_split(config)]
    problems += check_streaming(config) if config.data.stream is True else []
    problems += check_distributed(config)
    problems += [*_preprocessing(config), *_callbacks(config), *_ensemble(config), *_folds(config), *_mirror(config)]
    return [*problems, *check_outputs(config, tasks)]


def fill(config: RecipeConfig, tasks: Mapping[str, Task]) -> RecipeConfig:
    """Return the recipe with what follows from the tasks written out: outputs, losses, metrics, scaling, mode."""
    if is_autoencoder(config):
        return fill_autoencoder(config, tasks)
    targets = {}
    for name, target in config.targets.items():
        head = resolve_output(tasks[name], target)[0]
        known: dict[str, Any] = {"task": tasks[name], "output": output_name(name, target)}
        if head:
            known |= {"activation": head.activation, "metrics": head.metrics}
            known |= {"loss": head.loss} if target.quantiles is None else {}
        if tasks[name] == "identity":
            known["rows_together"] = target.rows_together or ROWS_TOGETHER
        if tasks[name] == "regression":
            known["scale"] = target.scale or ("standard" if head and _any_sign(head) else "none")
        targets[name] = target.model_copy(update=known)
    callbacks = config.training.callbacks
    if callbacks.mode == "auto":
        callbacks = callbacks.model_copy(update={"mode": resolve_mode(callbacks.monitor) or "min"})
    training = config.training.model_copy(update={"callbacks": callbacks})
    return config.model_copy(update={"targets": targets, "training": training})


def _any_sign(head: Output) -> bool:
    """Whether an output can be below 0 and its loss allows for it: only such a target may be scaled around 0."""
    return head.activation in ANY_SIGN and head.loss["kind"] not in POSITIVE_ONLY


def outputs(config: RecipeConfig, tasks: Mapping[str, Task]) -> dict[str, Output]:
    """Output name -> head, for the targets whose task is known and whose choices fit."""
    found = {}
    for name, target in config.targets.items():
        head = resolve_output(tasks[name], target)[0] if name in tasks else None
        if head:
            found[output_name(name, target)] = head
    return found


def check_outputs(config: RecipeConfig, tasks: Mapping[str, Task]) -> list[Problem]:
    """Return what does not fit a target's task, and a monitor that no epoch will log."""
    problems: list[Problem] = []
    if is_autoencoder(config):
        return list(_monitor(config, {}))
    for name, target in config.targets.items():
        if name in tasks:
            misfits = resolve_output(tasks[name], target)[1]
            keys = [("targets", name, *(int(s) if s.isdigit() else s for s in m.key.split("."))) for m in misfits]
            problems += [Problem(key, m.expected, repr(m.received)) for key, m in zip(keys, misfits, strict=True)]
            problems += _task(name, tasks[name], target)
    problems += _identity(config, tasks)
    if not problems and set(tasks) >= set(config.targets):
        problems += _monitor(config, outputs(config, tasks))
    return problems


def _task(name: str, task: Task, target: TargetConfig) -> Iterator[Problem]:
    if target.class_weight is not None and task in {"regression", "multilabel"}:
        yield Problem(
            ("targets", name, "class_weight"), f"no class weights for a {task} target", repr(target.class_weight)
        )
    if target.positive is not None and task != "binary":
        yield Problem(("targets", name, "positive"), f"no positive class for a {task} target", repr(target.positive))
    if target.rows_together is not None and task != "identity":
        yield Problem(("targets", name, "rows_together"), f"nothing for a {task} target", repr(target.rows_together))
    if target.scale not in {None, "none"} and task != "regression":
        yield Problem(("targets", name, "scale"), f"no scaling of a {task} target", repr(target.scale))
    yield from check_decision(name, task, target)
    head = resolve_output(task, target)[0]
    if target.scale not in {None, "none"} and task == "regression" and head and not _any_sign(head):
        expected = (
            f"none: {head.activation} output with {head.loss['kind']} does not fit a target that is scaled around 0"
        )
        yield Problem(("targets", name, "scale"), expected, repr(target.scale))
    if (task == "multilabel") != (target.columns is not None):
        expected = (
            "the 0/1 columns of a multilabel target" if task == "multilabel" else f"no columns for a {task} target"
        )
        yield Problem(("targets", name, "columns"), expected, repr(target.columns))


def _identity(config: RecipeConfig, tasks: Mapping[str, Task]) -> Iterator[Problem]:
    """An identity target is the only one and has a siamese network, which is for nothing else."""
    names = [name for name, task in tasks.items() if task == "identity"]
    if names and len(config.targets) > 1:
        yield Problem(("targets", names[0], "task"), "an identity target alone, without others", "'identity'")
    if names and config.model.kind not in {"siamese", "own"}:
        yield Problem(("model", "kind"), "siamese for an identity target", repr(config.model.kind))
    if config.model.kind == "siamese" and not names and set(tasks) >= set(config.targets):
        expected = "a target with task: identity for a siamese model"
        yield Problem(("model", "kind"), expected, f"{config.model.kind!r} with {', '.join(tasks.values())}")
    if names and config.evaluation.importance:
        yield Problem(("evaluation", "importance"), "false: there is no importance for an identity target", "True")


def _monitor(config: RecipeConfig, heads: Mapping[str, Output]) -> Iterator[Problem]:
    callbacks = config.training.callbacks
    names = log_names(heads, validation=config.data.fit_rows == "train")
    if callbacks.monitor not in names:
        key = ("training", "callbacks", "monitor")
        yield Problem(
            key, f"one of {', '.join(names)}", repr(callbacks.monitor), did_you_mean(callbacks.monitor, names)
        )
    elif callbacks.mode == "auto" and resolve_mode(callbacks.monitor) is None:
        key = ("training", "callbacks", "mode")
        yield Problem(key, f"min or max: the direction of {callbacks.monitor} is not known", "'auto'")


def _targets(config: RecipeConfig) -> Iterator[Problem]:
    names = Counter(output_name(name, target) for name, target in config.targets.items())
    for name, target in config.targets.items():
        output = output_name(name, target)
        if names[output] > 1:
            yield Problem(("targets", name, "output"), "a name of its own for each output layer", repr(output))
        if target.columns is not None and target.task is None:
            yield Problem(("targets", name, "task"), "multilabel, as `columns` is given", "nothing")
        if output in (config.inputs or {"features"}):
            yield Problem(("targets", name, "output"), "a name that no input has", repr(output))
        if not output or re.search(NO_LAYER_NAME, output):
            yield Problem(("targets", name, "output"), "letters, digits, '_', '-' and '.'", repr(output))


def _columns(config: RecipeConfig) -> Iterator[Problem]:
    targets = {c for name, target in config.targets.items() for c in (target.columns or (name,))}
    places = [("data", "features", config.data.features or ())]
    for i, column in enumerate(config.data.features or ()):
        if column in targets:
            yield Problem(("data", "features", i), "features without the target", repr(column))
        if column in config.data.ignore:
            yield Problem(("data", "features", i), "a column that `data.ignore` does not hold", repr(column))
    for i, column in enumerate(config.data.ignore):
        if column in targets:
            yield Problem(("data", "ignore", i), "columns that are not a target", repr(column))
    for *key, columns in places:
        for column, count in Counter(columns).items():
            if count > 1:
                yield Problem(tuple(key), "each column once", repr(column))


def _inputs(config: RecipeConfig) -> Iterator[Problem]:
    targets = {c for name, target in config.targets.items() for c in (target.columns or (name,))}
    for name, source in config.inputs.items():
        if not name or re.search(NO_LAYER_NAME, name):
            yield Problem(("inputs", name), "a name of letters, digits, '_', '-' and '.'", repr(name))
        for i, column in enumerate(source.columns):
            key = ("inputs", name, "columns", i)
            if column in targets:
                yield Problem(key, "features without the target", repr(column))
            elif config.data.features is not None and not _among(column, config.data.features):
                yield Problem(key, "one of data.features", repr(column), did_you_mean(column, config.data.features))
            elif column in config.data.ignore:
                yield Problem(key, "a column that `data.ignore` does not hold", repr(column))


def _among(column: str, features: Sequence[str]) -> bool:
    """Whether a column is a feature, or may be a part (``sold_year``) of one that is a date."""
    return any(column == feature or column.startswith(f"{feature}_") for feature in features)


def _model(config: RecipeConfig) -> Iterator[Problem]:
    model = config.model
    if isinstance(model, SequentialConfig | LayersConfig):
        if len(config.targets) > 1:
            yield Problem(("model", "kind"), "multimodal or multi_output for several targets", repr(model.kind))
        if len(config.inputs) > 1:
            yield Problem(("model", "kind"), "multimodal for several inputs", repr(model.kind))
    if isinstance(model, SequentialConfig | MultiOutputConfig):
        for form in sorted({section.kind for section in config.inputs.values()} - {"tabular"}):
            yield Problem(("model", "kind"), f"multimodal for {form} inputs", repr(model.kind))
    if isinstance(model, SequentialConfig):
        for name in ("activation", "dropout"):
            value = getattr(model, name)
            if isinstance(value, tuple) and len(value) != len(model.hidden_units):
                expected = f"one value, or {len(model.hidden_units)} (one a hidden layer)"
                yield Problem(("model", name), expected, f"{len(value)} values")
    if isinstance(model, TabularConfig):
        for section in config.inputs.values():
            if section.kind not in ("tabular", "categorical"):
                yield Problem(("model", "kind"), f"multimodal for {section.kind} inputs", repr(model.kind))
    else:
        yield from _tabular_only(config)
    if isinstance(model, MultimodalConfig):
        names = list(config.inputs) or ["features"]
        for name in model.branches:
            if name not in names:
                yield Problem(
                    ("model", "branches", name),
                    f"the name of an input: {', '.join(names)}",
                    repr(name),
                    did_you_mean(name, names),
                )
            elif (kind := model.branches[name].kind) not in (fitting := FITTING[_form(config, name)]):
                expected = f"{' or '.join(fitting)} for the {_form(config, name)} input {name!r}"
                yield Problem(("model", "branches", name, "kind"), expected, repr(kind))


def _tabular_only(config: RecipeConfig) -> Iterator[Problem]:
    """What only a tabular model makes use of; another one would take codes for numbers, or nothing would change."""
    section = config.preprocessing
    chosen: dict[tuple[str, ...], str | None] = {("categorical",): section.categorical.encode}
    chosen |= {("columns", name): column.encode for name, column in section.columns.items()}
    for key, encode in chosen.items():
        if encode == "embedding":
            expected = "another encoding: only a tabular model learns vectors of codes"
            yield Problem(("preprocessing", *key, "encode"), expected, "'embedding'")
    for name in ("quantile_bins", "distinct_bins", "target_bins"):
        if bins := getattr(section.numeric, name):
            yield Problem(("preprocessing", "numeric", name), "0: only a tabular model has bins", repr(bins))
    training = config.training
    if training.callbacks.fade and not (
        training.optimizer["kind"] == "adamw" and training.optimizer.get("weight_decay")
    ):
        expected = "null: there is nothing to fade but the dropout of a tabular model and the weight decay of adamw"
        yield Problem(("training", "callbacks", "fade"), expected, "a section")


def _form(config: RecipeConfig, name: str) -> str:
    """An input's kind, or ``tfidf`` for a text with weights."""
    section = config.inputs.get(name)
    if section is None:
        return "tabular"
    return "tfidf" if isinstance(section, TextInput) and section.form == "tfidf" else section.kind


def _split(config: RecipeConfig) -> Iterator[Problem]:
    split = config.data.split
    if split.kind == "kfold" and split.fold >= split.folds:
        yield Problem(("data", "split", "fold"), f"a number from 0 to {split.folds - 1}", repr(split.fold))
    if (
        split.kind == "stratified"
        and split.column is None
        and all(t.task == "regression" for t in config.targets.values())
    ):
        yield Problem(
            ("data", "split", "column"),
            "the column of classes to stratify by: there is no classification target",
            "nothing",
        )
    if split.kind in {"column"} and split.column in (config.data.features or ()):
        yield Problem(("data", "split", "column"), "a column that is not a feature", repr(split.column))


def _preprocessing(config: RecipeConfig) -> Iterator[Problem]:
    named = config.preprocessing.categorical.target
    encodes = {config.preprocessing.categorical.encode, *(c.encode for c in config.preprocessing.columns.values())}
    if named is not None and named not in config.targets:
        key = ("preprocessing", "categorical", "target")
        yield Problem(
            key, f"one of the targets: {', '.join(config.targets)}", repr(named), did_you_mean(named, config.targets)
        )
    if named is None and len(config.targets) > 1 and encodes & {"target", "catboost"}:
        key = ("preprocessing", "categorical", "target")
        yield Problem(key, f"the target to encode against: {', '.join(config.targets)}", "nothing")
    for column, override in config.preprocessing.columns.items():
        numeric = override.missing in {"median", "mean"} or isinstance(override.fill_value, float)
        categorical = (
            override.missing == "unknown" or override.encode is not None or isinstance(override.fill_value, str)
        )
        declared = config.data.columns.get(column)
        if (
            (numeric and categorical)
            or (declared == "numeric" and categorical)
            or (declared == "categorical" and numeric)
        ):
            key = ("preprocessing", "columns", column)
            yield Problem(
                key,
                f"choices for a {declared or 'numeric or a categorical'} column",
                repr(override.model_dump(exclude_none=True)),
            )


def _callbacks(config: RecipeConfig) -> Iterator[Problem]:
    callbacks, epochs = config.training.callbacks, config.training.epochs
    key = ("training", "callbacks")
    if len(config.targets) > 1 and "monitor" not in callbacks.model_fields_set:
        yield Problem(
            (*key, "monitor"), "the value to watch, named: there are several outputs (val_loss is their sum)", "nothing"
        )
    schedule = callbacks.schedule
    if isinstance(schedule, CosineSchedule) and schedule.warmup_epochs >= epochs:
        yield Problem(
            (*key, "schedule", "warmup_epochs"), f"fewer than the {epochs} epochs", repr(schedule.warmup_epochs)
        )
    if isinstance(schedule, MilestonesSchedule) and max(schedule.at) >= epochs:
        yield Problem((*key, "schedule", "at"), f"epochs below {epochs}", repr(max(schedule.at)))
    stopping = callbacks.early_stopping
    if stopping and stopping.start_from_epoch >= epochs:
        yield Problem(
            (*key, "early_stopping", "start_from_epoch"), f"an epoch below {epochs}", repr(stopping.start_from_epoch)
        )


def _folds(config: RecipeConfig) -> Iterator[Problem]:
    folds, split, key = config.evaluation.cross_validate, config.data.split.kind, ("evaluation", "cross_validate")
    if folds == 1:
        yield Problem(key, "2 folds or more, or 0 for none", "1")
    if folds > 1 and split in {"time", "order"}:
        yield Problem(key, f"0 with a split by {split}: folds would take rows out of their order", repr(folds))
    if folds > 1 and (config.model.kind == "own" or is_autoencoder(config)):
        yield Problem(key, "0 for an autoencoder or a model given from Python", repr(folds))
    if folds > 1 and (config.training.init_from is not None or config.training.freeze):
        yield Problem(key, "0 with training.init_from or training.freeze: folds begin anew", repr(folds))


def _mirror(config: RecipeConfig) -> Iterator[Problem]:
    if getattr(config.model, "mirror", False) and not any(item.kind == "image" for item in config.inputs.values()):
        yield Problem(("model", "mirror"), "false: there is no image among the inputs", "True")


def _ensemble(config: RecipeConfig) -> Iterator[Problem]:
    training = config.training
    if training.ensemble > 1 and training.init_from is not None:
        expected = "no run to begin from: members that begin with the same weights hardly differ"
        yield Problem(("training", "init_from"), expected, repr(training.init_from))
    if training.ensemble > 1 and config.model.kind == "own":
        yield Problem(("training", "ensemble"), "1 for a model given from Python", repr(training.ensemble))
    if training.ensemble_of == "seeds":
        return
    key = ("training", "ensemble_of")
    if training.ensemble_of == "inputs":
        if config.model.kind != "multimodal" or len(config.inputs) < 2:
            expected = "seeds or folds; a network for each input needs a multimodal model of two inputs or more"
            yield Problem(key, expected, "'inputs'")
        elif training.ensemble != len(config.inputs):
            expected = f"{len(config.inputs)}, a network for each input, beside ensemble_of: inputs"
            yield Problem(("training", "ensemble"), expected, repr(training.ensemble))
        return
    if training.ensemble < 2:
        yield Problem(key, "seeds, or training.ensemble of 2 or more: one member has no folds", "'folds'")
    if config.model.kind == "siamese" and config.data.split.kind not in {"group", "time"}:
        yield Problem(key, "seeds: folds at random would share identities", "'folds'")
    if config.data.split.kind in {"group", "time"}:
        expected = f"seeds: folds at random would break a {config.data.split.kind} split"
        yield Problem(key, expected, "'folds'")
    chosen = any(t.calibration != "none" or isinstance(t.threshold, ThresholdAim) for t in config.targets.values())
    if config.evaluation.importance or chosen:
        expected = "seeds: calibration, thresholds and importance need validation rows that no member trained on"
        yield Problem(key, expected, "'folds'")
