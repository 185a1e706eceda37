"""Regularisation that fades: shares by epoch, the optimizer against Keras' AdamW, and what a refit keeps of the curve."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from cases import TABLE

import nnrecipes as nn
from nnrecipes.config.load import load_config
from nnrecipes.data.spec import Arrays
from nnrecipes.layers.fading_dropout import FadingDropout
from nnrecipes.models.heads import Head
from nnrecipes.models.tabular import build_tabular
from nnrecipes.refitting import refit_values
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.choose import choose
from nnrecipes.training.compile import compile_model
from nnrecipes.training.costs import Work, seconds
from nnrecipes.training.fade import Fade
from nnrecipes.training.fading_adamw import FadingAdamW

ADAMW = {"kind": "adamw", "learning_rate": 0.01, "weight_decay": 0.5}
MSE = {"kind": "mean_squared_error"}


def tabular(**options):
    return build_tabular(inputs=[TABLE], outputs=[Head("y")], hidden_units=(16,), **options)


def weights_after(optimizer, steps=5):
    weight = keras.Variable([1.0, -2.0])
    for step in range(steps):
        optimizer.apply([keras.ops.convert_to_tensor([0.1 * step, 1.0])], [weight])
    return weight.numpy()


def test_with_a_share_of_1_it_is_keras_adamw_and_with_0_it_is_adam():
    ours = FadingAdamW(0.01, weight_decay=0.5)
    assert weights_after(ours) == pytest.approx(weights_after(keras.optimizers.AdamW(0.01, weight_decay=0.5)))
    ours = FadingAdamW(0.01, weight_decay=0.5)
    weight = keras.Variable([1.0, -2.0])
    ours.build([weight])
    ours.share.assign(0.0)
    ours.apply([keras.ops.ones(2)])
    plain = keras.Variable([1.0, -2.0])
    keras.optimizers.Adam(0.01).apply([keras.ops.ones(2)], [plain])
    assert weight.numpy() == pytest.approx(plain.numpy())


def test_shares_are_whole_in_the_first_half_and_then_fall():
    model = tabular(dropout=0.2)
    compile_model(model, optimizer=ADAMW, losses={"y": MSE}, labels={"y": "value"}, fading=True)
    fade = Fade(epochs=10)
    fade.set_model(model)
    dropout = next(layer for layer in model.layers if isinstance(layer, FadingDropout))
    seen = []
    for epoch in range(10):
        fade.on_epoch_begin(epoch)
        assert float(dropout.share) == float(model.optimizer.share)
        seen.append(float(dropout.share))
    wanted = [1.0] * 5 + [(1 + np.cos(np.pi * k / 5)) / 2 for k in range(5)]
    assert seen == pytest.approx(wanted, abs=1e-6)


def test_without_fading_the_optimizer_is_keras_own():
    model = compile_model(tabular(), optimizer=ADAMW, losses={"y": MSE}, labels={"y": "value"})
    assert type(model.optimizer) is keras.optimizers.AdamW


def test_epochs_of_the_curve_may_be_other_than_those_of_the_training():
    fade = build_callbacks(epochs=5, fade={"flat": 0.5, "epochs": 30}, progress=False)[0]
    assert (fade.epochs, fade.flat) == (30, 0.5)
    assert build_callbacks(epochs=5, fade={}, progress=False)[0].epochs == 5


def test_a_refit_goes_along_the_curve_of_its_run():
    recipe = {"data": {"source": {"kind": "arrays"}}, "targets": {"y": {"task": "regression"}}, "model": "tabular"}
    config = load_config(recipe, {"training.epochs": 30}).config
    history = {"val_loss": [3.0, 1.0, 2.0], "learning_rate": [0.05, 0.04, 0.01]}
    values = refit_values(config, history, "all", Path("first"))
    assert values["training"]["epochs"] == 2
    assert values["training"]["callbacks"]["fade"] == {"flat": 0.5, "epochs": 30}
    assert values["training"]["callbacks"]["schedule"]["factors"] == pytest.approx([1.0, 0.8])


def test_numbers_that_are_bent_make_xla_pay_sooner():
    steps = 2000
    plain, bent = Work(27), Work(27, bent=256 * 768)
    gain = seconds("graph", plain, steps) - seconds("xla", plain, steps)
    assert seconds("graph", bent, steps) - seconds("xla", bent, steps) > gain
    model = compile_model(tabular(), optimizer=ADAMW, losses={"y": MSE}, labels={"y": "value"})
    rows = np.zeros((256, 3), "float32")
    train = Arrays({"table": rows}, {"y": rows[:, :1]}, np.arange(256))
    assert choose(model, [train], epochs=20, batch_size=256).kind == "graph"


def test_a_process_that_has_trained_nothing_loads_the_run(tmp_path):
    """The file names the package's own optimizer, which has to be registered before it is read."""
    x = np.linspace(-1, 1, 60)
    rows = pd.DataFrame({"x": x, "y": x**3})
    recipe = {"data": {}, "targets": {"y": {"task": "regression"}}, "model": {"kind": "tabular", "preset": "fast"},
              "training": {"epochs": 2, "callbacks": {"progress": False}},
              "evaluation": {"plots": False, "bootstrap": 100}}  # fmt: skip
    run = nn.train(recipe, data=rows, runs_dir=tmp_path)
    code = (
        "import sys, numpy, nnrecipes\n"
        "model = nnrecipes.load_run(sys.argv[1]).model\n"
        "assert 'nnrecipes.training.compile' not in sys.modules\n"
        "print(type(model.optimizer).__name__, float(numpy.abs(model.get_weights()[-1]).sum()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(run.path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    name, total = done.stdout.split()
    assert name == "FadingAdamW"
    assert float(total) == pytest.approx(float(np.abs(run.model.get_weights()[-1]).sum()), rel=1e-6)
