"""Several networks in one program: each ends as it does alone, and callbacks act on each."""

import keras
import numpy as np
import pytest
from cases import BINARY, CASES, CLASSES, NUMBERS, VALUE, Case

from nnrecipes.config.model import SequentialConfig
from nnrecipes.config.names import complete
from nnrecipes.data.spec import Arrays
from nnrecipes.models.build import build_model
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import fit_keras
from nnrecipes.training.form import form_of
from nnrecipes.training.member_obstacles import member_obstacle
from nnrecipes.training.member_program import UnstackedError
from nnrecipes.training.together import Member, fit_together

HARD = Case(
    "hard", SequentialConfig(hidden_units=(16, 8), dropout=0.3, batch_norm=True, l2=1e-3), (NUMBERS,), (BINARY,)
)
DENSE = Case("dense", SequentialConfig(hidden_units=(8,)), (NUMBERS,), (VALUE,))
ADAM = {"kind": "adam", "learning_rate": 0.01, "epsilon": 1e-4}


def compiled(case, seed, optimizer=ADAM, metrics=None):
    model = build_model(case.config, case.spec, seed=seed)
    metrics = {name: [complete("metrics", metric) for metric in chosen] for name, chosen in (metrics or {}).items()}
    return compile_model(model, optimizer=optimizer, **case.compile_keywords(), metrics=metrics)


def check_each(make, sets, *, xla=False, callbacks=list, epochs=5, batch_size=16, tolerance=1e-5):
    """Train together, and each alone with Model.fit; compare; return the histories."""
    models = [make(seed) for seed in range(len(sets))]
    members = [
        Member(model, train, held_out, seed + 3, callbacks())
        for seed, (model, (train, held_out)) in enumerate(zip(models, sets, strict=True))
    ]
    found = fit_together(members, epochs=epochs, batch_size=batch_size, xla=xla)
    for seed, (train, held_out) in enumerate(sets):
        alone = make(seed)
        expected = fit_keras(
            alone, train, held_out, epochs=epochs, batch_size=batch_size, seed=seed + 3, callbacks=callbacks()
        )
        assert list(found[seed]) == list(expected)
        for name, values in expected.items():
            np.testing.assert_allclose(found[seed][name], values, rtol=tolerance, atol=tolerance, err_msg=name)
        for ours, theirs in zip(models[seed].get_weights(), alone.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    return found


def folds(case, count=3, rows=50, held_out=21):
    return [(case.arrays(rows, seed), case.arrays(held_out, seed + 9)) for seed in range(count)]


def shared(case, count=3, rows=50):
    return [(case.arrays(rows), case.arrays(21, 1))] * count


QUICK = ("layers-embedding", "multi_output")
UNSTACKED = ("multimodal-images", "multimodal-sequences", "denoising_autoencoder", "siamese-mirrored")
STACKED = [
    pytest.param(case, id=case.name, marks=() if case.name in QUICK else pytest.mark.slow)
    for case in CASES
    if case.name not in UNSTACKED
]


@pytest.mark.parametrize("case", STACKED)
def test_each_member_trains_as_alone(case):
    assert member_obstacle(compiled(case, 0), [], []) is None
    check_each(lambda seed: compiled(case, seed), shared(case) if case.name == "layers" else folds(case), epochs=2)


def test_what_cannot_be_stacked_is_left_as_it_was_and_named():
    def model(seed):
        keras.utils.set_random_seed(seed)
        layers = [keras.layers.Conv1D(2, 2), keras.layers.Flatten(), keras.layers.Dense(1)]
        made = keras.Sequential([keras.Input((4, 3)), *layers])
        made.compile("sgd", "mse", jit_compile=False)
        return made

    models = [model(seed) for seed in range(2)]
    before = [each.get_weights() for each in models]
    x = np.random.default_rng(0).normal(size=(20, 4, 3)).astype("float32")
    rows = Arrays({"x": x}, {"y": x[:, 0, :1]}, np.arange(20))
    with pytest.raises(UnstackedError):
        fit_together([Member(each, rows, None, 0) for each in models], epochs=1, batch_size=16)
    for each, weights in zip(models, before, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(each.get_weights(), weights, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("xla", [False, True], ids=["graph", "xla"])
def test_dropout_batch_norm_regularisers_and_metrics_of_each(xla):
    metrics = {"late": ["accuracy", "auc", "precision", "f1_score"]}
    check_each(lambda seed: compiled(HARD, seed, metrics=metrics), folds(HARD), xla=xla)


@pytest.mark.parametrize(
    "optimizer",
    [
        {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "clipnorm": 0.1},
        {"kind": "adamw", "weight_decay": 0.01, "global_clipnorm": 0.1},
        pytest.param({"kind": "rmsprop", "use_ema": True, "ema_momentum": 0.9}, marks=pytest.mark.slow),
        pytest.param({"kind": "lamb"}, marks=pytest.mark.slow),
        pytest.param({"kind": "nadam"}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_optimizers_with_norms_decay_and_averages(optimizer):
    check_each(lambda seed: compiled(DENSE, seed, complete("optimizers", optimizer)), shared(DENSE))


def test_members_that_differ_in_dropout_weight_decay_and_learning_rate_share_a_program():
    def make(seed):
        hard = Case("hard", HARD.config.model_copy(update={"dropout": 0.1 + 0.2 * seed}), (NUMBERS,), (BINARY,))
        decayed = {"kind": "adamw", "learning_rate": 0.01 / (seed + 1), "weight_decay": 0.3 * seed, "epsilon": 1e-4}
        return compiled(hard, seed, complete("optimizers", decayed))

    found = check_each(make, shared(HARD))
    assert len({history["loss"][-1] for history in found}) == 3
    assert len({form_of(make(seed)) for seed in range(3)}) == 1


def test_each_stops_in_its_own_epoch_with_its_best_weights_and_its_own_learning_rate():
    def callbacks():
        early = {"patience": 2, "min_delta": 0.01}
        plateau = {"kind": "reduce_on_plateau", "patience": 1, "factor": 0.5}
        return build_callbacks(epochs=40, early_stopping=early, schedule=plateau, progress=False)

    found = check_each(lambda seed: compiled(HARD, seed), folds(HARD, 4, 90, 40), callbacks=callbacks, epochs=40)
    lengths = [len(history["loss"]) for history in found]
    assert len(set(lengths)) > 1
    assert max(lengths) < 40


def test_weights_of_rows_and_two_outputs():
    case = next(case for case in CASES if case.name == "multi_output")

    def weighted(seed):
        arrays = case.arrays(50, seed)
        weights = {case.targets[0].output: np.random.default_rng(seed).uniform(0, 2, 50).astype("float32")}
        return Arrays(arrays.x, arrays.y, arrays.rows, weights)

    check_each(lambda seed: compiled(case, seed), [(weighted(seed), None) for seed in range(3)])


@pytest.mark.parametrize("rows", [1, 33])
def test_any_last_batch(rows):
    case = Case("any", SequentialConfig(hidden_units=(5,)), (NUMBERS,), (CLASSES,))
    check_each(lambda seed: compiled(case, seed, complete("optimizers", "sgd")), folds(case, 2, rows, 3), epochs=2)


def test_one_that_is_behind_catches_up_bit_for_bit():
    sets, epochs = folds(HARD), 4
    whole = [compiled(HARD, seed) for seed in range(3)]
    fit_together([Member(model, *rows, seed) for seed, (model, rows) in enumerate(zip(whole, sets, strict=True))],
                 epochs=epochs, batch_size=16)  # fmt: skip
    models = [compiled(HARD, seed) for seed in range(3)]
    members = [Member(model, *rows, seed) for seed, (model, rows) in enumerate(zip(models, sets, strict=True))]
    fit_together(members, epochs=2, batch_size=16)
    keep = [variable.numpy() for variable in [*models[1].variables, *models[1].optimizer.variables]]
    for member in members:
        member.initial_epoch = 2
    fit_together(members, epochs=3, batch_size=16)
    for variable, value in zip([*models[1].variables, *models[1].optimizer.variables], keep, strict=True):
        variable.assign(value)  # as after a kill between the files of two members
    members[0].initial_epoch, members[1].initial_epoch, members[2].initial_epoch = 3, 2, 3
    fit_together(members, epochs=epochs, batch_size=16)
    for ours, theirs in zip(models, whole, strict=True):
        for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_what_has_no_form_for_several_networks_is_named():
    class Own(keras.callbacks.Callback):
        pass

    convolution = next(case for case in CASES if case.name == "multimodal-images")
    assert "Conv2D" in member_obstacle(compiled(convolution, 0), [], [])
    assert member_obstacle(compiled(DENSE, 0), [], [Own()]) == "Own is one callback for all of them"
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    assert member_obstacle(compiled(DENSE, 0), [swap], []) == "SwapEMAWeights acts at tests"
    layers = [keras.Input((4,)), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", lambda truth, found: keras.ops.mean((truth - found) ** 2))
    assert form_of(model) is None
    assert "does not say all" in member_obstacle(model, [], [])
