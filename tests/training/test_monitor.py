"""Names of logs and their direction, against Keras."""

import pytest
from cases import BINARY, CASES, LABELS, ONE_HOT, VALUE, Case

from nnrecipes.config.model import MultiOutputConfig
from nnrecipes.config.monitor import log_names, resolve_mode
from nnrecipes.config.names import complete, table
from nnrecipes.config.outputs import resolve_output
from nnrecipes.config.targets import TargetConfig
from nnrecipes.models.build import build_model
from nnrecipes.models.construct import construct
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import fit_keras

METRICS = {
    "regression": ("mae", "r2", "rmse"),
    "binary": ("accuracy", "auc", "precision", "f1_score", "auc"),
    "multiclass": ("accuracy", "top_k_categorical_accuracy"),
    "multilabel": ("accuracy", "auc"),
}


def test_directions_are_those_of_keras_metrics():
    told = {}
    required = {"recall": 0.5, "precision": 0.5, "specificity": 0.5, "sensitivity": 0.5}
    for kind, entry in table()["metrics"].items():
        if kind != "accuracy":
            needed = {name: required[name] for name, value in entry["arguments"].items() if isinstance(value, dict)}
            metric = construct("metrics", {"kind": kind, **needed})
            if getattr(metric, "_direction", None):
                told[kind] = "max" if metric._direction == "up" else "min"
    assert len(told) > 20
    assert {kind: resolve_mode(kind) for kind in told} == told


@pytest.mark.parametrize(
    ("monitor", "mode"),
    [
        ("loss", "min"),
        ("val_loss", "min"),
        ("val_cat_out_loss", "min"),
        ("val_cont_out_mean_absolute_error", "min"),
        ("val_mae", "min"),
        ("val_accuracy", "max"),
        ("species_accuracy", "max"),
        ("val_auc_2", "max"),
        ("val_r2_score", "max"),
        ("val_false_positives", "min"),
        ("true_positives", "max"),
        ("precision_at_recall", "max"),
        ("learning_rate", None),
        ("val_lossy", None),
        ("speed", None),
    ],
)
def test_mode_follows_from_the_name(monitor, mode):
    assert resolve_mode(monitor) == mode


@pytest.mark.parametrize(
    "targets", [(VALUE,), (BINARY,), (LABELS,), (VALUE, ONE_HOT, BINARY)], ids=lambda targets: f"{len(targets)}-outputs"
)
def test_log_names_are_the_keys_of_a_real_history(targets):
    heads = {}
    for target in targets:
        loss = complete("losses", "categorical_crossentropy") if target is ONE_HOT else None
        metrics = tuple(complete("metrics", name) for name in METRICS[target.task])
        heads[target.output] = resolve_output(target.task, TargetConfig(loss=loss, metrics=metrics))[0]
    case = Case("all", MultiOutputConfig(hidden_units=(2,)), CASES[0].inputs, targets)
    model = build_model(case.config, case.spec)
    compile_model(
        model,
        optimizer={"kind": "sgd"},
        losses={name: head.loss for name, head in heads.items()},
        metrics={name: head.metrics for name, head in heads.items()},
        labels={name: head.labels for name, head in heads.items()},
    )
    callbacks = build_callbacks(epochs=1, schedule={"kind": "step"}, progress=False)
    history = fit_keras(model, case.arrays(8), case.arrays(4), epochs=1, batch_size=8, callbacks=callbacks)
    assert sorted(history) == sorted(log_names(heads, learning_rate=True))
    assert sorted(log_names(heads, validation=False)) == sorted(
        name for name in history if not name.startswith("val_") and name != "learning_rate"
    )
