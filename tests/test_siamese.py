"""A recipe with an identity target through ``train``, the run's verbs and the command line, against numpy."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.config.shipped import shipped
from nnrecipes.data.synthetic_symbols import symbols, write_symbols
from nnrecipes.inference.gallery import read_gallery

PEOPLE, EACH = 14, 6


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Five measurements of fourteen people, six times each: three tell people apart, two are moods."""
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(PEOPLE), EACH)
    stable = rng.normal(size=(PEOPLE, 3))[who] + 0.1 * rng.normal(size=(len(who), 3))
    moods = 2 * rng.normal(size=(len(who), 2))
    order = rng.permutation(len(who))
    frame = pd.DataFrame(np.hstack([stable, moods]), columns=list("abcde")).assign(
        who=[f"p{n:02d}" for n in who], town=np.array(["x", "y"])[who % 2]
    )
    return frame.iloc[order].reset_index(drop=True)


def recipe(**sections: Any) -> dict[str, Any]:
    return {
        "name": "people", "data": {"split": {"kind": "group", "column": "who", "test": 4, "validation": 3}},
        "targets": {"who": {"task": "identity"}}, "model": {"kind": "siamese", "hidden_units": [16], "embedding_dim": 8},
        "training": {"epochs": 25, "batch_size": 24, "optimizer": {"kind": "adam", "learning_rate": 0.01},
                     "callbacks": {"progress": False}},
        "evaluation": {"bootstrap": 100, "plots": False}, **sections,
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(people: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> nn.Run:
    return nn.load_run(nn.train(recipe(), data=people, runs_dir=tmp_path_factory.mktemp("runs")).path)


def cosines(run: nn.Run, rows: pd.DataFrame) -> np.ndarray:
    """By the network alone: its outputs on arrays of the preprocessor, divided by their lengths."""
    raw = run.model.predict(arrays_of(run, rows), verbose=0)
    raw = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    return raw @ raw.T


def test_no_identity_stands_in_two_sets(run: nn.Run, people: pd.DataFrame) -> None:
    parts = [set(people["who"].iloc[run.provenance["rows"][name]]) for name in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [7, 3, 4]
    assert len(set.union(*parts)) == 14
    assert set(run.spec.targets[0].classes) == parts[0]


def test_scores_are_those_of_the_test_rows_pairs(run: nn.Run, people: pd.DataFrame) -> None:
    tested = people.iloc[run.provenance["rows"]["test"]]
    first, second = np.triu_indices(len(tested), 1)
    who = tested["who"].to_numpy()
    expected = roc_auc_score(who[first] == who[second], cosines(run, tested)[first, second])
    scored = run.metrics["who"]
    assert scored["metrics"]["roc_auc"]["value"] == pytest.approx(expected, abs=1e-6)
    assert scored["identities"] == 4
    assert set(scored["baselines"]) == {"raw_cosine", "whitened_pca", "lda"}
    assert expected > scored["baselines"]["raw_cosine"]["roc_auc"]  # the network learnt to leave the moods out
    assert run.evaluate(tested)["who"]["metrics"]["roc_auc"]["value"] == pytest.approx(expected, abs=1e-6)


def test_embed_similarity_and_search_are_the_networks_cosines(run: nn.Run, people: pd.DataFrame) -> None:
    some, features = people.iloc[:9], people.iloc[:9].drop(columns="who")
    vectors = run.embed(features)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors @ vectors.T, cosines(run, some), atol=1e-5)
    np.testing.assert_allclose(
        run.similarity(features[:4], features[4:8]), np.diag(cosines(run, some)[:4, 4:8]), atol=1e-5
    )
    np.testing.assert_allclose(run.similarity(features[:1], features[1:5]), cosines(run, some)[0, 1:5], atol=1e-5)
    found = run.search(features[:2], k=4)
    everything = cosines(run, people)
    for query in (0, 1):
        nearest = np.argsort(-everything[query], kind="stable")[:4]
        own = found[found["query"] == query]
        assert own["row_id"].tolist()[0] == query
        np.testing.assert_allclose(own["similarity"], everything[query, nearest], atol=1e-5)
        assert own["who"].tolist() == people["who"].iloc[own["row_id"]].tolist()


def test_the_gallery_holds_every_row_once_with_its_set(run: nn.Run, people: pd.DataFrame) -> None:
    gallery = read_gallery(run.folder.gallery)
    assert sorted(gallery.rows.tolist()) == list(range(len(people)))
    assert gallery.identities.tolist() == people["who"].iloc[gallery.rows].tolist()
    for name in ("train", "validation", "test"):
        assert sorted(gallery.rows[gallery.sets == name]) == run.provenance["rows"][name]


def test_the_two_input_model_shares_the_encoder(run: nn.Run, people: pd.DataFrame) -> None:
    from nnrecipes.models.siamese import siamese_of

    pair = siamese_of(run.model)
    assert pair.count_params() == run.model.count_params()
    x = np.random.default_rng(1).normal(size=(5, *run.model.input_shape[1:])).astype("float32")
    both = pair({"features_a": x, "features_b": x[::-1].copy()}).numpy()[:, 0]
    raw = run.model(x).numpy()
    np.testing.assert_allclose(both, (raw * raw[::-1]).sum(axis=1), atol=1e-5)


def test_same_seed_same_weights(people: pd.DataFrame, tmp_path: Path, run: nn.Run) -> None:
    again = nn.train(recipe(), data=people, runs_dir=tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(again.model.get_weights(), run.model.get_weights(), strict=True))


@pytest.mark.parametrize("loss", ["triplet", "contrastive", "pair_crossentropy"])
def test_every_loss_trains_by_every_trainer_alike(loss: str, people: pd.DataFrame, tmp_path: Path) -> None:
    histories = []
    for trainer in ("keras", "compiled"):
        short = recipe(targets={"who": {"task": "identity", "loss": loss, "rows_together": 3}},
                       evaluation={"baselines": False, "bootstrap": 100, "plots": False})  # fmt: skip
        found = nn.train(short, {"training.trainer": trainer, "training.epochs": 3}, data=people, runs_dir=tmp_path)
        histories.append(found.history)
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=2e-4, atol=1e-6)


def test_an_ensemble_of_encoders_has_the_mean_of_their_cosines(people: pd.DataFrame, tmp_path: Path) -> None:
    short = {"training.epochs": 2, "training.ensemble": 2}
    found = nn.load_run(nn.train(recipe(), short, data=people, runs_dir=tmp_path).path)
    x = np.random.default_rng(2).normal(size=(6, *found.model.input_shape[1:])).astype("float32")
    members = [found.model.get_layer(f"member_{place}")(x).numpy() for place in (0, 1)]
    together = found.model(x).numpy()
    assert together.shape == (6, 16)
    expected = np.mean([vectors @ vectors.T for vectors in members], axis=0)
    np.testing.assert_allclose(together @ together.T, expected, atol=1e-5)
    assert not np.allclose(members[0], members[1], atol=0.05)


def test_whitening_is_fitted_on_the_training_rows_when_training_ends(people: pd.DataFrame, tmp_path: Path) -> None:
    model = {"kind": "siamese", "hidden_units": [16], "embedding_dim": 8, "whitening": 0.5}
    white = nn.train(recipe(model=model), data=people, runs_dir=tmp_path)
    layer = white.model.get_layer("who_whitening")
    before = keras.Model(white.model.inputs, layer.input)
    plain = nn.train(recipe(), {"training.ensemble": 2, "model": model}, data=people, runs_dir=tmp_path)
    rows = people.iloc[white.provenance["rows"]["train"]].sort_index()
    vectors = before.predict(arrays_of(white, rows), verbose=0)
    np.testing.assert_allclose(layer.mean.numpy(), vectors.mean(axis=0), atol=1e-5)
    within = sum(
        (v - v.mean(0)).T @ (v - v.mean(0)) for v in (vectors[rows["who"] == name] for name in rows["who"].unique())
    )
    within = within / len(rows)
    within += 0.5 * np.trace(within) / 8 * np.eye(8)
    np.testing.assert_allclose(layer.matrix.numpy() @ within @ layer.matrix.numpy(), np.eye(8), atol=1e-2)
    fitted = [plain.model.get_layer(f"member_{place}").get_layer("who_whitening").matrix.numpy() for place in range(2)]
    np.testing.assert_allclose(fitted[0], layer.matrix.numpy(), atol=1e-4)
    assert np.abs(fitted[0] - fitted[1]).max() > 1e-3
    assert white.metrics["who"]["metrics"]["roc_auc"]["value"] > 0.6


def arrays_of(run: nn.Run, rows: pd.DataFrame) -> np.ndarray:
    from nnrecipes.data.schema import prepare
    from nnrecipes.data.table import Table

    return run.preprocessor.transform(prepare(Table(rows, "rows"), run.preprocessor.schema))["features"]


def test_identities_that_training_sees_too_are_refused(people: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(
        nn.DataError, match=r"target 'who': expected test rows of identities that training does not see"
    ):
        nn.train(recipe(data={"split": "random"}), data=people, runs_dir=tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": {"kind": "sequential"}}, "model.kind: expected siamese for an identity target"),
        ({"targets": {"town": {"task": "binary"}}}, "expected a target with task: identity for a siamese model"),
        ({"targets": {"who": {"task": "identity", "loss": "mse"}}}, "targets.who.loss: expected a loss that fits"),
        ({"targets": {"who": {"task": "identity", "metrics": ["accuracy"]}}}, "targets.who.metrics.0: expected none"),
        ({"targets": {"who": {"task": "identity"}, "a": {}}}, "an identity target alone"),
        ({"evaluation": {"importance": True}}, "evaluation.importance: expected false"),
    ],
)
def test_what_does_not_fit_an_identity_is_one_line(changes: dict[str, Any], words: str, people: pd.DataFrame) -> None:
    with pytest.raises(nn.ConfigError) as caught:
        nn.train(recipe(**changes), data=people)
    assert words in str(caught.value)


def test_rows_together_are_for_identities_alone(people: pd.DataFrame) -> None:
    section = {"town": {"task": "binary", "rows_together": 2}}
    with pytest.raises(nn.ConfigError, match=r"targets.town.rows_together: expected nothing for a binary target"):
        nn.train(recipe(targets=section, model={"kind": "sequential"}), data=people)


def test_a_run_without_an_identity_says_so(people: pd.DataFrame, tmp_path: Path) -> None:
    other = recipe(targets={"town": {"task": "binary"}}, model={"kind": "sequential"}, data={"ignore": ["who"]})
    found = nn.train(other, {"training.epochs": 1}, data=people, runs_dir=tmp_path)
    with pytest.raises(nn.RunError, match=r"expected one with an identity target \(model.kind: siamese\)"):
        found.embed(people)


def test_an_encoder_of_ones_own_is_taken(people: pd.DataFrame, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3), keras.layers.UnitNormalization()])
    own = recipe()
    del own["model"]
    short = {"training.epochs": 2, "data.ignore": ["town"]}
    found = nn.train(own, short, data=people, model=model, runs_dir=tmp_path)
    assert found.embed(people[:3]).shape == (3, 3)


def test_the_audit_finds_an_identity_recipe_clean(people: pd.DataFrame) -> None:
    assert nn.audit(recipe(), data=people).verdict == "clean"


def test_two_runs_are_compared_by_their_pairs(run: nn.Run, people: pd.DataFrame, tmp_path: Path) -> None:
    other = nn.train(recipe(), {"training.epochs": 1}, data=people, runs_dir=tmp_path)
    found = nn.compare(other, run)["targets"]["who"]
    assert found["metric"] == "roc_auc"
    assert found["metrics"]["roc_auc"]["b"] == pytest.approx(
        run.metrics["who"]["metrics"]["roc_auc"]["value"], abs=1e-6
    )


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A short training of images, through the command line."""
    folder = tmp_path_factory.mktemp("drawings")
    write_symbols(folder, identities=9, drawings=5)
    words = [f"data.source.path={folder / 'symbols.zip'}", "data.split.test=2", "data.split.validation=2",
             "training.epochs=2", "model.branches.drawing.filters=[4, 4]"]  # fmt: skip
    assert main(["train", "siamese_symbols", "--runs", str(folder / "runs"), "--quiet", *words]) == 0
    return folder, next((folder / "runs" / "siamese_symbols").iterdir())


def test_a_run_of_images_draws_its_pairs(drawings: tuple[Path, Path]) -> None:
    assert (drawings[1] / "plots" / "similarities_label.png").stat().st_size > 5_000


def test_embed_similarity_and_search_on_the_command_line(
    drawings: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, path = drawings
    images = folder / "images"
    images.mkdir()
    from PIL import Image

    for place, pixels in enumerate(symbols(9, 5)[0][:6]):
        Image.fromarray(pixels).save(images / f"{place}.png")
    one, other = str(images / "0.png"), str(images / "5.png")
    capsys.readouterr()
    assert main(["embed", str(path), "--data", str(images), "--out", str(folder / "v.csv")]) == 0
    vectors = pd.read_csv(folder / "v.csv").to_numpy()
    assert main(["similarity", str(path), one, other, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)[0]
    assert found["similarity"] == pytest.approx(vectors[0] @ vectors[5], abs=1e-5)
    assert found["same"] is (
        found["similarity"] > json.loads((path / "metrics.json").read_text())["label"]["threshold"]["value"]
    )
    assert main(["search", str(path), "--data", one, "-k", "3", "--json"]) == 0
    nearest = json.loads(capsys.readouterr().out)
    assert [row["rank"] for row in nearest] == [1, 2, 3]
    assert (nearest[0]["label"], round(nearest[0]["similarity"], 4)) == ("00", 1.0)
    assert main(["search", str(path), "--data", one, "-k", "0"]) == 2
    assert "k: expected a number above 0. Received: 0." in capsys.readouterr().err


def test_the_generator_makes_the_shipped_symbols(tmp_path: Path) -> None:
    from nnrecipes.data.images import decode_images, list_images

    images, numbers = symbols()
    archive = shipped("data") / "symbols.zip"
    names = list_images(archive)
    assert names == [f"{number:02d}/{place % 10}.png" for place, number in enumerate(numbers)]
    pixels = decode_images([str(archive / name) for name in names], height=24, width=24, channels=1)
    np.testing.assert_array_equal(pixels[..., 0], images)
    assert archive.stat().st_size < 160_000
