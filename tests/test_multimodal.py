"""Tables, photos, texts and series in one recipe: trained, kept, loaded, asked, with whatever a row may lack."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import nnrecipes as nn
from nnrecipes.audit import audit
from nnrecipes.cli.main import main
from nnrecipes.errors import ConfigError, DataError

ROWS = 48
QUANTILES = [0.1, 0.5, 0.9]


def png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (7, 5), (shade, 30, 200)).save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rooms in a folder, one front in a zip archive, a text, a series in one column and one in three."""
    place = tmp_path_factory.mktemp("homes")
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({
        "town": rng.choice(["p", "q"], ROWS), "area": rng.uniform(40, 200, ROWS).round(1),
        "bath": [f"rooms/bath_{i}.png" for i in range(ROWS)], "bed": [f"rooms/bed_{i}.png" for i in range(ROWS)],
        "front": [f"{i}.png" for i in range(ROWS)],
        "text": rng.choice(["bright and quiet", "needs work", "quiet street"], ROWS),
        "bids": [" ".join(map(str, rng.integers(1, 9, rng.integers(1, 5)))) for _ in range(ROWS)],
        "m1": rng.normal(size=ROWS), "m2": rng.normal(size=ROWS), "m3": rng.normal(size=ROWS),
        "price": rng.uniform(100, 300, ROWS).round(), "kind": rng.choice(["flat", "house", "shed"], ROWS),
    })  # fmt: skip
    (place / "rooms").mkdir()
    with zipfile.ZipFile(place / "fronts.zip", "w") as archive:
        for i in range(ROWS):
            (place / rows["bath"][i]).write_bytes(png(5 * i))
            (place / rows["bed"][i]).write_bytes(png(250 - 5 * i))
            archive.writestr(f"{i}.png", png(3 * i))
    rows.loc[[1, 7], "front"] = None
    rows.loc[[2, 7], "text"] = None
    rows.loc[[3], "bids"] = None
    rows.loc[[4], ["bath", "m3"]] = None
    rows.to_csv(place / "homes.csv", index=False)
    return place


def recipe(folder: Path, **sections: object) -> dict[str, object]:
    return {
        "name": "homes",
        "data": {"source": {"kind": "csv", "path": str(folder / "homes.csv")}, "split": {"test": 8, "validation": 8}},
        "targets": {"price": {"task": "regression", "quantiles": QUANTILES}, "kind": {"task": "multiclass", "loss_weight": 0.5}},
        "inputs": {
            "table": {"kind": "tabular", "columns": ["town", "area"]},
            "rooms": {"kind": "image", "columns": ["bath", "bed"], "height": 6, "width": 6},
            "front": {"kind": "image", "columns": ["front"], "folder": str(folder / "fronts.zip")},
            "text": {"kind": "text", "columns": ["text"]},
            "words": {"kind": "text", "columns": ["text"], "form": "tfidf", "ngrams": 2},
            "bids": {"kind": "series", "columns": ["bids"]},
            "months": {"kind": "series", "columns": ["m{1..3}"]},
        },
        "model": {
            "kind": "multimodal", "join": "gated", "join_units": 8, "modality_dropout": 0.1, "trunk_units": [8], "head_units": [4],
            "branches": {"table": {"hidden_units": [4]}, "rooms": {"kind": "conv", "filters": [4], "merge": "average"},
                         "front": {"kind": "inception", "filters": [4]}, "text": {"kind": "mean", "embedding_dim": 4},
                         "words": {"kind": "weighted", "units": 4}, "bids": {"kind": "conv1d", "filters": [4]},
                         "months": {"kind": "mean"}},
        },
        "training": {"epochs": 2, "batch_size": 16, "callbacks": {"monitor": "val_loss", "progress": False}},
        "evaluation": {"bootstrap": 100, "plots": False}, **sections,
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> nn.Run:
    return nn.train(recipe(folder), runs_dir=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "homes.csv")


def test_inputs_have_the_shapes_of_their_kinds(run: nn.Run) -> None:
    assert {item.name: item.shape for item in run.spec.inputs} == {
        "table": (3,), "rooms": (2, 6, 6, 3), "front": (5, 7, 3), "text": (3,), "words": run.spec.inputs[4].shape,
        "bids": (4, 2), "months": (3, 2),
    }  # fmt: skip
    assert run.spec.inputs[4].shape[1] == 2


def test_a_loaded_run_answers_as_the_trained_one(run: nn.Run, folder: Path) -> None:
    here, loaded = run.predict(folder / "homes.csv"), nn.load_run(run.path).predict(folder / "homes.csv")
    pd.testing.assert_frame_equal(here, loaded, rtol=1e-6)
    written = pd.read_csv(run.path / "predictions.csv")
    expected = here.loc[written["row_id"], "price"].to_numpy()
    np.testing.assert_allclose(written["predicted_price"], expected, rtol=1e-5)


def test_quantiles_rise_and_their_coverage_is_counted(run: nn.Run, folder: Path, rows: pd.DataFrame) -> None:
    answers = run.predict(folder / "homes.csv")
    levels = answers[[f"price_quantile_{level:g}" for level in QUANTILES]].to_numpy()
    assert (np.diff(levels, axis=1) > 0).all()
    np.testing.assert_array_equal(answers["price"], levels[:, 1])
    test = run.provenance["rows"]["test"]
    truth = rows["price"].to_numpy()[test]
    inside = (truth >= levels[test, 0]) & (truth <= levels[test, 2])
    scores = run.metrics["price"]
    assert scores["metrics"]["coverage"]["value"] == pytest.approx(inside.mean())
    assert scores["quantiles"]["0.5"] == pytest.approx((truth <= levels[test, 1]).mean())
    assert set(scores["baselines"]["linear"]) >= {"pinball", "coverage", "rmse"}


def test_rows_from_python_with_whatever_they_lack(run: nn.Run, rows: pd.DataFrame, folder: Path) -> None:
    one = rows.iloc[[0]].assign(bath=str(folder / "rooms/bath_0.png"), bed=str(folder / "rooms/bed_0.png"))
    base = run.predict(one)
    bare = one.assign(town="nowhere", bath=None, bed=None, front=None, text="", bids=None, m1=None, m2=None, m3=None)
    answers = run.predict(pd.concat([one, bare], ignore_index=True))
    assert np.isfinite(answers.filter(like="price").to_numpy()).all()
    assert run.unseen == {"town": 1}
    np.testing.assert_allclose(answers.filter(like="price").iloc[0], base.filter(like="price").iloc[0], rtol=1e-4)
    pixels = np.asarray(Image.open(io.BytesIO(png(0))))
    arrays = pd.concat([one.assign(front=[pixels]), one.assign(front=[png(0)])])
    np.testing.assert_allclose(run.predict(arrays)["price"], base["price"].iloc[0], rtol=1e-4)


def test_a_broken_and_a_lost_image_are_named_by_their_paths(run: nn.Run, rows: pd.DataFrame, folder: Path) -> None:
    broken = folder / "rooms" / "broken.png"
    broken.write_bytes(png(1)[:40])
    with pytest.raises(DataError, match="broken.png: "):
        run.predict(rows.iloc[[0]].assign(bath=str(broken), bed=None))
    with pytest.raises(
        DataError, match=r"column 'front': expected paths of images .* no such file: 'lost.png' in row 0"
    ):
        run.predict(rows.iloc[[0]].assign(front="lost.png", bath=None, bed=None))


@pytest.mark.slow
def test_the_same_recipe_gives_the_same_weights(run: nn.Run, folder: Path, tmp_path: Path) -> None:
    again = nn.train(recipe(folder), runs_dir=tmp_path)
    for ours, theirs in zip(run.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert again.provenance["data"]["sha256"] == run.provenance["data"]["sha256"]


def test_another_photo_is_another_checksum(run: nn.Run, folder: Path, tmp_path: Path) -> None:
    from nnrecipes.data.build import load_data

    before = (folder / "rooms/bed_5.png").read_bytes()
    (folder / "rooms/bed_5.png").write_bytes(png(77))
    try:
        assert load_data(run.config).sha256 != run.provenance["data"]["sha256"]
    finally:
        (folder / "rooms/bed_5.png").write_bytes(before)


def test_held_out_rows_move_nothing_that_training_sees(folder: Path) -> None:
    sections = recipe(folder)
    sections["targets"] = {"price": {"task": "regression"}}
    sections["training"] = {}
    found = audit(sections)
    assert found.verdict == "clean"
    words = " ".join(check.changed for check in found.checks)
    assert all(part in words for part in ("texts unseen", "images of one colour", "series far above"))


def test_what_does_not_fit_is_said_before_training(folder: Path) -> None:
    sections = recipe(folder)
    sections["model"] = {"kind": "multimodal", "branches": {"front": {"kind": "mean"}, "words": {"kind": "conv1d"}}}
    with pytest.raises(ConfigError) as error:
        nn.check(sections)
    assert ["front.kind: expected conv or residual" in error.value.problems[0], "weighted for the tfidf input 'words'" in
            error.value.problems[1]] == [True, True]  # fmt: skip
    sections["model"] = {"kind": "sequential"}
    with pytest.raises(ConfigError, match="multimodal for several inputs"):
        nn.check(sections)
    sections = recipe(folder, targets={"price": {"task": "regression", "quantiles": [0.9, 0.1], "loss": "huber"}})
    with pytest.raises(ConfigError, match="expected levels that rise"):
        nn.check(sections)


def test_a_column_that_two_kinds_of_input_name_is_refused(folder: Path) -> None:
    sections = recipe(folder)
    sections["inputs"] = {"table": {"columns": ["town", "text"]}, "text": {"kind": "text", "columns": ["text"]}}
    sections["model"] = {"kind": "multimodal"}
    with pytest.raises(
        ConfigError, match="inputs.table.columns: expected numbers, categories or dates. Received: 'text'"
    ):
        nn.train(sections, runs_dir=folder / "none")


def test_a_column_of_texts_without_an_input_is_left_out_with_advice(folder: Path) -> None:
    from nnrecipes.config.load import load_config
    from nnrecipes.data.build import load_data

    rng = np.random.default_rng(0)
    words = [" ".join(rng.choice(list("abcdefgh"), 9)) for _ in range(40)]
    frame = pd.DataFrame({"x": rng.normal(size=40), "review": words, "y": rng.normal(size=40)})
    sections = {
        "name": "a",
        "data": {"source": {"kind": "arrays"}},
        "targets": {"y": {}},
        "model": {"kind": "sequential"},
    }
    notices = load_data(load_config(sections).config, frame).notices
    assert any("'review' is left out: text" in line and "kind: text, columns: [review]" in line for line in notices)


def test_images_of_a_folder_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for i in range(24):
        place = tmp_path / "pets" / ("cat" if i % 2 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i}.png").write_bytes(png(200 if i % 2 else 20))
    sections = {
        "data": {"source": {"kind": "images", "path": "pets"}, "split": {"kind": "stratified", "test": 6, "validation": 6}},
        "targets": {"label": {"task": "binary"}}, "inputs": {"image": {"kind": "image", "columns": ["image"]}},
        "model": {"kind": "multimodal", "branches": {"image": {"kind": "conv", "filters": [2]}}, "trunk_units": []},
        "training": {"epochs": 1, "callbacks": {"progress": False}},
        "evaluation": {"bootstrap": 100, "plots": False, "baselines": False},
    }  # fmt: skip
    (tmp_path / "pets.yaml").write_text(json.dumps(sections))
    assert main(["train", "pets.yaml", "--quiet"]) == 0
    assert main(["predict", "latest", "--data", "pets", "--out", "answers.csv"]) == 0
    assert len(pd.read_csv(tmp_path / "answers.csv")) == 24
