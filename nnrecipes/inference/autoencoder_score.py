"""A trained autoencoder and the test rows -> its scores beside those of its rivals, the index of codes and plots."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pandas as pd

from nnrecipes.config.autoencoder import DenoisingAutoencoderConfig, ReconstructionConfig
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset
from nnrecipes.data.normal import is_anomaly
from nnrecipes.data.spec import Array, Arrays, InputSpec, derive_seed
from nnrecipes.evaluation.anomaly import detection_intervals, detection_metrics, threshold_of
from nnrecipes.evaluation.autoencoder_rivals import fit_pca, fit_ridge, isolation_scores
from nnrecipes.evaluation.code_quality import code_metrics
from nnrecipes.evaluation.reconstruction import mean_errors, means, row_errors, row_metrics, with_intervals
from nnrecipes.evaluation.report import write_figures
from nnrecipes.inference.code_index import INDEX, CodeIndex
from nnrecipes.inference.encoder import codes_of, encoder_of, rebuilt
from nnrecipes.preprocessing.build import Prepared
from nnrecipes.preprocessing.reconstruction import OUTPUT, corrupt, inputs_of, values_of
from nnrecipes.runs.files import write_json, write_text
from nnrecipes.runs.layout import RunFolder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CODE_COLUMNS = 128
"""Longer codes, such as the maps of a convolutional body, do not stand in ``predictions.csv``."""
RIDGE_NUMBERS = 4096
"""Of rows with more numbers no ridge regression is fitted: its matrix would take more than .1 GiB."""


@dataclass(frozen=True, eq=False)
class Scored:
    """The test rows with all that is known of them."""

    spec: InputSpec
    inputs: Array
    truth: Array
    made: Array
    codes: Array
    errors: Array
    labels: Array | None


def score_autoencoder(
    model: keras.Model,
    config: RecipeConfig,
    dataset: Dataset,
    prepared: Prepared,
    history: Mapping[str, list[float]],
    folder: RunFolder,
) -> None:
    """Rebuild and encode the test rows, once, and their rivals; write what follows.

    Args:
        model: The trained network.
        config: The recipe, with every default.
        dataset: Its rows.
        prepared: The fitted preprocessor, and rows with themselves as labels.
        history: Name -> value an epoch.
        folder: The run's folder.
    """
    settings, section = config.evaluation, config.reconstruction or ReconstructionConfig()
    spec = prepared.preprocessor.spec.inputs[0]
    encoder = encoder_of(model)
    index = _index(model, encoder, spec, config, dataset, prepared)
    index.save(folder.path / INDEX)
    write_json(folder.advice, [])
    if not len(prepared.test):
        write_json(folder.metrics, {})
        return
    threshold = threshold_of(index.errors, section.contamination) if len(index.errors) else float("nan")
    test = _scored(model, encoder, spec, config, dataset, prepared.test)
    kept = {"confidence": settings.confidence, "resamples": settings.bootstrap, "seed": config.seed}
    abnormal = is_anomaly(() if test.labels is None else test.labels, section.normal)
    usual = test if not section.normal or abnormal.all() else _part(test, ~abnormal)
    scores: dict[str, Any] = {"reconstruction": _reconstruction(usual, config, prepared, kept)}
    train = prepared.train.y[OUTPUT]
    if test.labels is not None and len(section.normal) != 1:
        scores["code"] = _code(test, index, train, config, labels_of(config, dataset, prepared.train.rows))
    if section.normal and len(index.errors):
        scores["anomaly"] = _anomaly(test, abnormal, threshold, section, prepared, kept)
    write_json(folder.metrics, scores)
    _write_rows(test, prepared.test.rows, threshold, folder)
    if settings.plots:
        write_figures(_figures(model, config, history, test, threshold, index), folder.plots, settings.plot_format)


def labels_of(config: RecipeConfig, dataset: Dataset, rows: Array) -> Array | None:
    """The label of each row: text of classes, float64 of numbers; None without a label."""
    if not config.targets:
        return None
    name, target = next(iter(config.targets.items()))
    values = dataset.frame.loc[pd.Index(rows), name]
    return values.to_numpy(dtype=np.float64) if target.task == "regression" else values.astype(str).to_numpy(dtype=str)


def _index(
    model: keras.Model,
    encoder: keras.Model,
    spec: InputSpec,
    config: RecipeConfig,
    dataset: Dataset,
    prepared: Prepared,
) -> CodeIndex:
    train, validation = prepared.train, prepared.validation.y[OUTPUT]
    labels = labels_of(config, dataset, train.rows)
    if len(validation):
        errors = row_errors(validation, rebuilt(model, inputs_of(validation, spec)), spec)
    else:  # a refit has the threshold of the run that it is of
        errors = CodeIndex.load(Path(config.refit_of) / INDEX).errors if config.refit_of else np.empty(0)
    return CodeIndex(codes_of(encoder, inputs_of(train.y[OUTPUT], spec)), train.rows,
                     np.empty(0, dtype=str) if labels is None else labels.astype(str), np.sort(errors))  # fmt: skip


def _scored(
    model: keras.Model, encoder: keras.Model, spec: InputSpec, config: RecipeConfig, dataset: Dataset, rows: Arrays
) -> Scored:
    """Codes and errors are of the clean rows; what is rebuilt is of noisy ones where the recipe denoises."""
    truth, inputs = rows.y[OUTPUT], rows.x[spec.name]
    clean = inputs_of(truth, spec)
    made = rebuilt(model, inputs)
    denoises = isinstance(config.model, DenoisingAutoencoderConfig)
    errors = row_errors(truth, rebuilt(model, clean) if denoises else made, spec)
    return Scored(spec, inputs, truth, made, codes_of(encoder, clean), errors, labels_of(config, dataset, rows.rows))


def _reconstruction(test: Scored, config: RecipeConfig, prepared: Prepared, kept: Mapping[str, Any]) -> dict[str, Any]:
    own = row_metrics(test.truth, test.made, test.spec)
    denoises = isinstance(config.model, DenoisingAutoencoderConfig)
    scored: dict[str, Any] = {"task": "denoising" if denoises else "reconstruction", "rows": len(test.truth),
                              "metrics": with_intervals(own, **kept)}  # fmt: skip
    if test.spec.kind == "tabular":
        scored["columns"] = mean_errors(test.truth, test.made, test.spec, test.spec.features)
    if not config.evaluation.baselines:
        return scored
    rivals = _denoised(test, config.model, prepared, config.seed) if isinstance(
        config.model, DenoisingAutoencoderConfig
    ) else _compressed(test, prepared)  # fmt: skip
    rows = {name: row_metrics(test.truth, made, test.spec) for name, made in rivals.items()}
    scored["baselines"] = {name: means(found) for name, found in rows.items()}
    best = "ridge" if "ridge" in rows else list(rows)[-1]
    return scored | _against(own, rows[best], best, kept)


def _compressed(test: Scored, prepared: Prepared) -> dict[str, Array]:
    """PCA with as many dimensions as the code."""
    train = _whole(prepared.train.y[OUTPUT], test.spec)
    pca = fit_pca(train, test.codes.shape[1])
    made = pca.decode(pca.encode(_whole(test.truth, test.spec)), train.shape[1:])
    return {"pca": np.clip(made, 0.0, 1.0) if test.spec.kind == "image" else made}


def _denoised(test: Scored, model: DenoisingAutoencoderConfig, prepared: Prepared, seed: int) -> dict[str, Array]:
    """The noisy rows as they are, and ridge regression from noisy to clean rows."""
    spec = test.spec
    clean = {name: rows.y[OUTPUT] for name, rows in (("train", prepared.train), ("validation", prepared.validation))}
    noisy = {name: values_of(rows.x[spec.name], spec) for name, rows in (("validation", prepared.validation),
             ("test", prepared.test))}  # fmt: skip
    rng = np.random.default_rng(derive_seed(seed, "noise of training rows"))
    noisy["train"] = corrupt(clean["train"], spec, noise=model.noise, level=model.noise_level, rng=rng)
    found = {"noisy": _whole(noisy["test"], spec)}
    if len(clean["validation"]) and found["noisy"][0].size <= RIDGE_NUMBERS:
        parts = [noisy["train"], clean["train"], noisy["validation"], clean["validation"], noisy["test"]]
        made = fit_ridge(*(_whole(part, spec) for part in parts))[0]
        found["ridge"] = np.clip(made, 0.0, 1.0) if spec.kind == "image" else made
    return found


def _whole(values: Array, spec: InputSpec) -> Array:
    """The numbers that are rebuilt, without the channel that says where a series has steps."""
    return values[..., :-1] if spec.kind == "series" else values


def _against(
    own: Mapping[str, Array], rival: Mapping[str, Array], name: str, kept: Mapping[str, Any]
) -> dict[str, Any]:
    """Compare by the first metric, row by row; the interval is of the mean difference."""
    metric = next(iter(own))
    change = with_intervals({metric: own[metric] - rival[metric]}, **kept)[metric]
    ours, theirs, low, high = own[metric].mean(), rival[metric].mean(), change["low"], change["high"]
    word = "beats" if high < 0 else "loses to" if low > 0 else "is not clearly better or worse than"
    label = {"pca": "PCA of as many dimensions", "ridge": "ridge regression", "noisy": "the noisy rows"}[name]
    verdict = (f"reconstruction: the network {word} {label}: {metric} {ours:.4g} against {theirs:.4g}, "
               f"{theirs / max(ours, 1e-12):.2f} x its error.")  # fmt: skip
    against = {"rival": name, "metric": metric, "difference": float(ours - theirs), "low": low, "high": high,
               "ratio": float(theirs / max(ours, 1e-12))}  # fmt: skip
    return {"against": against, "verdict": verdict}


def _code(test: Scored, index: CodeIndex, train: Array, config: RecipeConfig, labels: Array | None) -> dict[str, Any]:
    """What codes are worth, beside PCA of as many dimensions and the rows themselves."""
    section = config.reconstruction or ReconstructionConfig()
    if labels is None or test.labels is None:
        return {}
    given: dict[str, Any] = {"k": section.neighbours, "seed": config.seed}
    found = code_metrics(index.codes, labels, test.codes, test.labels, **given)
    metrics = {name: {"value": value, "low": None, "high": None} for name, value in found.items()}
    scored: dict[str, Any] = {"task": "code", "rows": len(test.labels), "length": test.codes.shape[1]}
    scored["metrics"] = metrics
    if config.evaluation.baselines:
        flat, others = (_whole(part, test.spec).reshape(len(part), -1) for part in (train, test.truth))
        pca = fit_pca(flat, test.codes.shape[1])
        rivals = {"pca": (pca.encode(flat), pca.encode(others)), "rows": (flat, others)}
        scored["baselines"] = {
            name: code_metrics(a, labels, b, test.labels, **given) for name, (a, b) in rivals.items()
        }
    return scored


def _part(test: Scored, rows: Array) -> Scored:
    """Some of the test rows."""
    values: dict[str, Any] = {f.name: getattr(test, f.name) for f in fields(test) if f.name != "spec"}
    kept: dict[str, Any] = {name: value if value is None else value[rows] for name, value in values.items()}
    return Scored(test.spec, **kept)


def _anomaly(
    test: Scored,
    truth: Array,
    threshold: float,
    section: ReconstructionConfig,
    prepared: Prepared,
    kept: Mapping[str, Any],
) -> dict[str, Any]:
    """How well errors tell anomalies, beside an isolation forest and the errors of PCA with as many dimensions."""
    scored: dict[str, Any] = {"task": "anomaly", "rows": len(truth), "anomalies": int(truth.sum()),
                              "contamination": section.contamination, "threshold_error": threshold,
                              "metrics": detection_intervals(test.errors, truth, threshold, **kept)}  # fmt: skip
    train = prepared.train.y[OUTPUT]
    sets = {"validation": prepared.validation.y[OUTPUT], "test": test.truth} if len(prepared.validation) else {}
    rivals = {"isolation_forest": isolation_scores(train, sets, seed=kept["seed"])}
    if not any(test.spec.one_hot):
        whole = _whole(train, test.spec)
        pca = fit_pca(whole, test.codes.shape[1])
        made = {name: pca.decode(pca.encode(_whole(rows, test.spec)), whole.shape[1:]) for name, rows in sets.items()}
        rivals["pca"] = {name: row_errors(rows, made[name], test.spec) for name, rows in sets.items()}
    scored["baselines"] = {
        name: detection_metrics(found["test"], truth, threshold_of(found["validation"], section.contamination))
        for name, found in rivals.items()
        if found  # a refit has no validation rows, which would choose a rival's threshold
    }
    return scored


def _write_rows(test: Scored, rows: Array, threshold: float, folder: RunFolder) -> None:
    """Write ``predictions.csv``: label, error and code of each test row."""
    frame = pd.DataFrame({"row_id": rows})
    if test.labels is not None:
        frame["label"] = test.labels
    frame["error"] = test.errors
    if not np.isnan(threshold):
        frame["anomaly"] = (test.errors > threshold).astype(int)
    if test.codes.shape[1] <= CODE_COLUMNS:
        codes = pd.DataFrame(test.codes, columns=[f"code_{i}" for i in range(1, test.codes.shape[1] + 1)])
        frame = pd.concat([frame, codes], axis=1)
    write_text(folder.predictions, frame.to_csv(index=False))


def _figures(
    model: keras.Model,
    config: RecipeConfig,
    history: Mapping[str, list[float]],
    test: Scored,
    threshold: float,
    index: CodeIndex,
) -> dict[str, "Figure"]:
    from nnrecipes.evaluation.plots.code_map import plot_code_map
    from nnrecipes.evaluation.plots.error_histogram import plot_errors
    from nnrecipes.evaluation.plots.graph import plot_graph
    from nnrecipes.evaluation.plots.history import plot_history
    from nnrecipes.evaluation.plots.rebuilt import plot_rebuilt

    figures = {"history.png": plot_history(history, monitor=config.training.callbacks.monitor),
               "model.png": plot_graph(model)}  # fmt: skip
    if isinstance(config.model, DenoisingAutoencoderConfig):
        noisy = values_of(test.inputs, test.spec)
        figures["denoised.png"] = plot_rebuilt({"noisy": noisy, "denoised": test.made, "clean": test.truth}, test.spec)
    else:
        figures["reconstructions.png"] = plot_rebuilt({"original": test.truth, "rebuilt": test.made}, test.spec)
    if test.codes.shape[1] > 1:
        pca = fit_pca(index.codes, 2)
        figures["code_map.png"] = plot_code_map(pca.encode(test.codes), test.labels)
    section = config.reconstruction or ReconstructionConfig()
    if not np.isnan(threshold):
        truth = is_anomaly(list(test.labels), section.normal) if section.normal and test.labels is not None else None
        figures["errors.png"] = plot_errors(test.errors, threshold, truth)
    return figures
