"""The JSON Schema of recommenders' recipes beside the loader; and shipped recipes read back as themselves."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from nnrecipes.cli.main import main
from nnrecipes.config.load import resolved, write_yaml
from nnrecipes.config.load_recommender import load_recommender
from nnrecipes.config.shipped import recipe_names, schema_file, shipped, target_recipe_names
from nnrecipes.errors import ConfigError

SCHEMA = json.loads(schema_file(recommender=True).read_text("utf-8"))
CHECK = jsonschema.Draft7Validator(SCHEMA)
NAMES = [name for name in recipe_names() if name not in target_recipe_names()]


def test_the_shipped_file_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--recommender"]) == 0
    assert capsys.readouterr().out == schema_file(recommender=True).read_text("utf-8"), (
        "after a change of a section run: nnrecipes schema --recommender --out configs/recommender.schema.json"
    )
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_recipes_are_valid_and_read_back_as_themselves(name: str, tmp_path: Path) -> None:
    values = YAML(typ="safe", pure=True).load((shipped("configs") / f"{name}.yaml").read_text("utf-8"))
    CHECK.validate(values)
    config = load_recommender(name).config
    CHECK.validate(json.loads(json.dumps(resolved(config))))
    (tmp_path / f"{name}.yaml").write_text(write_yaml(resolved(config)))
    assert load_recommender(tmp_path / f"{name}.yaml").config == config


def test_a_copied_recipe_refers_to_its_own_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["cp", "recommender_synthetic", "a.yaml"]) == 0
    assert "recommender.schema.json" in (tmp_path / "a.yaml").read_text().splitlines()[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": {"kind": "mult_dae", "hidden_units": []}}, "model.hidden_units: expected at least 1"),
        ({"model": {"kind": "blend", "weight": 1.5}}, "model.weight: expected a number of at most 1"),
        ({"training": {"batchsize": 3}}, "Did you mean batch_size"),
        ({"evaluation": {"k": [0]}}, "evaluation.k.0: expected an integer above 0"),
        ({"data.split": {"kind": "time"}}, "data.interactions.time: expected the column of times"),
        ({"model": {"kind": "autorec"}}, "data.interactions.rating: expected the column of ratings"),
        ({"data.split": {"kind": "ratings"}}, "data.split.kind: expected strong, weak or time"),
        ({"training.freeze": ["x"]}, "a recommender begins anew"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_place(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_recommender("recommender_synthetic", change)


def test_a_recipe_without_interactions_is_no_recommender() -> None:
    with pytest.raises(ConfigError, match="data.interactions: expected the interactions"):
        load_recommender("sequential_wine")
