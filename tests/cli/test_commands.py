"""The command line as a user types it: answers, exit statuses, and errors without tracebacks."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from nnrecipes.cli.main import main
from nnrecipes.config.shipped import offline_recipe_names, recipe_names
from nnrecipes.data.synthetic import harbour_trips

RECIPE = """\
data:
  source: {kind: csv, path: trips.csv}
targets:
  catch_kg: {task: regression}
preprocessing:
  numeric: {missing: median}
  categorical: {missing: indicator, encode: target}
model: {kind: sequential, hidden_units: [8]}
training: {epochs: 3, batch_size: 64}
evaluation: {bootstrap: 100}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("work")
    harbour_trips(400, seed=3).to_csv(path / "trips.csv", index=False)
    (path / "trips.yaml").write_text(RECIPE)
    assert main(["train", str(path / "trips.yaml"), "--runs", str(path / "runs"), "seed=1", "--quiet"]) == 0
    return path


@pytest.fixture(autouse=True)
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_the_last_line_of_train_names_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "trips.yaml", "--quiet", "training.epochs=1", "evaluation.plots=false"]) == 0
    run = Path(capsys.readouterr().out.splitlines()[-1])
    assert json.loads((run / "metrics.json").read_text())["catch_kg"]["baselines"]["linear"]
    assert json.loads((run / "provenance.json").read_text())["epochs"] == 1
    assert not (run / "plots").exists()


def test_train_tells_a_log_what_happens(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "trips.yaml", "training.epochs=2", "evaluation.plots=false"]) == 0
    heard = capsys.readouterr().err
    assert "watch val_loss (min)" in heard
    assert "epoch 2/2" in heard
    assert "\r" not in heard


def test_ls_lists_every_recipe_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ls", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == recipe_names()
    assert all(row["summary"].endswith((".", ":")) or len(row["summary"]) > 20 for row in rows)
    assert main(["ls"]) == 0
    assert "iris_multi_output" in capsys.readouterr().out


def test_runs_and_show_know_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["recipe"] for row in rows} == {"trips"}
    assert rows[0]["state"] == "finished"
    assert main(["show", rows[0]["id"], "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["provenance"]["seed"] == 1
    assert "model.keras" in shown["files"]
    assert main(["show", "latest"]) == 0
    assert "linear model" in capsys.readouterr().out


def test_predict_writes_a_row_a_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = pd.read_csv("trips.csv").drop(columns="catch_kg").head(30)
    rows.loc[3, "harbour"] = "Atlantis"
    rows.to_csv("rows.csv", index=False)
    for name in ("out.csv", "out.parquet", "out.json"):
        assert main(["predict", "latest", "--data", "rows.csv", "--out", name]) == 0
    heard = capsys.readouterr().err
    assert "harbour: 1 of 30 rows have a category that training did not have" in heard
    csv, parquet = pd.read_csv("out.csv"), pd.read_parquet("out.parquet")
    lines = pd.DataFrame([json.loads(line) for line in Path("out.json").read_text().splitlines()])
    assert len(csv) == 30
    pd.testing.assert_frame_equal(csv, parquet, rtol=1e-12)
    pd.testing.assert_frame_equal(csv, lines, rtol=1e-12)
    assert main(["predict", "latest", "--data", "rows.csv"]) == 0
    assert capsys.readouterr().out == Path("out.csv").read_text()


def test_a_prediction_that_fails_half_way_leaves_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = pd.read_csv("trips.csv").head(20).astype({"hours": object})
    rows.loc[15, "hours"] = "long"
    rows.to_csv("broken.csv", index=False)
    before = set(folder.iterdir())
    assert main(["predict", "latest", "--data", "broken.csv", "--out", "never.csv"]) == 2
    assert "'long' in row 15 (line 17)" in capsys.readouterr().err
    assert set(folder.iterdir()) == before


def test_evaluate_prints_scores(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "latest", "--data", "trips.csv", "--json"]) == 0
    assert 0 < json.loads(capsys.readouterr().out)["catch_kg"]["metrics"]["rmse"]["value"] < 200
    assert main(["evaluate", "latest", "--data", "trips.csv"]) == 0
    assert "95 % interval" in capsys.readouterr().out


def test_new_writes_a_recipe_that_checks_and_trains(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "trips.csv", "--target", "catch_kg", "--target", "gear", "--out", "drafted.yaml"]) == 0
    assert main(["new", "trips.csv", "--target", "catch_kg", "--out", "drafted.yaml"]) == 2
    assert "--force" in capsys.readouterr().err
    words = ["data.missing_target=drop"]
    assert main(["check", "drafted.yaml", "--data", *words]) == 0
    assert "no problem found" in capsys.readouterr().out
    words += ["training.epochs=2", "evaluation.plots=false", "--quiet"]
    assert main(["train", "drafted.yaml", *words]) == 0


def test_new_names_the_nearest_column(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "trips.csv", "--target", "catch", "--out", "never.yaml"]) == 2
    assert "Did you mean catch_kg?" in capsys.readouterr().err


@pytest.mark.parametrize("recipe", offline_recipe_names())
def test_every_shipped_recipe_checks(recipe: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", recipe, "--data", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"]
    assert min(answer["rows"].values()) > 0


def test_a_copied_recipe_checks_in_another_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cp", "multimodal_two_inputs"]) == 0
    assert main(["check", "multimodal_two_inputs.yaml", "--data"]) == 0
    assert main(["cp", "multimodal_two_inputs"]) == 2
    assert main(["cp", "iris_multi_output", "-"]) == 0
    assert "cat_out" in capsys.readouterr().out


def test_a_wrong_recipe_is_status_2_and_leaves_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(folder.rglob("*"))
    assert main(["train", "trips.yaml", "training.epoch=3"]) == 2
    assert "Did you mean epochs?" in capsys.readouterr().err
    assert main(["check", "trips.yaml", "data.ignore=[hour]", "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert len(problems) == 1
    assert "Did you mean hours?" in problems[0]
    assert sorted(folder.rglob("*")) == before


def test_an_unknown_run_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["show", "nothing"], ["predict", "nothing", "--data", "trips.csv"]):
        assert main(words) == 2
        assert "expected a run's folder" in capsys.readouterr().err


def test_an_unknown_option_is_status_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["ls", "--jsno"])
    assert caught.value.code == 2


LIGHT = (
    ["--help"],
    ["--version"],
    ["ls"],
    ["zoo"],
    ["check", "iris_multi_output"],
    ["check", "multimodal_two_inputs"],
    ["runs"],
    ["fetch"],
    ["schema"],
)


@pytest.mark.parametrize("words", LIGHT, ids=" ".join)
def test_a_light_command_imports_neither_tensorflow_nor_keras(words: list[str]) -> None:
    code = (
        "import sys\nfrom nnrecipes.cli.main import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_wrong_recipe_is_found_before_tensorflow_is_imported(folder: Path) -> None:
    code = (
        "import sys\nfrom nnrecipes.cli.main import main\n"
        "status = main(['train', 'trips.yaml', 'preprocessing.numeric.missing=refuse'])\n"
        "sys.exit(0 if status == 2 and 'tensorflow' not in sys.modules and 'keras' not in sys.modules else 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    assert "water_c" in done.stderr
    assert "Traceback" not in done.stderr


def test_python_m_nnrecipes_is_the_same_program() -> None:
    done = subprocess.run([sys.executable, "-m", "nnrecipes", "ls"], capture_output=True, text=True, check=True)
    assert "iris_multi_output" in done.stdout


def test_the_hint_of_a_missing_file_ends_the_line(tmp_path, capsys):
    (tmp_path / "houses.csv").write_text("a,b\n1,2\n")
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "data: {source: {kind: csv, path: house.csv}}\ntargets: {b: {task: regression}}\nmodel: {kind: sequential}\n"
    )
    assert main(["check", str(recipe)]) == 2
    line = capsys.readouterr().err.splitlines()[0]
    assert line.endswith("Received: no such file. Did you mean houses.csv?"), line
