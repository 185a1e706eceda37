"""The trainer against Model.fit called by hand, and its promises about rows, randomness and models of one's own."""

import keras
import numpy as np
import pytest
from cases import BINARY, CASES, VALUE, Case

from nnrecipes.config.model import MultiOutputConfig, SequentialConfig
from nnrecipes.data.spec import Arrays, derive_seed
from nnrecipes.models.build import build_model
from nnrecipes.models.seeded import seeded
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import fit_keras, updates
from nnrecipes.training.predict import predict_arrays
from nnrecipes.training.randomness import reset_generators, row_order

DENSE = Case("dense", SequentialConfig(hidden_units=(8,)), CASES[0].inputs, (VALUE,))
NOISY = Case("noisy", SequentialConfig(hidden_units=(8, 8), dropout=0.5), CASES[0].inputs, (VALUE,))
TWO = Case("two", MultiOutputConfig(hidden_units=(4,)), CASES[0].inputs, (VALUE, BINARY))
MANY = next(case for case in CASES if case.name == "multimodal-heads")


def compiled(case, optimizer=None, model=None):
    model = model or build_model(case.config, case.spec, seed=1)
    return compile_model(model, optimizer=optimizer or {"kind": "adam"}, **case.compile_keywords())


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))


def test_each_epoch_is_model_fit_on_the_rows_in_the_epochs_order():
    arrays = DENSE.arrays(50)
    ours, theirs = compiled(DENSE), compiled(DENSE)
    history = fit_keras(ours, arrays, epochs=3, batch_size=16, seed=9)
    x, y = arrays.x["numbers"], arrays.y["price"]
    for epoch in range(3):
        order = np.random.default_rng(derive_seed(9, "rows", epoch)).permutation(50)
        expected = theirs.fit(x[order], y[order], batch_size=16, shuffle=False, verbose=0).history
        assert history["loss"][epoch] == pytest.approx(expected["loss"][0], rel=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_without_shuffling_the_rows_keep_their_order():
    arrays = DENSE.arrays(50)
    ours, theirs = compiled(DENSE), compiled(DENSE)
    fit_keras(ours, arrays, epochs=2, batch_size=16, shuffle=False)
    theirs.fit(arrays.x["numbers"], arrays.y["price"], batch_size=16, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_validation_rows_are_scored_as_evaluate_does():
    model = compiled(DENSE)
    validation = DENSE.arrays(30, seed=1)
    history = fit_keras(model, DENSE.arrays(20), validation, epochs=1, batch_size=8)
    expected = model.evaluate(validation.x["numbers"], validation.y["price"], verbose=0)
    assert history["val_loss"] == [pytest.approx(expected, rel=1e-5)]


def test_ten_thousand_rows_in_batches_of_200_for_20_epochs_are_1000_updates():
    case = Case("tiny", SequentialConfig(hidden_units=()), CASES[0].inputs, (VALUE,))
    model = compiled(case)
    fit_keras(model, case.arrays(10_000), epochs=20, batch_size=200)
    assert int(model.optimizer.iterations) == updates(10_000, 200, 20) == 1000


def test_a_last_batch_may_be_smaller():
    assert updates(101, 50, 2) == 6


def test_dropout_depends_on_the_seed():
    first, other = compiled(NOISY), compiled(NOISY)
    for model, seed in ((first, 3), (other, 4)):
        fit_keras(model, NOISY.arrays(40), epochs=1, batch_size=10, seed=seed, shuffle=False)
    assert not same(first, other)


def test_training_in_two_parts_is_training_in_one():
    arrays = NOISY.arrays(40)
    whole, parts = compiled(NOISY), compiled(NOISY)
    fit_keras(whole, arrays, epochs=3, batch_size=10, seed=3)
    fit_keras(parts, arrays, epochs=1, batch_size=10, seed=3)
    keras.layers.Dropout(0.1)  # what happens between does not count
    history = fit_keras(parts, arrays, epochs=3, initial_epoch=1, batch_size=10, seed=3)
    assert len(history["loss"]) == 2
    assert same(whole, parts)


def test_every_random_layer_is_reset_nested_ones_too():
    inner = keras.Sequential([keras.Input((3,)), keras.layers.GaussianNoise(1.0), keras.layers.Dropout(0.5)])
    model = keras.Sequential([keras.Input((3,)), inner, keras.layers.AlphaDropout(0.1)])
    assert reset_generators(model, seed=0, epoch=0) == 3
    states = [variable.numpy().tolist() for variable in model.variables if "seed_generator" in variable.path]
    assert len({tuple(state) for state in states}) == 3


def test_row_orders_of_two_epochs_differ():
    assert not np.array_equal(row_order(100, 0, 0), row_order(100, 0, 1))


def test_sample_weights_weigh_the_loss_of_their_output_only():
    plain, arrays = TWO.arrays(64), TWO.arrays(64)
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.5, 2, 64).astype("float32")
    weighted = Arrays(arrays.x, arrays.y, arrays.rows, {"late": weights})
    logs = {}
    for name, rows in (("plain", plain), ("weighted", weighted)):
        model = compiled(TWO, {"kind": "sgd", "learning_rate": 0.0})
        logs[name] = fit_keras(model, rows, epochs=1, batch_size=64, shuffle=False)
    probability = np.clip(predict_arrays(model, arrays.x)["late"][:, 0].astype("float64"), 1e-7, 1 - 1e-7)
    late = arrays.y["late"][:, 0]
    losses = -late * np.log(probability) - (1 - late) * np.log(1 - probability)
    assert logs["weighted"]["price_loss"] == pytest.approx(logs["plain"]["price_loss"], rel=1e-6)
    assert logs["weighted"]["late_loss"] == [pytest.approx(np.mean(losses * weights), rel=1e-5)]
    assert logs["plain"]["late_loss"] == [pytest.approx(np.mean(losses), rel=1e-5)]


class Plain(keras.Model):
    """A model of one's own: one input, one output."""

    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(8, activation="relu")
        self.drop = keras.layers.Dropout(0.2)
        self.out = keras.layers.Dense(1)

    def call(self, x, training=None):
        return self.out(self.drop(self.hidden(x), training=training))


class Named(keras.Model):
    """A model of one's own: several inputs and outputs by name."""

    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(12, 4)
        self.price, self.kind = keras.layers.Dense(1), keras.layers.Dense(3, activation="softmax")

    def call(self, x):
        joined = keras.ops.concatenate([x["numbers"], self.embedding(x["codes"][:, 0])], axis=1)
        return {"price": self.price(joined), "kind": self.kind(joined)}


@pytest.mark.parametrize(("case", "own"), [(DENSE, Plain), (MANY, Named)], ids=["plain", "named"])
def test_a_subclassed_model_trains_the_same_twice(case, own):
    models = []
    for _ in range(2):
        with seeded(1):  # Keras draws a layer's seed when its constructor runs, which is before we see the model
            models.append(compiled(case, model=own()))
    histories = [fit_keras(model, case.arrays(40), epochs=2, batch_size=8, seed=5) for model in models]
    assert histories[0] == histories[1]
    assert same(*models)
    names = [target.output for target in case.targets]
    outputs = predict_arrays(models[0], case.arrays(11).x, outputs=names)
    assert {name: values.shape for name, values in outputs.items()} == {
        target.output: (11, target.units) for target in case.targets
    }


def test_a_model_that_its_owner_compiled_trains_as_it_is():
    model = Plain()
    model.compile("rmsprop", "mae")
    history = fit_keras(model, DENSE.arrays(40), epochs=1, batch_size=8)
    assert list(history) == ["loss"]
    assert type(model.optimizer) is keras.optimizers.RMSprop


def test_a_functional_model_with_a_list_of_outputs_trains():
    x = keras.Input((4,), name="numbers")
    outputs = [keras.layers.Dense(1, name="price")(x), keras.layers.Dense(1, activation="sigmoid", name="late")(x)]
    model = compiled(TWO, model=keras.Model(x, outputs))
    history = fit_keras(model, TWO.arrays(20), epochs=1, batch_size=8)
    assert {"price_loss", "late_loss"} < set(history)
    assert set(predict_arrays(model, TWO.arrays(3).x)) == {"price", "late"}


def test_callbacks_that_only_know_keras_work(tmp_path):
    seen = []
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs)))),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True),
        keras.callbacks.EarlyStopping(patience=0, baseline=-1),
    ]
    history = fit_keras(compiled(DENSE), DENSE.arrays(20), DENSE.arrays(9), epochs=3, batch_size=8, callbacks=callbacks)
    assert seen[0] == (0, ["loss", "val_loss"])
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1 + len(history["loss"])
    assert (tmp_path / "best.keras").exists()


def test_a_trained_model_loads_safely_with_its_optimizer(tmp_path):
    model = compiled(NOISY)
    fit_keras(model, NOISY.arrays(20), epochs=1, batch_size=8)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert int(loaded.optimizer.iterations) == 3
    assert same(model, loaded)
