"""The compiled trainer against Model.fit: the same numbers, callbacks and ends, whatever the model and the rows."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import BINARY, CASES, CLASSES, NUMBERS, VALUE, Case
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrecipes.config.branches import AugmentationConfig
from nnrecipes.config.model import SequentialConfig
from nnrecipes.config.names import complete
from nnrecipes.data.spec import Arrays
from nnrecipes.errors import ConfigError
from nnrecipes.layers.fading_dropout import FadingDropout
from nnrecipes.models.build import build_model
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.choose import choose, work_of
from nnrecipes.training.compile import compile_model
from nnrecipes.training.compiled import fit_compiled
from nnrecipes.training.costs import Work, costs, seconds
from nnrecipes.training.fit import fit_keras
from nnrecipes.training.form import form_of
from nnrecipes.training.obstacles import needs_batches, obstacle
from nnrecipes.training.program import KEPT, PROGRAMS, program_of
from nnrecipes.training.trainers import fit

DENSE = Case("dense", SequentialConfig(hidden_units=(8,)), (NUMBERS,), (VALUE,))
HARD = Case(
    "hard", SequentialConfig(hidden_units=(16, 8), dropout=0.3, batch_norm=True, l2=1e-3), (NUMBERS,), (BINARY,)
)
ADAM = {"kind": "adam", "learning_rate": 0.01, "epsilon": 1e-4}
"""Some gradients are 0 but for rounding, as that of a bias before a softmax over keys: this epsilon keeps them small."""
both = pytest.mark.parametrize("xla", [False, True], ids=["graph", "xla"])


def compiled(case, optimizer=ADAM, metrics=None, seed=1):
    model = build_model(case.config, case.spec, seed=seed)
    metrics = {name: [complete("metrics", metric) for metric in chosen] for name, chosen in (metrics or {}).items()}
    return compile_model(model, optimizer=optimizer, **case.compile_keywords(), metrics=metrics)


def agree(first, second, tolerance=1e-5):
    """Histories and models."""
    (history, model), (other, theirs) = first, second
    assert list(history) == list(other)
    for name, values in history.items():
        np.testing.assert_allclose(values, other[name], rtol=tolerance, atol=tolerance, err_msg=name)
    for weight, value, expected in zip(model.weights, model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance, err_msg=weight.path)


def both_trained(make, train, validation=None, *, xla, callbacks=list, **arguments):
    """The same model trained by fit and by ours."""
    options = {"epochs": 5, "batch_size": 16, "seed": 3, **arguments}
    models = make(), make()
    expected = fit_keras(models[0], train, validation, callbacks=callbacks(), **options)
    found = fit_compiled(models[1], train, validation, callbacks=callbacks(), xla=xla, **options)
    return (found, models[1]), (expected, models[0])


QUICK = ("sequential", "sequential-batch-norm", "multi_output")
LONG = ("tabular-members", "siamese-mirrored", "denoising_autoencoder")
EVERY = [
    pytest.param(case, xla, id=f"{case.name}-{'xla' if xla else 'graph'}", marks=[pytest.mark.slow] if slow else [])
    for case in CASES
    for xla in (False, True)
    for slow in [case.name not in QUICK if xla else case.name in LONG]  # XLA takes seconds to compile
]


@pytest.mark.parametrize(("case", "xla"), EVERY)
def test_every_builder_trains_as_with_fit(case, xla):
    case = unaltered(case) if xla else case
    agree(
        *both_trained(lambda: compiled(case), case.arrays(50), case.arrays(21, 1), xla=xla),
        1e-4 if _loops(case) else 1e-5,
    )


def unaltered(case):
    """Without what Keras' own layers draw in training, which XLA draws otherwise."""
    branches = {
        name: branch.model_copy(update={"augmentation": AugmentationConfig()})
        for name, branch in getattr(case.config, "branches", {}).items()
        if hasattr(branch, "augmentation")
    }
    if not branches:
        return case
    return replace(case, config=case.config.model_copy(update={"branches": {**case.config.branches, **branches}}))


def _loops(case):
    names = {type(layer).__name__ for layer in build_model(case.config, case.spec)._flatten_layers()}
    return any(word in name for name in names for word in ("Conv", "LSTM", "GRU", "RNN"))


@both
def test_dropout_batch_norm_and_regularisers_train_as_with_fit_in_all_metrics(xla):
    metrics = {"late": ["accuracy", "auc", "precision", "recall", "f1_score"]}
    agree(*both_trained(lambda: compiled(HARD, metrics=metrics), HARD.arrays(90), HARD.arrays(30, 1), xla=xla))


@pytest.mark.parametrize("metrics", [["rmse", "r2", "mae"], ["mape", "cosine_similarity"]], ids=str)
def test_metrics_of_regression(metrics):
    agree(
        *both_trained(lambda: compiled(DENSE, metrics={"price": metrics}), DENSE.arrays(50), DENSE.arrays(9), xla=True)
    )


OPTIMIZERS = (
    {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    {"kind": "adamw", "weight_decay": 0.01, "clipnorm": 0.1},
    {"kind": "rmsprop", "global_clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.9},
    {"kind": "adam", "gradient_accumulation_steps": 3, "clipvalue": 0.01},
)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda item: item["kind"])
def test_clipping_decay_averages_and_accumulation(optimizer):
    agree(*both_trained(lambda: compiled(DENSE, complete("optimizers", optimizer)), DENSE.arrays(50), xla=True))


@both
def test_a_schedule_of_keras_counts_the_updates(xla):
    def make():
        model = build_model(DENSE.config, DENSE.spec, seed=1)
        rate = keras.optimizers.schedules.CosineDecay(0.05, decay_steps=20)
        model.compile(keras.optimizers.SGD(rate), "mse", jit_compile=False)
        return model

    agree(*both_trained(make, DENSE.arrays(50), xla=xla))


@both
def test_weights_of_rows_count_for_their_output(xla):
    case = next(case for case in CASES if case.name == "multi_output")
    arrays = case.arrays(50)
    weights = {case.targets[0].output: np.random.default_rng(0).uniform(0, 2, 50).astype("float32")}
    rows = Arrays(arrays.x, arrays.y, arrays.rows, weights)
    agree(*both_trained(lambda: compiled(case), rows, rows, xla=xla))


@both
def test_mixed_precision_trains_as_with_fit(xla):
    def make():
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Dense(8, "relu", dtype="mixed_float16"), keras.layers.Dense(1, dtype="mixed_float16")]
        model = keras.Sequential([keras.Input((4,)), *layers])
        model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)), "mse", jit_compile=False)
        return model

    agree(*both_trained(make, DENSE.arrays(50), xla=xla), 2e-3)  # half precision has three digits


@settings(max_examples=6, deadline=None)
@given(rows=st.integers(1, 40), batch=st.integers(1, 48), units=st.lists(st.integers(1, 9), max_size=3),
       validation=st.integers(0, 30), zero=st.booleans())  # fmt: skip
def test_any_number_of_rows_batches_and_layers(rows, batch, units, validation, zero):
    case = Case("any", SequentialConfig(hidden_units=tuple(units)), (NUMBERS,), (CLASSES,))
    held_out = case.arrays(validation, 1) if validation else None

    def make():
        model = compiled(case, complete("optimizers", "sgd"))
        if zero:
            model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
        return model

    agree(*both_trained(make, case.arrays(rows), held_out, xla=False, batch_size=batch, epochs=2))


@pytest.mark.parametrize("rows", [1, 15, 16, 17, 32])
def test_any_last_batch_under_xla(rows):
    agree(*both_trained(lambda: compiled(DENSE), DENSE.arrays(rows), DENSE.arrays(3), xla=True, epochs=2))


@both
def test_early_stopping_stops_in_the_same_epoch_with_the_same_weights(xla):
    def callbacks():
        early = {"patience": 2, "min_delta": 0.01}
        plateau = {"kind": "reduce_on_plateau", "patience": 1, "factor": 0.5}
        return build_callbacks(epochs=40, early_stopping=early, schedule=plateau, progress=False)

    arguments = {"epochs": 40, "callbacks": callbacks}
    ours, theirs = both_trained(lambda: compiled(HARD), HARD.arrays(90), HARD.arrays(40, 1), xla=xla, **arguments)
    agree(ours, theirs)
    assert len(ours[0]["loss"]) < 40
    assert len(set(ours[0]["learning_rate"])) > 1


def test_callbacks_of_keras_see_what_fit_shows_them(tmp_path):
    def seen():
        notes = []
        names = ("train_begin", "epoch_begin", "epoch_end", "train_end", "test_begin", "test_end")

        def note(name):
            return lambda *given: notes.append((name, sorted(given[-1]) if isinstance(given[-1], dict) else None))

        class Watch(keras.callbacks.Callback):
            pass

        for name in names:
            setattr(Watch, f"on_{name}", lambda self, *given, name=name, **words: note(name)(*given, *words.values()))
        logger = keras.callbacks.CSVLogger(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv")
        best = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
        return [Watch(), logger, best, keras.callbacks.SwapEMAWeights(swap_on_epoch=True)], notes

    results = []
    for trainer in (fit_keras, fit_compiled):
        callbacks, notes = seen()
        model = compiled(DENSE, complete("optimizers", {"kind": "sgd", "use_ema": True, "ema_momentum": 0.5}))
        history = trainer(model, DENSE.arrays(20), DENSE.arrays(9), epochs=2, batch_size=8, callbacks=callbacks)
        results.append((history, notes, model.get_weights()))
    assert results[0][1] == results[1][1]
    for name, values in results[0][0].items():
        np.testing.assert_allclose(results[1][0][name], values, rtol=1e-5)
    first, second = (np.genfromtxt(tmp_path / f"{n}.csv", delimiter=",", skip_header=1) for n in (0, 2))
    np.testing.assert_allclose(first, second, rtol=1e-5)


@both
def test_training_in_two_parts_is_training_in_one_bit_for_bit(xla):
    whole, parts, arrays = compiled(HARD), compiled(HARD), HARD.arrays(90)
    options = {"batch_size": 16, "seed": 3, "xla": xla}
    fit_compiled(whole, arrays, epochs=4, **options)
    fit_compiled(parts, arrays, epochs=2, **options)
    fit_compiled(parts, arrays, epochs=4, initial_epoch=2, **options)
    assert all(np.array_equal(a, b) for a, b in zip(whole.get_weights(), parts.get_weights(), strict=True))


@both
def test_a_training_step_of_the_models_own_logs_what_it_returns(xla):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = keras.layers.Dense(1)

        def call(self, x):
            return self.out(x)

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self(x) - y) ** 2)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            return {"last_loss": loss, "size": tf.cast(tf.shape(x)[0], "float32")}

    def make():
        keras.utils.set_random_seed(0)
        model = Own()
        model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
        return model

    for rows in (40, 48):
        ours, theirs = both_trained(make, DENSE.arrays(rows), xla=xla, epochs=2)
        agree(ours, theirs)
        assert ours[0]["size"] == [rows % 16 or 16] * 2


OPTIONS = {"batch_size": 8, "validation_batch_size": 1024, "xla": False}


def test_a_second_model_of_the_form_takes_the_program_of_the_first_and_ends_bit_for_bit_as_in_a_fresh_process():
    def trained(rate, seed):
        model = compiled(HARD, {"kind": "adam", "learning_rate": rate, "epsilon": 1e-4}, seed=seed)
        history = fit_compiled(model, HARD.arrays(20), HARD.arrays(9, 1), epochs=3, batch_size=8, seed=seed, xla=False)
        return program_of(model, **OPTIONS), model.get_weights(), history

    PROGRAMS.clear()
    fresh = trained(0.02, 5)
    PROGRAMS.clear()
    first = trained(0.01, 1)
    assert first[0].functions.traces == 1
    again = trained(0.02, 5)
    assert again[0] is first[0]
    assert again[0].functions.traces == 1
    assert again[2] == fresh[2]
    assert all(np.array_equal(a, b) for a, b in zip(again[1], fresh[1], strict=True))
    assert not np.array_equal(first[1][0], again[1][0])


@pytest.mark.parametrize("fading", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_program_reads_dropout_and_weight_decay_of_each_model_and_keeps_them_out_of_what_is_saved(fading):
    def make(dropout, decay):
        model = build_model(SequentialConfig(hidden_units=(16,), dropout=dropout), HARD.spec, seed=1)
        if fading:
            first, *_, last = model.layers
            layers = [keras.Input(model.input_shape[1:]), first, FadingDropout(dropout, seed=1), last]
            model = keras.Sequential(layers)
        optimizer = complete("optimizers", {"kind": "adamw", "learning_rate": 0.01, "weight_decay": decay})
        return compile_model(model, optimizer={**optimizer, "epsilon": 1e-4}, **HARD.compile_keywords(), fading=fading)

    PROGRAMS.clear()
    ends = []
    for dropout, decay in ((0.1, 0.01), (0.6, 0.9), (0.1, 0.9)):
        ours, theirs = both_trained(lambda: make(dropout, decay), HARD.arrays(50), HARD.arrays(9, 1), xla=False)  # noqa: B023
        agree(ours, theirs)
        ends.append(ours[0]["loss"][-1])
        assert ours[1].optimizer.weight_decay == decay
        assert len(ours[1].weights) == len(theirs[1].weights)
        assert not any("given" in variable.path for variable in ours[1].variables)
    (program,) = PROGRAMS.values()
    assert program.functions.traces == 1
    assert len(set(ends)) == 3


def test_another_loss_activation_or_frozen_layer_has_a_form_of_its_own_and_a_rate_or_decay_has_not():
    def form(**changes):
        options = {"activation": "relu", "loss": "mse", "rate": 0.1, "decay": None, "frozen": False, "seed": 0}
        chosen = options | changes
        keras.utils.set_random_seed(chosen["seed"])
        hidden = keras.layers.Dense(3, chosen["activation"], trainable=not chosen["frozen"])
        model = keras.Sequential([keras.Input((2,)), hidden, keras.layers.Dense(1)])
        optimizer = keras.optimizers.Adam(chosen["rate"], weight_decay=chosen["decay"])
        model.compile(optimizer, chosen["loss"], jit_compile=False)
        return form_of(model)

    assert form() is not None
    assert form() == form(rate=0.2) == form(seed=4)
    assert form(decay=0.1) == form(decay=0.2)  # which the program reads from a variable
    others = [form(activation="tanh"), form(loss="mae"), form(decay=0.1), form(frozen=True)]
    assert len({form(), *others}) == 5


def test_what_a_configuration_does_not_tell_has_no_form():
    class Own(keras.layers.Layer):
        def call(self, x):
            return x

    adapted = keras.layers.Normalization()
    adapted.adapt(np.ones((3, 2), "float32"))
    for layer in (Own(), adapted, keras.layers.Dense(1, activation=lambda x: x)):
        model = keras.Sequential([keras.Input((2,)), layer])
        model.compile("sgd", "mse")
        assert form_of(model) is None


def test_the_latest_programs_are_kept_and_no_more():
    PROGRAMS.clear()
    for batch_size in range(KEPT + 3):
        program_of(compiled(DENSE), batch_size=batch_size + 1, validation_batch_size=8, xla=False)
    assert [form[1] for form in PROGRAMS] == list(range(4, KEPT + 4))


def test_a_model_without_a_form_keeps_a_program_of_its_own_while_it_is_compiled_as_it_was():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation=lambda x: 2 * x)])
    model.compile("sgd", "mse", jit_compile=False)
    fit_compiled(model, DENSE.arrays(20), epochs=1, batch_size=8, xla=False)
    program = program_of(model, **OPTIONS)
    fit_compiled(model, DENSE.arrays(20, seed=5), epochs=1, batch_size=8, xla=False)
    assert program_of(model, **OPTIONS) is program
    assert program.functions.traces == 1
    model.compile("sgd", "mae", jit_compile=False)
    assert program_of(model, **OPTIONS) is not program


def test_what_xla_cannot_compile_runs_as_a_graph_and_says_so():
    class Python(keras.layers.Layer):
        def call(self, x):
            return x + tf.ensure_shape(tf.numpy_function(lambda: np.float32(0), [], tf.float32), [])

    said = []
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), Python(), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    other.compile("sgd", "mse", jit_compile=False)
    found = fit_compiled(model, DENSE.arrays(20), epochs=2, batch_size=8, xla=True, say=said.append)
    expected = fit_keras(other, DENSE.arrays(20), epochs=2, batch_size=8)
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-5)
    assert [line.partition(": ")[0] for line in said] == ["trainer graph"]


class Batches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        """Do nothing."""


@pytest.mark.parametrize(
    ("callback", "needs"),
    [
        (Batches(), True),
        (keras.callbacks.TerminateOnNaN(), True),
        (keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_: None), True),
        (keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: None), False),
        (keras.callbacks.TensorBoard("x", profile_batch=0), False),
        (keras.callbacks.TensorBoard("x", profile_batch=0, update_freq="batch"), True),
        (keras.callbacks.TensorBoard("x", profile_batch=2), True),
        (keras.callbacks.ModelCheckpoint("x.keras"), False),
        (keras.callbacks.ModelCheckpoint("x.keras", save_freq=3), True),
        (keras.callbacks.ReduceLROnPlateau(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_callbacks_that_act_at_batches_are_known(callback, needs):
    assert needs_batches(callback) is needs


def test_where_an_epoch_cannot_be_one_program_auto_takes_fit_and_says_why():
    model, arrays, said = compiled(DENSE), DENSE.arrays(20), []
    history = fit(model, arrays, epochs=1, batch_size=8, callbacks=[Batches()], say=said.append)
    assert said == ["trainer keras: Batches acts at batches"]
    agree((history, model), both_trained(lambda: compiled(DENSE), arrays, xla=False, epochs=1, batch_size=8, seed=0)[1])
    big = choose(model, [arrays], epochs=1, batch_size=8, memory_limit=1e-9)
    assert (big.kind, big.reason[:17]) == ("keras", "the rows take 3.7")
    words = Arrays({"numbers": np.array([["a"]])}, arrays.y, arrays.rows)
    assert obstacle(model, [words], (), 1.0) == "the network takes text"
    model.run_eagerly = True
    assert choose(model, [arrays], epochs=1, batch_size=8).reason == "the model runs eagerly"
    with pytest.raises(ConfigError, match=r"expected auto or keras, as the model runs eagerly\. Received: 'compiled'"):
        choose(model, [arrays], trainer="compiled", epochs=1, batch_size=8)
    assert choose(model, [arrays], trainer="keras", epochs=1, batch_size=8).kind == "keras"


def test_xla_is_taken_for_long_trainings_of_networks_that_it_suits():
    arrays = [DENSE.arrays(160)]
    assert choose(compiled(DENSE), arrays, epochs=1, batch_size=16).kind == "graph"
    assert choose(compiled(DENSE), arrays, epochs=100_000, batch_size=16).kind == "xla"
    convolution = keras.Sequential(
        [keras.Input((8, 1)), keras.layers.Conv1D(2, 3), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    dropout = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    recurrent = keras.Sequential([keras.Input((8, 2)), keras.layers.LSTM(3), keras.layers.Dense(1)])
    recurrent.compile("adam", "mse")
    assert choose(recurrent, arrays, epochs=100_000, batch_size=16).kind == "xla"
    for model, reason in ((convolution, "convolutions"), (dropout, "the random numbers of Keras' Dropout")):
        model.compile("adam", "mse")
        chosen = choose(model, arrays, epochs=100_000, batch_size=16)
        assert (chosen.kind, chosen.reason) == ("graph", f"XLA is slow at {reason} on a CPU")


def test_the_choice_follows_from_the_table_and_the_work_alone(monkeypatch):
    def kind(epochs):
        return choose(compiled(DENSE), [DENSE.arrays(160)], epochs=epochs, batch_size=16).kind

    row = dict.fromkeys(costs()["graph"], 0.0)
    table = {"graph": {**row, "step": 1e-3}, "xla": {**row, "begin": 1.0}}
    monkeypatch.setattr("nnrecipes.training.costs.costs", lambda: table)
    assert [kind(epochs) for epochs in (99, 101, 99)] == ["graph", "xla", "graph"]  # 10 updates an epoch, 1 ms each
    work = Work(variables=3, numbers=5, turns=7, bent=11)
    table["graph"] = {"begin": 1, "begin_variable": 10, "begin_turns": 100, "step": 2, "step_variable": 3,
                      "member_variable": 0, "number": 4, "turn": 5, "bent": 6}  # fmt: skip
    assert seconds("graph", work, steps=2, networks=3) == 131 + 6 * (2 + 9 + 20 + 35 + 66)
    table["graph_members"] = {**table["graph"], "member_variable": 7}
    assert seconds("graph_members", work, steps=2, networks=3) == 131 + 2 * (2 + 9 + 3 * (21 + 20 + 35 + 66))


def test_work_of_a_step_is_counted_from_the_network():
    recurrent = keras.Sequential([keras.Input((9, 2)), keras.layers.LSTM(3), keras.layers.Dense(1)])
    recurrent.compile("adam", "mse")
    assert work_of(recurrent, 10) == Work(variables=5, numbers=10 * (2 * 12 + 3 * 12 + 12 + 4), turns=9)


@pytest.mark.slow
def test_dropout_of_keras_agrees_in_distribution():
    """Under XLA it draws other masks: the mean final loss of 20 seeds is within the standard error of the difference."""
    ends = {"fit": [], "xla": []}
    for seed in range(20):
        for name in ends:
            keras.utils.set_random_seed(seed)
            model = keras.Sequential(
                [keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
            )
            model.compile("adam", "mse", jit_compile=False)
            trainer = fit_keras if name == "fit" else fit_compiled
            ends[name].append(trainer(model, DENSE.arrays(60), epochs=20, batch_size=16, seed=seed)["loss"][-1])
    difference = np.subtract(ends["fit"], ends["xla"])
    assert abs(difference.mean()) < 3 * difference.std(ddof=1) / np.sqrt(20)
