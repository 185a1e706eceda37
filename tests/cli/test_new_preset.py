"""``nnrecipes new --preset``: a recipe of a tabular network whose other sections are the preset's."""

import pytest
from ruamel.yaml import YAML

from nnrecipes.cli.main import main
from nnrecipes.config.load import load_config
from nnrecipes.config.shipped import shipped

HARBOUR = str(shipped("data") / "harbour.csv")


@pytest.mark.parametrize("targets", [["catch_kg"], ["catch_kg", "gear"]])
def test_a_drafted_recipe_with_a_preset_is_valid_for_its_rows(targets, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = [word for target in targets for word in ("--target", target)]
    more = ["data.missing_target=drop"] if "gear" in targets else []
    assert main(["new", HARBOUR, *asked, "--preset", "best", "--out", "drafted.yaml"]) == 0
    assert main(["check", "drafted.yaml", "--data", *more]) == 0
    assert "advice" not in capsys.readouterr().out
    written = YAML(typ="safe").load((tmp_path / "drafted.yaml").read_text("utf-8"))
    assert written["model"] == {"kind": "tabular", "preset": "best"}
    assert "preprocessing" not in written
    assert load_config(tmp_path / "drafted.yaml").config.training.ensemble > 1


def test_a_preset_that_there_is_not_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["new", HARBOUR, "--target", "catch_kg", "--preset", "great"])
    assert stopped.value.code == 2
    assert "invalid choice: 'great'" in capsys.readouterr().err
