"""The JSON Schema says of a recipe what the loader says; the oracle is the jsonschema library beside the loader itself."""

import copy
import json
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from ruamel.yaml import YAML

from nnrecipes.cli.main import main
from nnrecipes.config.load import load_config, resolved, validate
from nnrecipes.config.names import table
from nnrecipes.config.shipped import schema_file, shipped, summary, target_recipe_names
from nnrecipes.data.synthetic import harbour_trips

SCHEMA = json.loads(schema_file().read_text("utf-8"))
CHECK = jsonschema.Draft7Validator(SCHEMA)

GOOD: dict[str, Any] = {
    "name": "some",
    "data": {"source": {"kind": "sklearn", "name": "wine"}, "split": {"kind": "stratified", "test": 0.2}},
    "targets": {"cultivar": {"task": "multiclass"}},
    "model": {"kind": "sequential", "hidden_units": [32, 16]},
    "training": {"epochs": 20, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
}


def changed(dotted: str, value: Any) -> dict[str, Any]:
    """GOOD with one place set, or without it (``...``)."""
    recipe = copy.deepcopy(GOOD)
    *steps, last = dotted.split(".")
    node = recipe
    for step in steps:
        node = node.setdefault(step, {})
    node[last] = value
    if value is ...:
        del node[last]
    return recipe


def both(recipe: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the schema and the loader's own validation take a recipe."""
    return CHECK.is_valid(recipe), validate(recipe, Path.cwd())[0] is not None


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


def test_the_shipped_file_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema_file().read_text("utf-8"), (
        "after a change of a section run: nnrecipes schema --out configs/recipe.schema.json"
    )
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_out_writes_the_same(tmp_path: Path) -> None:
    assert main(["schema", "--out", str(tmp_path / "s.json")]) == 0
    assert (tmp_path / "s.json").read_bytes() == schema_file().read_bytes()


@pytest.mark.parametrize("name", target_recipe_names())
def test_every_shipped_recipe_is_valid_as_written_and_as_resolved(name: str) -> None:
    CHECK.validate(read(shipped("configs") / f"{name}.yaml"))
    CHECK.validate(json.loads(json.dumps(resolved(load_config(name).config))))


@pytest.mark.parametrize("name", target_recipe_names())
def test_every_shipped_recipe_refers_to_the_schema_beside_it(name: str) -> None:
    path = shipped("configs") / f"{name}.yaml"
    first = path.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=recipe.schema.json"
    assert (path.parent / first.partition("$schema=")[2]).samefile(schema_file())
    assert "schema" not in summary(path)


def test_copied_and_drafted_recipes_refer_to_the_installed_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    harbour_trips(50).to_csv("trips.csv", index=False)
    assert main(["cp", "iris_multi_output", "a.yaml"]) == 0
    assert main(["cp", str(tmp_path / "a.yaml"), "b.yaml"]) == 0
    assert main(["new", "trips.csv", "--target", "catch_kg", "--out", "c.yaml"]) == 0
    for path in (tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml"):
        first, second, *_ = path.read_text("utf-8").splitlines()
        word = first.removeprefix("# yaml-language-server: $schema=")
        assert " " not in word  # the language server stops at a blank
        assert Path(unquote(urlsplit(word).path)).samefile(schema_file())
        assert "yaml-language-server" not in second
        CHECK.validate(read(path))


TAKEN = {
    "no_name": ("name", ...),
    "shorthand_optimizer": ("training.optimizer", "sgd"),
    "class_name": ("training.optimizer", "AdamW"),
    "optimizer_without_kind_is_adam": ("training.optimizer", {"learning_rate": 0.1}),
    "shorthand_loss": ("targets.cultivar.loss", "sparse_categorical_crossentropy"),
    "loss_with_arguments": ("targets.cultivar.loss", {"kind": "categorical_crossentropy", "label_smoothing": 0.1}),
    "alias": ("targets.cultivar.metrics", ["acc", "mse", {"kind": "AUC", "curve": "PR"}]),
    "a_list_of_activations": ("model.activation", ["relu", "tanh"]),
    "dropout_as_a_list": ("model.dropout", [0.1, 0.2]),
    "constraint_with_arguments": ("model.kernel_constraint", {"kind": "max_norm", "max_value": 3}),
    "split_without_kind": ("data.split", {"test": 0.2}),
    "count_of_rows": ("data.split", {"kind": "random", "test": 30}),
    "layers": ("model", {"kind": "layers", "layers": [{"kind": "Flatten"}, {"kind": "Dense", "units": 3, "activation": "relu"}]}),
    "null_for_a_callback": ("training.callbacks", {"checkpoint": None}),
    "schedule": ("training.callbacks", {"schedule": {"kind": "cosine", "warmup_epochs": 2}}),
    "profiled_batches": ("training.callbacks", {"tensorboard": {"profile_batch": [1, 3]}}),
    "input_without_kind": ("inputs", {"a": {"columns": ["ash"]}}),
    "class_weights": ("targets.cultivar.class_weight", {"class_0": 2, "class_1": 1.5}),
    "a_layer_by_its_name_alone": ("model", {"kind": "layers", "layers": ["Flatten", "BatchNormalization"]}),
    "a_split_by_its_name_alone": ("data.split", "random"),
    "a_schedule_by_its_name_alone": ("training.callbacks", {"schedule": "cosine"}),
    "a_model_by_its_name_alone": ("model", "sequential"),
    "a_source_by_its_name_alone": ("data.source", "arrays"),
    "threshold_as_a_number": ("targets.cultivar.threshold", 0.3),
}  # fmt: skip
REFUSED = {
    "no_model": ("model", ...),
    "no_data": ("data", ...),
    "unknown_key": ("trainning", {}),
    "unknown_key_deep_down": ("training.callbacks", {"early_stopping": {"patiense": 3}}),
    "no_kind_of_model": ("model", {"hidden_units": [3]}),
    "no_kind_of_source": ("data.source", {"name": "wine"}),
    "unknown_kind": ("model.kind", "sequental"),
    "a_key_of_another_kind": ("model", {"kind": "layers", "layers": [{"kind": "Flatten"}], "hidden_units": [3]}),
    "word_for_a_number": ("training.epochs", "many"),
    "fraction_for_an_integer": ("training.epochs", 2.5),
    "boolean_for_an_integer": ("training.epochs", True),
    "zero_epochs": ("training.epochs", 0),
    "negative_units": ("model.hidden_units", [32, -2]),
    "share_above_one": ("data.split.test", 1.5),
    "unknown_table": ("data.source.name", "whine"),
    "unknown_optimizer": ("training.optimizer", "adamm"),
    "unknown_argument": ("training.optimizer", {"kind": "sgd", "beta_1": 0.9}),
    "learning_rate_of_zero": ("training.optimizer", {"kind": "sgd", "learning_rate": 0}),
    "momentum_of_one": ("training.optimizer", {"kind": "sgd", "momentum": 1}),
    "negative_clipnorm": ("training.optimizer", {"clipnorm": -1}),
    "unknown_activation": ("model.activation", "rellu"),
    "unknown_loss": ("targets.cultivar.loss", "mean_error"),
    "unknown_metric": ("targets.cultivar.metrics", ["accuracies"]),
    "layer_that_needs_an_argument": ("model", {"kind": "layers", "layers": [{"kind": "Dense"}]}),
    "a_layer_by_its_name_alone_that_needs_an_argument": ("model", {"kind": "layers", "layers": ["Dense"]}),
    "a_split_by_its_name_alone_that_needs_a_column": ("data.split", "group"),
    "a_schedule_by_its_name_alone_that_needs_epochs": ("training.callbacks", {"schedule": "milestones"}),
    "a_model_by_its_name_alone_that_needs_layers": ("model", "layers"),
    "an_unknown_split_by_its_name_alone": ("data.split", "randm"),
    "unknown_initializer_of_a_layer": ("model", {"kind": "layers", "layers": [{"kind": "Dense", "units": 3, "kernel_initializer": "he"}]}),
    "dropout_of_one": ("model.dropout", 1.0),
    "no_targets": ("targets", None),
    "name_with_a_blank": ("name", "some name"),
    "milestones_without_epochs": ("training.callbacks", {"schedule": {"kind": "milestones"}}),
    "unknown_column_type": ("data.columns", {"ash": "number"}),
    "three_profiled_batches": ("training.callbacks", {"tensorboard": {"profile_batch": [1, 3, 5]}}),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
def test_schema_and_loader_take(case: str) -> None:
    recipe = changed(*TAKEN[case])
    loader = {"name": "some", **recipe}
    assert (CHECK.is_valid(recipe), validate(loader, Path.cwd())[0] is not None) == (True, True)


@pytest.mark.parametrize("case", REFUSED)
def test_schema_and_loader_refuse(case: str) -> None:
    assert both(changed(*REFUSED[case])) == (False, False)


def test_every_member_of_every_union_needs_its_kind_where_the_loader_does() -> None:
    splits = [{"kind": "random"}, {"kind": "stratified"}, {"kind": "group", "column": "a"}, {"kind": "time", "column": "a"},
              {"kind": "column", "column": "a"}, {"kind": "file", "path": "a"}, {"kind": "kfold"}]  # fmt: skip
    inputs = [{"kind": "tabular", "columns": ["a"]}, {"kind": "categorical", "columns": ["a"]}]
    places = {"data.split": splits, "inputs.a": inputs}
    for place, sections in places.items():
        for section in sections:
            bare = {key: value for key, value in section.items() if key != "kind"}
            assert both(changed(place, section)) == (True, True), section
            schema, loader = both(changed(place, bare))
            assert schema == loader, section


@pytest.mark.parametrize("category", ["optimizers", "losses", "metrics"])
def test_every_name_of_keras_is_taken_where_the_loader_takes_it(category: str) -> None:
    place = {
        "optimizers": "training.optimizer",
        "losses": "targets.cultivar.loss",
        "metrics": "targets.cultivar.metrics",
    }
    for kind, entry in table()[category].items():
        for spelling in (kind, entry["class"]):
            value = [spelling] if category == "metrics" else spelling
            schema, loader = both(changed(place[category], value))
            assert schema == loader, spelling


def test_keys_are_described_in_the_words_of_the_sections() -> None:
    target = SCHEMA["definitions"]["Target"]
    assert target["properties"]["task"]["description"] == "`task` is inferred from the rows where it is left out."
    assert SCHEMA["definitions"]["EarlyStopping"]["description"].startswith("Stop when the monitored value")
    assert "``" not in schema_file().read_text("utf-8")


def test_the_schema_has_every_section_of_the_loader() -> None:
    from nnrecipes.config.model import ModelConfig
    from nnrecipes.config.training import ScheduleConfig

    for union in (ModelConfig, ScheduleConfig):
        for section in get_args(get_args(union)[0]):
            assert section.__name__.removesuffix("Config") in SCHEMA["definitions"]
