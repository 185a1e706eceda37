"""The files of a finished run -> a run of MLflow, through MLflow's own client.

    params       the resolved recipe by dotted names: training.epochs, model.hidden_units, ...
    metrics      each column of history.csv, a step an epoch, from 1; of the test rows test/<target>/<metric> with the
                 ends of its interval (.low, .high), and baseline/<who>/<target>/<metric>
    tags         the run's id and folder, its kind, the data's sha256, git's commit
    artifacts    the run's folder under run/, which load_run reads where it is downloaded

``MLFLOW_TRACKING_URI`` and ``MLFLOW_EXPERIMENT_NAME`` say where to, as they do for every program that uses MLflow. Else
it is the SQLite database ``mlflow/mlflow.db`` in the folder of all runs, and the experiment has the recipe's name.
Artifacts lie in ``mlflow/artifacts`` there, but where a server has a place of its own for them. No usage is reported to
the makers of MLflow, unless ``MLFLOW_DISABLE_TELEMETRY`` says false.
"""

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnrecipes.config.flat import flat_settings
from nnrecipes.config.load import read
from nnrecipes.errors import RunError
from nnrecipes.runs.files import read_history, read_json
from nnrecipes.runs.integrity import check_file, read_provenance
from nnrecipes.runs.layout import RunFolder

RUN_TAG = "nnrecipes.run"
ARTIFACT = "run"
LONGEST_NAME = 250
LONGEST_VALUE = 6000
MOST_METRICS = 1000
"""In a request, as of parameters 100: what every store of MLflow takes."""
MOST_PARAMS = 100


def open_experiment(recipe: str, root: Path) -> tuple[Any, str]:
    """Return a client and the id of the experiment, which is made where there is none.

    Args:
        recipe: The recipe's name, which is the experiment's unless ``MLFLOW_EXPERIMENT_NAME`` is set.
        root: The folder of all runs.

    Raises:
        RunError: MLflow cannot open the place, or the experiment was deleted.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or _database(root)
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or recipe
    soon = _settings(MLFLOW_HTTP_REQUEST_MAX_RETRIES="2")  # MLflow's own 7 take minutes to say that nobody is there
    with _in_words(uri), _quiet(), soon:
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(name)
        if found is None:
            return client, client.create_experiment(name, artifact_location=_artifacts(uri, root))
    if found.lifecycle_stage != "active":
        raise RunError(f"training.trackers: mlflow: {_shown(uri)}: expected an experiment {name!r} that is active. "
                       "Received: one that was deleted; restore it, or set MLFLOW_EXPERIMENT_NAME.")  # fmt: skip
    return client, str(found.experiment_id)


def log_run(folder: RunFolder, root: Path) -> str:
    """Log a finished run, once, and return the place and the id that it has there.

    Args:
        folder: The run.
        root: The folder of all runs.

    Raises:
        RunError: MLflow refuses.
    """
    provenance = read_provenance(folder)
    for file in (folder.config, folder.history, folder.metrics):
        check_file(folder, file, provenance)
    client, experiment = open_experiment(folder.recipe, root)
    with _in_words(client.tracking_uri), _quiet():
        known = client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{folder.id}' and status = 'FINISHED'")
        made = known[0] if known else client.create_run(experiment, tags=_tags(folder, provenance), run_name=folder.id)
        run = made.info.run_id
        if not known:
            _log(client, run, folder)
    return f"{_shown(client.tracking_uri)} run {run}"


def _log(client: Any, run: str, folder: RunFolder) -> None:
    from mlflow.entities import Metric, Param, RunStatus

    when = int(folder.provenance.stat().st_mtime * 1000)
    done = RunStatus.to_string(RunStatus.FAILED)
    try:
        settings = flat_settings(read(folder.config).values)
        params = [Param(_name(key), str(value)[:LONGEST_VALUE]) for key, value in settings.items()]
        metrics = [Metric(_name(name), value, when, epoch)
                   for name, values in read_history(folder.history).items()
                   for epoch, value in enumerate(values, start=1)]  # fmt: skip
        metrics += [Metric(name, value, when, 0) for name, value in scores(read_json(folder.metrics)).items()]
        for start in range(0, len(params), MOST_PARAMS):
            client.log_batch(run, params=params[start : start + MOST_PARAMS])
        for start in range(0, len(metrics), MOST_METRICS):
            client.log_batch(run, metrics=metrics[start : start + MOST_METRICS])
        client.log_artifacts(run, str(folder.path), ARTIFACT)
        done = RunStatus.to_string(RunStatus.FINISHED)
    finally:
        client.set_terminated(run, status=done)


def scores(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the scores of ``metrics.json`` by MLflow's names.

    Example:
        >>> scores({"price": {"metrics": {"rmse": {"value": 2.0, "low": 1.0, "high": None}},
        ...                   "baselines": {"mean": {"rmse": 5.0}}}})
        {'test/price/rmse': 2.0, 'test/price/rmse.low': 1.0, 'baseline/mean/price/rmse': 5.0}
    """
    found = {}
    for target, scored in metrics.items():
        for metric, value in scored["metrics"].items():
            for key, end in (("value", ""), ("low", ".low"), ("high", ".high")):
                found[_name("test", target, metric + end)] = value.get(key)
        for who, values in scored.get("baselines", {}).items():
            for metric, value in values.items():
                found[_name("baseline", who, target, metric)] = value
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def _name(*parts: str) -> str:
    """A name that MLflow takes: letters, digits, ``_-. :``, and ``/`` between parts.

    Example:
        >>> _name("test", "od280/od315", "ndcg@100")
        'test/od280_od315/ndcg_100'
    """
    plain = [re.sub(r"[^\w.\- :]", "_", part) for part in parts]
    return "/".join(part if part.strip(".") else f"_{part}" for part in plain)[:LONGEST_NAME]


def _tags(folder: RunFolder, provenance: Mapping[str, Any]) -> dict[str, str]:
    git = provenance.get("git") or {}
    tags = {
        RUN_TAG: folder.id,
        "nnrecipes.folder": str(folder.path.absolute()),
        "nnrecipes.kind": str(provenance.get("kind", "network")),
        "nnrecipes.data.sha256": str(provenance.get("data", {}).get("sha256", "")),
        "nnrecipes.version": str(dict(provenance.get("versions") or {}).get("nnrecipes", "")),
        "mlflow.source.name": folder.recipe,
        "mlflow.source.git.commit": str(git.get("commit", "")),
    }
    return {name: value for name, value in tags.items() if value}


def _database(root: Path) -> str:
    return f"sqlite:///{(root / 'mlflow' / 'mlflow.db').absolute()}"


def _artifacts(uri: str, root: Path) -> str | None:
    """Where artifacts go; None where a server has a place of its own."""
    if uri.partition(":")[0] in {"http", "https", "databricks", "databricks-uc", "uc"}:
        return None
    return (root / "mlflow" / "artifacts").absolute().as_uri()


def _shown(text: str) -> str:
    """Without the user and the password that an address may have.

    Example:
        >>> _shown("https://ada:secret@tracking.example")
        'https://***@tracking.example'
    """
    return re.sub(r"//[^/@\s]*@", "//***@", text)


@contextmanager
def _in_words(uri: str) -> Iterator[None]:
    """MLflow's, its store's and the network's errors as one line."""
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except Exception as error:  # MLflow, SQLAlchemy, alembic and requests raise kinds of their own
        reason = _shown(" ".join(str(error).split())[:300])
        raise RunError(f"training.trackers: mlflow: {_shown(uri)}: expected a place that MLflow can log to. "
                       f"Received: {reason or type(error).__name__}") from error  # fmt: skip


@contextmanager
def _settings(**settings: str) -> Iterator[None]:
    """Set what the environment does not say, for as long as the block takes."""
    ours = {name: value for name, value in settings.items() if not os.environ.get(name)}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """MLflow's notes, addresses on standard output and use of what SQLAlchemy deprecates are not the user's.

    MLflow reads whether usage is reported when it is imported.
    """
    levels = {name: logging.getLogger(name).level for name in ("mlflow", "alembic", "urllib3")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    own = _settings(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_LOGGING_LEVEL="WARNING",
                    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true")  # fmt: skip
    try:
        with own, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
