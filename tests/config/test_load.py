"""Recipes as files: every mistake is one line that says where, what is expected, what was received and the nearest name."""

import pathlib
from pathlib import Path

import pytest

from nnrecipes.config.consistency import fill
from nnrecipes.config.load import load_config, resolved, write_yaml
from nnrecipes.config.shipped import target_recipe_names
from nnrecipes.errors import ConfigError

GOOD = """\
data:
  source: {kind: sklearn, name: wine}
  split: {kind: stratified, test: 0.2}
targets:
  cultivar: {task: multiclass}
model:
  kind: sequential
  hidden_units: [32, 16]
training:
  epochs: 20
  optimizer: {kind: adam, learning_rate: 1e-2}
  callbacks:
    early_stopping: {patience: 5}
"""

BAD = {
    "misspelt_key_at_the_top": ("training:", "trainning:", ":9: trainning: expected one of the keys", "Did you mean training?"),
    "misspelt_key_deep_down": ("{patience: 5}", "{patiense: 5}", ":13: training.callbacks.early_stopping.patiense:", "Did you mean patience?"),
    "missing_section": ("targets:\n  cultivar: {task: multiclass}\n", "", "targets: expected a value here", "Received: nothing"),
    "wrong_type": ("epochs: 20", "epochs: many", ":10: training.epochs: expected an integer", "'many'"),
    "number_as_string": ("epochs: 20", "epochs: '20'", ":10: training.epochs: expected an integer", "'20'"),
    "float_for_integer": ("epochs: 20", "epochs: 2.5", ":10: training.epochs: expected an integer", "2.5"),
    "boolean_for_integer": ("epochs: 20", "epochs: true", ":10: training.epochs: expected an integer", "True"),
    "unknown_model": ("kind: sequential", "kind: sequental", ":7: model.kind: expected one of sequential", "Did you mean sequential?"),
    "unknown_data_set": ("name: wine", "name: whine", ":2: data.source.name: expected one of iris, wine", "Did you mean wine?"),
    "unknown_optimizer": ("kind: adam", "kind: adamm", ":11: training.optimizer.kind: expected one of Keras' optimizers", "Did you mean adam?"),
    "unknown_optimizer_argument": ("learning_rate: 1e-2", "lerning_rate: 1e-2", ":11: training.optimizer.lerning_rate:", "Did you mean learning_rate?"),
    "out_of_range": ("[32, 16]", "[32, -2]", ":8: model.hidden_units.1: expected an integer above 0", "Received: -2"),
    "share_out_of_range": ("test: 0.2", "test: 1.5", ":3: data.split.test:", "Received: 1.5"),
    "bare_kind_that_is_unknown": ("{kind: stratified, test: 0.2}", "stratifed", ":3: data.split.kind: expected one of random", "Did you mean stratified?"),
    "bare_kind_that_needs_a_value": ("{kind: stratified, test: 0.2}", "group", ":3: data.split.column: expected a value here", "Received: nothing"),
    "duplicate_key": ("  epochs: 20\n", "  epochs: 20\n  epochs: 30\n", ":10: training.epochs: expected this key once", "line 11"),
    "loss_that_does_not_fit": ("{task: multiclass}", "{task: multiclass, loss: mse, activation: linear}", ":5: targets.cultivar.activation: expected softmax or sigmoid", "'linear'"),
    "regression_loss_for_classes": ("{task: multiclass}", "{task: multiclass, loss: mae}", ":5: targets.cultivar.loss: expected a loss that fits", "mean_absolute_error"),
    "metric_that_does_not_fit": ("{task: multiclass}", "{task: multiclass, metrics: [r2]}", ":5: targets.cultivar.metrics.0: expected a metric of classes", "r2_score"),
    "monitor_that_will_not_exist": ("callbacks:\n", "callbacks:\n    monitor: val_acc\n", ":13: training.callbacks.monitor: expected one of loss", "Did you mean val_accuracy?"),
    "target_among_the_features": ("  split:", "  features: [alcohol, cultivar]\n  split:", ":3: data.features.1: expected features without the target", "'cultivar'"),
    "sequential_with_two_targets": ("  cultivar: {task: multiclass}\n", "  cultivar: {task: multiclass}\n  ash: {task: regression}\n", "model.kind: expected multimodal or multi_output", "'sequential'"),
    "fold_out_of_range": ("{kind: stratified, test: 0.2}", "{kind: kfold, folds: 3, fold: 3}", ":3: data.split.fold: expected a number from 0 to 2", "Received: 3"),
    "a_list_for_a_section": ("training:\n  epochs: 20\n", "training: [1]\nignored:\n  epochs: 20\n", "training: expected a section", "[1]"),
    "dropout_of_another_length": ("[32, 16]", "[32, 16]\n  dropout: [0.1]", ":9: model.dropout: expected one value, or 2", "1 values"),
    "norway_is_not_false": ("epochs: 20", "epochs: 20\n  shuffle: no", ":11: training.shuffle: expected true or false", "'no'"),
}  # fmt: skip


def write(folder: Path, text: str) -> Path:
    path = folder / "some.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", BAD)
def test_one_mistake_is_one_clear_line(name: str, tmp_path: Path) -> None:
    old, new, where, what = BAD[name]
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, GOOD.replace(old, new)))
    text = str(caught.value)
    assert where in text, text
    assert what in text, text
    assert len(caught.value.problems) <= 3, text
    assert "some.yaml" in text


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD
    for name in ("unknown_data_set", "out_of_range", "wrong_type", "unknown_optimizer", "misspelt_key_deep_down"):
        old, new = BAD[name][:2]
        text = text.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    lines = [int(problem.split(":")[1]) for problem in caught.value.problems]
    assert lines == sorted(lines)
    assert len(lines) == 5


def test_a_misspelt_key_does_not_hide_a_mistake_between_sections(tmp_path: Path) -> None:
    text = GOOD.replace("{patience: 5}", "{patiense: 5}").replace("callbacks:\n", "callbacks:\n    monitor: val_acc\n")
    with pytest.raises(ConfigError, match="patiense") as caught:
        load_config(write(tmp_path, text))
    assert any("monitor" in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Received: an empty file"),
        ("- a\n- b\n", "Received: a sequence"),
        ("data: [1, 2\n", "expected YAML"),
        ("data: !!python/object/apply:os.system [echo]\n", "some.yaml:1: expected plain YAML without tags"),
        ("a: &a [*a]\n", "expected"),
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [" + ", ".join(["*a"] * 20) + "]\nc: &c [" + ", ".join(["*b"] * 20)
         + "]\nd: [" + ", ".join(["*c"] * 20) + "]\n", "at most 10,000 values"),
        ("data: \x00\n", "expected YAML"),
    ],
)  # fmt: skip
def test_what_is_not_a_recipe_is_refused(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=expected.replace("(", r"\(")):
        load_config(write(tmp_path, text))


def test_bytes_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_bytes(b"seed: 1\nname: caf\xe9\n")
    with pytest.raises(ConfigError, match="some.yaml:2: expected UTF-8 text. Received: byte 0xe9"):
        load_config(path)


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean sequential_wine"):
        load_config("sequental_wine")


@pytest.mark.parametrize("recipe", target_recipe_names())
def test_the_resolved_recipe_reads_back_as_itself(recipe: str, tmp_path: Path) -> None:
    config = load_config(recipe, {"data.source.path": "x.csv"} if recipe == "sequential_shipping" else None).config
    text = write_yaml(resolved(config))
    assert load_config(write(tmp_path, text)).config == config
    for default in ("batch_size:", "beta_2:", "epsilon:", "min_class_rows:", "bootstrap:", "restore_best_weights:"):
        assert default in text or (default == "restore_best_weights:" and not config.training.callbacks.early_stopping)


def test_yaml_numbers_are_numbers(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD)).config
    assert config.training.optimizer["learning_rate"] == 0.01


def test_relative_paths_resolve_against_the_yaml_file(tmp_path: Path) -> None:
    text = GOOD.replace("{kind: sklearn, name: wine}", "{kind: csv, path: sub/rows.csv}")
    assert load_config(write(tmp_path, text)).config.data.source.path == str(tmp_path / "sub" / "rows.csv")


def test_overrides_by_word_and_by_mapping_agree() -> None:
    words = ["training.epochs=7", "model.hidden_units=[3]", "training.optimizer=sgd", "data.split.test=0.25"]
    mapping = {"training.epochs": 7, "model.hidden_units": [3], "training.optimizer": "sgd", "data.split.test": 0.25}
    assert load_config("sequential_wine", words).config == load_config("sequential_wine", mapping).config


def test_an_override_reaches_a_column_with_dots_in_its_name() -> None:
    overrides = ["data.source.path=x.csv", "targets.Reached.on.Time_Y.N.class_weight=balanced"]
    config = load_config("sequential_shipping", overrides).config
    assert config.targets["Reached.on.Time_Y.N"].class_weight == "balanced"


def test_an_override_extends_a_shorthand(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("{kind: adam, learning_rate: 1e-2}", "sgd"))
    optimizer = load_config(path, ["training.optimizer.momentum=0.9"]).config.training.optimizer
    assert (optimizer["kind"], optimizer["momentum"]) == ("sgd", 0.9)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("training.epoch=7", "override: training.epoch: expected one of the keys .* Did you mean epochs"),
        ("training.epochs=many", "override: training.epochs: expected an integer"),
        ("training.epochs", "expected key=value"),
        ("training.epochs.x=1", "override: training.epochs.x: expected a section before 'x'"),
        ("model.hidden_units.7=1", "expected a number below 2"),
        ("a=[1", "expected a YAML value"),
    ],
)
def test_a_wrong_override_is_named_as_one(word: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        load_config("sequential_wine", [word])


def test_several_outputs_need_a_named_monitor() -> None:
    values = {
        "data": {"source": {"kind": "sklearn", "name": "iris"}},
        "targets": {"species": {"task": "multiclass"}, "petal_width": {"task": "regression"}},
        "model": {"kind": "multi_output"},
    }
    with pytest.raises(ConfigError, match="training.callbacks.monitor: expected the value to watch, named"):
        load_config(values)
    assert load_config({**values, "training": {"callbacks": {"monitor": "val_species_loss"}}}).config


def test_a_mapping_is_checked_like_a_file() -> None:
    with pytest.raises(ConfigError, match=r"config: data.sorce: expected one of the keys .* Did you mean source"):
        load_config({"data": {"sorce": {}}, "targets": {"y": {}}, "model": {"kind": "sequential"}})


@pytest.mark.parametrize("recipe", [None, 3, ["a"], pathlib.PurePosixPath("a.yaml")], ids=str)
def test_what_is_no_recipe_is_refused_by_its_type(recipe):
    with pytest.raises(ConfigError, match=f"expected a recipe's name, .*Received: {type(recipe).__name__}"):
        load_config(recipe)


@pytest.mark.parametrize("overrides", [5, "training.epochs=20"])
def test_overrides_are_a_mapping_or_a_list(overrides):
    with pytest.raises(ConfigError, match=r"expected a mapping, or a list such as \['training.epochs=20'\]"):
        load_config("sequential_wine", overrides)


@pytest.mark.parametrize("key", ["training.optimizer.learning_rate", "training.callbacks.early_stopping.min_delta"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_is_finite(key, value):
    with pytest.raises(ConfigError, match=f"{key}: expected a finite number"):
        load_config("sequential_wine", {key: value})


def test_the_default_optimizer_takes_an_override():
    values = {"data": {"source": {"kind": "sklearn", "name": "wine"}}, "targets": {"cultivar": {}},
              "model": {"kind": "sequential"}}  # fmt: skip
    optimizer = load_config(values, {"training.optimizer.learning_rate": 0.5}).config.training.optimizer
    assert (optimizer["kind"], optimizer["learning_rate"]) == ("adam", 0.5)


def test_a_file_s_name_becomes_a_recipe_s_name(tmp_path):
    values = "data: {source: {kind: sklearn, name: wine}}\ntargets: {cultivar: {}}\nmodel: {kind: sequential}\n"
    for stem, name in {"a b (1)": "a_b__1_", "_naïve": "na_ve", "日本": "recipe"}.items():
        (tmp_path / f"{stem}.yaml").write_text(values)
        assert load_config(tmp_path / f"{stem}.yaml").config.name == name


def wine(**sections):
    return {"data": {"source": {"kind": "sklearn", "name": "wine"}}, "model": {"kind": "multimodal"},
            "targets": {"cultivar": {"task": "multiclass"}}, **sections}  # fmt: skip


def test_two_softmax_units_for_a_binary_target_need_no_metrics():
    binary = {"data": {"source": {"kind": "sklearn", "name": "breast_cancer"}}, "model": {"kind": "sequential"},
              "targets": {"diagnosis": {"task": "binary", "activation": "softmax"}}}  # fmt: skip
    tasks = {"diagnosis": "binary"}
    target = fill(load_config(binary).config, tasks).targets["diagnosis"]
    assert (target.loss["kind"], [metric["kind"] for metric in target.metrics]) == (
        "sparse_categorical_crossentropy",
        ["accuracy"],
    )
    one_hot = {"targets.diagnosis.loss": "categorical_crossentropy"}
    target = fill(load_config(binary, one_hot).config, tasks).targets["diagnosis"]
    assert [metric["kind"] for metric in target.metrics] == ["accuracy", "auc"]


@pytest.mark.parametrize("name", ["a b", "ä", "a/b", ""])
def test_the_name_of_an_input_is_plain(name):
    with pytest.raises(ConfigError, match=f"inputs.{name}: expected a name of letters, digits"):
        load_config(wine(inputs={name: {"columns": ["alcohol", "hue"]}}))


def test_a_model_of_ones_own_may_take_category_codes_and_any_other_input() -> None:
    recipe = {
        "data": {"source": {"kind": "arrays"}},
        "targets": {"y": {"task": "binary"}},
        "inputs": {"codes": {"kind": "categorical", "columns": ["town"]}, "words": {"kind": "text", "columns": ["note"]}},
        "model": "own",
    }  # fmt: skip
    assert load_config(recipe).config.model.kind == "own"


def test_a_kind_by_its_name_alone_is_the_section_with_its_defaults_and_takes_overrides(tmp_path: Path) -> None:
    text = GOOD.replace("{kind: stratified, test: 0.2}", "kfold")
    assert load_config(write(tmp_path, text)).config.data.split.folds == 5
    assert load_config(tmp_path / "some.yaml", ["data.split.folds=3"]).config.data.split.folds == 3
    assert load_config("sequential_wine", ["data.split=random", "data.split.test=0.3"]).config.data.split.test == 0.3


def test_a_layer_by_its_name_alone_is_the_layer_with_its_defaults(tmp_path: Path) -> None:
    model = "  kind: layers\n  layers: [{}, Flatten]"
    layers = [
        load_config(
            write(tmp_path, GOOD.replace("  kind: sequential\n  hidden_units: [32, 16]", model.replace("{}", layer)))
        ).config.model
        for layer in ("BatchNormalization", "{kind: BatchNormalization}")
    ]
    assert layers[0] == layers[1]
    assert [layer["kind"] for layer in layers[0].layers] == ["BatchNormalization", "Flatten"]
