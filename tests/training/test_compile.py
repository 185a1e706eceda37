"""compile_model: what is logged, against scikit-learn and numpy on the model's own predictions."""

import keras
import numpy as np
import pytest
from cases import BINARY, CASES, CLASSES, LABELS, ONE_HOT, VALUE, Case
from sklearn import metrics as oracle

from nnrecipes.config.model import MultiOutputConfig
from nnrecipes.config.names import complete
from nnrecipes.data.spec import TargetSpec
from nnrecipes.errors import ConfigError
from nnrecipes.models.build import build_model
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import fit_keras
from nnrecipes.training.predict import predict_arrays

ROWS = 200
MARGIN = TargetSpec("late", "late", "binary", "tanh", "binary", ("no", "yes"))


def logged(targets, metrics, losses=None, loss_weights=None):
    """One batch at a learning rate of 0: what is logged, the labels and the predictions."""
    case = Case("one", MultiOutputConfig(hidden_units=(8,)), CASES[0].inputs, targets)
    model, arrays = build_model(case.config, case.spec, seed=1), case.arrays(ROWS)
    compile_model(
        model,
        optimizer={"kind": "sgd", "learning_rate": 0.0},
        **{**case.compile_keywords(), **({"losses": losses} if losses else {})},
        metrics={output: [complete("metrics", metric) for metric in chosen] for output, chosen in metrics.items()},
        loss_weights=loss_weights,
    )
    history = fit_keras(model, arrays, epochs=1, batch_size=ROWS)
    outputs = predict_arrays(model, arrays.x)
    return {name: values[0] for name, values in history.items()}, arrays.y, outputs


def test_regression_metrics():
    logs, y, predicted = logged((VALUE,), {"price": ["mae", "rmse", "r2", {"kind": "mse"}]})
    truth, values = y["price"], predicted["price"]
    assert logs["mean_absolute_error"] == pytest.approx(oracle.mean_absolute_error(truth, values), rel=1e-5)
    assert logs["root_mean_squared_error"] == pytest.approx(oracle.root_mean_squared_error(truth, values), rel=1e-5)
    assert logs["r2_score"] == pytest.approx(oracle.r2_score(truth, values), rel=1e-4)
    assert logs["loss"] == pytest.approx(oracle.mean_squared_error(truth, values), rel=1e-5)


def test_binary_metrics():
    chosen = ["accuracy", {"kind": "auc", "num_thresholds": 5000}, "precision", "recall", "f1_score"]
    logs, y, predicted = logged((BINARY,), {"late": chosen})
    truth, values = y["late"], predicted["late"]
    assert logs["loss"] == pytest.approx(oracle.log_loss(truth, values), rel=1e-4)
    assert logs["accuracy"] == pytest.approx(oracle.accuracy_score(truth, values > 0.5))
    assert logs["auc"] == pytest.approx(oracle.roc_auc_score(truth, values), abs=2e-3)
    assert logs["precision"] == pytest.approx(oracle.precision_score(truth, values > 0.5))
    assert logs["recall"] == pytest.approx(oracle.recall_score(truth, values > 0.5))
    assert logs["f1_score"] == pytest.approx(oracle.f1_score(truth, values > 0.5), rel=1e-5)


@pytest.mark.parametrize("target", [CLASSES, ONE_HOT], ids=["index", "one-hot"])
def test_accuracy_of_classes_fits_the_form_of_the_labels(target):
    logs, y, predicted = logged((target,), {"kind": ["accuracy"]})
    truth = y["kind"] if target is CLASSES else y["kind"].argmax(axis=1)
    assert logs["accuracy"] == pytest.approx(oracle.accuracy_score(truth, predicted["kind"].argmax(axis=1)))
    assert logs["loss"] == pytest.approx(oracle.log_loss(truth, predicted["kind"]), rel=1e-4)


def test_f1_of_several_classes_is_one_number():
    logs, y, predicted = logged((ONE_HOT,), {"kind": ["f1_score", {"kind": "f1_score", "average": "weighted"}]})
    truth, values = y["kind"].argmax(axis=1), predicted["kind"].argmax(axis=1)
    assert logs["f1_score"] == pytest.approx(oracle.f1_score(truth, values, average="macro"), rel=1e-5)
    assert logs["f1_score_2"] == pytest.approx(oracle.f1_score(truth, values, average="weighted"), rel=1e-5)


def test_accuracy_of_labels_is_the_share_of_right_cells():
    logs, y, predicted = logged((LABELS,), {"tags": ["accuracy"]})
    assert logs["accuracy"] == pytest.approx(np.mean((predicted["tags"] > 0.5) == (y["tags"] > 0.5)))


def test_metrics_of_margins_cut_at_zero():
    chosen = ["accuracy", {"kind": "auc", "num_thresholds": 5000}, "precision", "recall"]
    logs, y, predicted = logged((MARGIN,), {"late": chosen}, losses={"late": {"kind": "hinge"}})
    truth, values = y["late"], predicted["late"]
    assert values.min() < 0 < values.max()
    assert logs["loss"] == pytest.approx(np.mean(np.maximum(0, 1 - (2 * truth - 1) * values)), rel=1e-5)
    assert logs["accuracy"] == pytest.approx(oracle.accuracy_score(truth, values > 0))
    assert logs["precision"] == pytest.approx(oracle.precision_score(truth, values > 0))
    assert logs["recall"] == pytest.approx(oracle.recall_score(truth, values > 0))
    assert logs["auc"] == pytest.approx(oracle.roc_auc_score(truth, values), abs=2e-3)


def test_loss_is_the_weighted_sum_of_the_heads():
    logs, y, predicted = logged((VALUE, CLASSES), {"kind": ["accuracy"]}, loss_weights={"price": 0.25, "kind": 2.0})
    squared = oracle.mean_squared_error(y["price"], predicted["price"])
    crossentropy = oracle.log_loss(y["kind"], predicted["kind"])
    assert logs["price_loss"] == pytest.approx(squared, rel=1e-5)
    assert logs["kind_loss"] == pytest.approx(crossentropy, rel=1e-4)
    assert logs["loss"] == pytest.approx(0.25 * squared + 2 * crossentropy, rel=1e-4)
    assert logs["kind_accuracy"] == pytest.approx(oracle.accuracy_score(y["kind"], predicted["kind"].argmax(axis=1)))


def test_iris_losses_of_the_field():
    losses = {"price": {"kind": "mae"}, "kind": complete("losses", "sparse_categorical_crossentropy")}
    logs, y, predicted = logged((VALUE, CLASSES), {}, losses=losses)
    assert logs["price_loss"] == pytest.approx(oracle.mean_absolute_error(y["price"], predicted["price"]), rel=1e-5)
    assert logs["loss"] == pytest.approx(logs["price_loss"] + logs["kind_loss"], rel=1e-5)


def test_a_loss_weight_of_the_only_head_counts():
    logs, y, predicted = logged((VALUE,), {}, loss_weights={"price": 3.0})
    assert logs["loss"] == pytest.approx(3 * oracle.mean_squared_error(y["price"], predicted["price"]), rel=1e-5)


def test_optimizers_take_all_their_arguments():
    model = build_model(CASES[0].config, CASES[0].spec)
    optimizer = complete(
        "optimizers", {"kind": "SGD", "learning_rate": 0.3, "momentum": 0.9, "nesterov": True, "clipnorm": 1.0}
    )
    compile_model(model, optimizer=optimizer, **CASES[0].compile_keywords())
    made = model.optimizer
    assert type(made) is keras.optimizers.SGD
    assert (float(made.learning_rate), made.momentum, made.nesterov, made.clipnorm) == (
        pytest.approx(0.3),
        0.9,
        True,
        1.0,
    )
    assert model.jit_compile is False


@pytest.mark.parametrize(
    ("keywords", "place"),
    [
        ({"optimizer": {"kind": "adam", "beta_3": 1}}, r"training\.optimizer"),
        ({"losses": {"price": {"kind": "huber", "beta": 1}}}, r"targets\.price\.loss"),
        ({"metrics": {"price": [{"kind": "mae"}, {"kind": "auc", "curve": "ROCK"}]}}, r"targets\.price\.metrics\.1"),
        ({"optimizer": {"kind": "adamm"}}, r"training\.optimizer"),
    ],
)
def test_what_keras_refuses_is_a_config_error_with_its_place(keywords, place):
    model = build_model(CASES[0].config, CASES[0].spec)
    with pytest.raises(ConfigError, match=f"^{place}: expected arguments that Keras takes"):
        compile_model(model, **{"optimizer": {"kind": "adam"}, **CASES[0].compile_keywords(), **keywords})
