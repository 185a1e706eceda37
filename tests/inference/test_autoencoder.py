"""Runs of autoencoders: through ``train``, their verbs, their files and their commands, against numpy and scikit-learn."""

import io
import json
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import normalized_mutual_info_score
from sklearn.neighbors import NearestNeighbors

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.errors import ConfigError, DataError, RunError

QUIET = {"training.callbacks.progress": False, "evaluation.bootstrap": 100, "evaluation.plots": False}
IMAGES = {
    "name": "digits",
    "data": {"source": {"kind": "sklearn", "name": "digits_images"}, "split": {"test": 300, "validation": 900}},
    "targets": {"digit": {"task": "multiclass"}},
    "inputs": {"image": {"kind": "image", "columns": ["image"]}},
    "model": {"kind": "dense_autoencoder", "hidden_units": [32], "latent_dim": 6, "code_activation": "linear"},
    "training": {"epochs": 6, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
}


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return np.rint(bunch.images * 255 / 16).astype("uint8"), bunch.target.astype(str)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    plots = {**QUIET, "evaluation.plots": True}
    return nn.train(IMAGES, overrides=plots, runs_dir=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def denoiser(tmp_path_factory):
    model = {"kind": "denoising_autoencoder", "body": "unet", "filters": [4, 8], "noise_level": 0.4}
    overrides = {**QUIET, "model": model, "training.epochs": 2, "targets": {}}
    return nn.train(IMAGES, overrides=overrides, runs_dir=tmp_path_factory.mktemp("runs"))


def cars(rows: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = rng.uniform(0, 20, rows)
    return pd.DataFrame({"age": age, "km": age * 9000 + rng.normal(0, 4000, rows),
                         "fuel": np.where(age > 12, "diesel", rng.choice(["petrol", "electric"], rows)),
                         "state": np.where(np.arange(rows) % 12 == 5, "odd", "usual")})  # fmt: skip


@pytest.fixture(scope="module")
def table_run(tmp_path_factory):
    recipe = {
        "data": {"split": {"test": 60, "validation": 40}},
        "targets": {"state": {"task": "binary"}},
        "model": {"kind": "dense_autoencoder", "hidden_units": [16], "latent_dim": 2, "code_activation": "linear",
                  "output_activation": "linear"},
        "reconstruction": {"normal": ["usual"], "contamination": 0.1},
        "training": {"epochs": 40, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
    }  # fmt: skip
    frame = cars()
    frame.loc[frame["state"] == "odd", "km"] = 500_000 - frame["km"]
    return nn.train(recipe, overrides=QUIET, data=frame, runs_dir=tmp_path_factory.mktemp("runs")), frame


def test_a_run_scores_its_test_rows_as_numpy_does_beside_its_rivals(run, digits):
    rows = run.provenance["rows"]["test"]
    truth = digits[0][rows] / 255
    made = run.reconstruct(digits[0][rows])[..., 0]
    scored = run.metrics["reconstruction"]
    assert scored["metrics"]["mse"]["value"] == pytest.approx(np.mean((truth - made) ** 2), rel=1e-5)
    assert set(run.metrics["code"]["baselines"]) == {"pca", "rows"}
    assert scored["against"]["rival"] == "pca"
    assert "PCA of as many dimensions" in scored["verdict"]
    assert {path.stem for path in (run.path / "plots").iterdir()} == {
        "history", "model", "reconstructions", "code_map", "errors"
    }  # fmt: skip
    table = pd.read_csv(run.path / "predictions.csv")
    assert table["row_id"].tolist() == rows
    np.testing.assert_allclose(table.filter(like="code_"), run.encode(digits[0][rows]), rtol=1e-4)


def test_the_loss_falls_and_the_label_is_not_learnt_from(run, digits, tmp_path):
    assert run.history["val_loss"][-1] < 0.8 * run.history["val_loss"][0]
    frame = {"image": digits[0], "digit": np.roll(digits[1], 1)}
    other = nn.train(IMAGES, overrides=QUIET, data=frame, runs_dir=tmp_path)
    for ours, theirs in zip(run.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_same_rows_have_the_same_codes_as_array_numbers_frame_and_file(run, digits, tmp_path):
    images = digits[0][:5]
    codes = run.encode(images)
    assert codes.shape == (5, 6)
    np.testing.assert_allclose(run.encode(images / 255.0), codes, atol=1e-5)
    np.testing.assert_array_equal(run.encode({"image": images}), codes)
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    np.testing.assert_array_equal(nn.load_run(run.path).encode(tmp_path), codes)
    idx = tmp_path / "images-idx3-ubyte"
    idx.write_bytes(np.array([2051, 5, 8, 8], dtype=">i4").tobytes() + images.tobytes())
    np.testing.assert_array_equal(run.encode(idx), codes)


def test_decode_of_encode_is_reconstruct(run, digits):
    np.testing.assert_allclose(run.decode(run.encode(digits[0][:9])), run.reconstruct(digits[0][:9]), atol=1e-6)
    with pytest.raises(DataError, match=r"expected codes of shape \(rows, 6\)"):
        run.decode(np.zeros((2, 5)))


def test_nearest_rows_are_scikit_learns_with_labels_and_row_ids(run, digits):
    rows = np.array(run.provenance["rows"]["train"])
    codes = run.encode(digits[0][rows])
    distances, places = NearestNeighbors(n_neighbors=4).fit(codes).kneighbors(run.encode(digits[0][:7]))
    found = nn.load_run(run.path).nearest(digits[0][:7], k=4)
    np.testing.assert_array_equal(found["row_id"].to_numpy().reshape(7, 4), rows[places])
    np.testing.assert_array_equal(found["label"], digits[1][found["row_id"]])
    np.testing.assert_allclose(found["distance"].to_numpy().reshape(7, 4), distances, atol=1e-4)
    assert run.nearest(digits[0][rows[0]], k=1)[["query", "row_id"]].to_numpy().tolist() == [[0, rows[0]]]


def test_the_threshold_is_the_quantile_of_the_validation_rows_errors(run, digits):
    held_out = digits[0][run.provenance["rows"]["validation"]]
    errors = ((held_out / 255 - run.reconstruct(held_out)[..., 0]) ** 2).mean(axis=(1, 2))
    assert run.threshold(0.2) == pytest.approx(np.quantile(errors, 0.8), rel=1e-5)
    found = run.anomaly_score(held_out, contamination=0.2)
    np.testing.assert_allclose(found["error"], errors, rtol=1e-4)
    assert found["anomaly"].mean() == pytest.approx(0.2, abs=0.01)


def test_clusters_are_scored_by_normalised_mutual_information(run):
    found, score = run.cluster()
    assert score == pytest.approx(normalized_mutual_info_score(run.index.labels, found))
    assert len(np.unique(run.cluster(count=4)[0])) == 4


def test_maps_and_figures_of_codes(run, digits):
    frame = run.map()
    assert list(frame) == ["x", "y", "label"]
    assert len(frame) == len(run.index.rows)
    assert run.map(digits[0][:30], method="tsne").shape == (30, 2)
    for figure, axes in ((run.plot_map(), 1), (run.plot_traversal(steps=3), 18), (run.plot_errors(digits[0][:50]), 1),
                         (run.plot_reconstructions(digits[0], count=3), 6)):  # fmt: skip
        assert len(figure.axes) == axes
    with pytest.raises(DataError, match="expected pca, tsne, umap. Received: 'tnse'. Did you mean tsne"):
        run.map(method="tnse")


def test_a_map_by_umap_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(
        DataError, match=r"expected umap-learn to be installed for umap: pip install 'nnrecipes\[umap\]'"
    ):
        run.map(method="umap")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_map_by_umap_keeps_neighbours_that_two_components_lose(run):
    pytest.importorskip("umap")
    right = {}
    for method in ("pca", "umap"):
        frame = run.map(method=method)
        points, labels = frame[["x", "y"]].to_numpy(), frame["label"].to_numpy()
        assert len(frame) == len(run.index.rows)
        _, near = NearestNeighbors(n_neighbors=2).fit(points).kneighbors(points)
        right[method] = (labels[near[:, 1]] == labels).mean()
    assert right["umap"] > right["pca"] + 0.1


def test_a_refit_learns_from_the_validation_rows_too_and_keeps_the_threshold(table_run, tmp_path):
    run, frame = table_run
    again = nn.refit(run.path, data=frame, runs_dir=tmp_path)
    first = run.provenance["rows"]
    assert set(again.provenance["rows"]["train"]) == {*first["train"], *first["validation"]}
    assert again.provenance["rows"]["test"] == first["test"]
    assert again.provenance["epochs"] == int(np.argmin(run.history["val_loss"])) + 1
    assert again.threshold(0.1) == run.threshold(0.1)
    whole = nn.refit(run.path, data=frame, rows="all", runs_dir=tmp_path)
    assert whole.metrics == {}
    usual = frame["state"].eq("usual").sum()
    assert len(whole.index.rows) == usual
    assert whole.anomaly_score(frame)["anomaly"].sum() > 0
    assert set(again.metrics) == set(run.metrics)


def test_a_refit_of_images_is_the_same_recipe_for_the_best_epochs(run, tmp_path, capsys):
    best = int(np.argmin(run.history["val_loss"])) + 1
    assert main(["refit", str(run.path), "--rows", "all", "--runs", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "No rows are left to score this network" in printed.err
    again = nn.load_run(printed.out.strip().splitlines()[-1])
    assert again.provenance["epochs"] == best
    assert len(again.index.rows) == 1797
    assert again.threshold() == run.threshold()


def test_new_labelled_rows_are_scored(run, digits):
    scores = run.evaluate({"image": digits[0][:40], "digit": digits[1][:40]})
    assert set(scores) == {"reconstruction", "code"}
    assert set(run.evaluate(digits[0][:40])) == {"reconstruction"}


def test_a_denoiser_takes_noise_off_and_says_what_a_u_net_cannot(denoiser, digits):
    clean = digits[0][denoiser.provenance["rows"]["test"]] / 255.0
    noisy = np.clip(clean + 0.4 * np.random.default_rng(0).normal(size=clean.shape), 0, 1)
    made = denoiser.denoise(noisy)[..., 0]
    assert np.mean((made - clean) ** 2) < np.mean((noisy - clean) ** 2)
    assert set(denoiser.metrics["reconstruction"]["baselines"]) == {"noisy", "ridge"}
    assert set(denoiser.metrics) == {"reconstruction"}
    np.testing.assert_array_equal(denoiser.reconstruct(clean), denoiser.reconstruct(clean))  # no noise of its own
    assert len(denoiser.plot_denoised(noisy[:2], clean[:2]).axes) == 6
    with pytest.raises(RunError, match="decode: expected a network whose output depends on its code alone"):
        denoiser.decode(denoiser.encode(clean))


def test_noise_drawn_once_is_the_same_in_every_epoch_and_fresh_noise_is_not(tmp_path):
    model = {"kind": "denoising_autoencoder", "hidden_units": [8], "latent_dim": 4, "fresh_noise": False}
    overrides = {**QUIET, "model": model, "training.epochs": 1, "evaluation.baselines": False}
    run = nn.train(IMAGES, overrides=overrides, runs_dir=tmp_path)
    assert not any(layer.name == "noise" for layer in run.model.layers)
    fresh = nn.train(IMAGES, overrides={**overrides, "model.fresh_noise": True}, runs_dir=tmp_path)
    assert [layer.name for layer in fresh.model.layers][:3] == ["image", "rescaling", "noise"]


def test_denoise_is_refused_by_a_run_that_was_not_trained_for_it(run, digits):
    with pytest.raises(RunError, match="expected a run of denoising_autoencoder. Received: dense_autoencoder"):
        run.denoise(digits[0][:1])


def test_a_table_comes_back_in_its_own_units_and_words(table_run):
    run, frame = table_run
    usual = frame[frame["state"] == "usual"].drop(columns="state")
    made = run.reconstruct(usual)
    assert list(made) == ["age", "km", "fuel"]
    assert np.corrcoef(made["km"], usual["km"])[0, 1] > 0.95
    assert (made["fuel"].to_numpy() == usual["fuel"].to_numpy()).mean() > 0.9
    assert run.decode(run.encode(usual))["fuel"].tolist() == made["fuel"].tolist()


def test_only_normal_rows_train_and_the_others_are_found(table_run):
    run, frame = table_run
    rows = run.provenance["rows"]
    for part in ("train", "validation"):
        assert set(frame["state"].iloc[rows[part]]) == {"usual"}
    test = frame.iloc[rows["test"]]
    found = run.anomaly_score(test)
    np.testing.assert_array_equal(found["true_anomaly"], test["state"] == "odd")
    scored = run.metrics["anomaly"]
    assert scored["metrics"]["recall"]["value"] == found["anomaly"][found["true_anomaly"]].mean() == 1
    assert set(scored["baselines"]) == {"isolation_forest"}  # of PCA's errors a table with categories has none
    assert run.evaluate(test)["anomaly"]["metrics"]["recall"]["value"] == 1
    assert any("are left out: their state is not normal (usual)" in line for line in run.provenance["notices"])


def test_a_series_comes_back_in_its_own_unit(tmp_path):
    rng = np.random.default_rng(0)
    waves = 50 + 9 * np.sin(np.linspace(0, 6, 20) + rng.uniform(0, 6, (200, 1)))
    recipe = {
        "data": {"split": {"test": 40, "validation": 40}}, "targets": {},
        "inputs": {"wave": {"kind": "series", "columns": ["t{0..19}"]}},
        "model": {"kind": "variational_autoencoder", "hidden_units": [32], "latent_dim": 3, "beta": 0.01,
                  "output_activation": "linear"},
        "training": {"epochs": 60, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
    }  # fmt: skip
    frame = pd.DataFrame(waves, columns=[f"t{i}" for i in range(20)])
    run = nn.train(recipe, overrides=QUIET, data=frame, runs_dir=tmp_path)
    made = run.reconstruct(waves)
    assert made.shape == (200, 20, 1)
    assert np.sqrt(np.mean((made[..., 0] - waves) ** 2)) < 4  # of a wave of height 9, whose sd is 6.4
    assert run.metrics["reconstruction"]["baselines"]["pca"]["mse"] > 0


def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

        def get_state(self):
            return {}

        def set_state(self, state):
            pass

    overrides = {**QUIET, "training.epochs": 4, "evaluation.baselines": False,
                 "model": {"kind": "denoising_autoencoder", "hidden_units": [8], "latent_dim": 4}}  # fmt: skip
    whole = nn.train(IMAGES, overrides=overrides, runs_dir=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        nn.train(IMAGES, overrides=overrides, callbacks=[Stop()], runs_dir=tmp_path / "stopped")

    class Silent(Stop):
        def on_epoch_end(self, epoch, logs=None):
            pass

    Silent.__name__ = "Stop"
    again = nn.resume("latest", callbacks=[Silent()], runs_dir=tmp_path / "stopped")
    assert type(again) is nn.AutoencoderRun
    for ours, theirs in zip(whole.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_an_index_that_was_altered_is_refused_by_name(run, tmp_path):
    import shutil

    copied = tmp_path / "digits" / run.path.name
    shutil.copytree(run.path, copied)
    with (copied / "index.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(RunError, match=r"index.npz: expected the file as the run wrote it"):
        nn.load_run(copied).nearest(np.zeros((8, 8), "uint8"))


def test_the_commands_write_what_the_verbs_return(run, denoiser, table_run, digits, tmp_path, capsys):
    for number, image in enumerate(digits[0][:4]):
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / "photos" / f"{number}.png")
    photos, out = str(tmp_path / "photos"), str(tmp_path / "out.csv")
    folder = str(run.path)
    assert main(["encode", folder, "--data", photos, "--out", out]) == 0
    written = pd.read_csv(out)
    assert written.pop("file").tolist() == [f"{number}.png" for number in range(4)]
    np.testing.assert_allclose(written, run.encode(digits[0][:4]), rtol=1e-5)
    Path(out).unlink()
    assert main(["nearest", folder, "--data", photos, "-k", "3", "--out", out]) == 0
    near = pd.read_csv(out)
    assert near["row_id"].tolist() == run.nearest(digits[0][:4], 3)["row_id"].tolist()
    assert near["file"].tolist() == [f"{number}.png" for number in range(4) for _ in range(3)]
    Path(out).unlink()
    assert main(["denoise", str(denoiser.path), "--data", photos, "--out", str(tmp_path / "clean")]) == 0
    written = np.asarray(Image.open(tmp_path / "clean" / "2.png")) / 255
    np.testing.assert_allclose(written, denoiser.denoise(digits[0][:4])[2, ..., 0], atol=0.003)
    assert main(["denoise", folder, "--data", photos]) == 2
    frame = table_run[1]
    frame.to_csv(tmp_path / "cars.csv", index=False)
    capsys.readouterr()
    assert main(["anomaly", str(table_run[0].path), "--data", str(tmp_path / "cars.csv"), "--json"]) == 0
    answer = capsys.readouterr()
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert len(lines) == len(frame)
    assert f"{sum(line['anomaly'] for line in lines)} of 240 rows are above the threshold" in answer.err
    assert "recall 1.000 (20 anomalies by the label)" in answer.err


def test_denoised_images_have_the_names_of_theirs_and_never_leave_the_folder(denoiser, digits, tmp_path):
    import zipfile

    place = tmp_path / "inner"
    place.mkdir()
    with zipfile.ZipFile(place / "scans.zip", "w") as archive:
        for name, image in zip(("a/x.png", "b/x.png", "b/x.bmp", "../out.png"), digits[0], strict=False):
            buffer = io.BytesIO()
            Image.fromarray(image).save(buffer, format="PNG")
            archive.writestr(name, buffer.getvalue())
    assert main(["denoise", str(denoiser.path), "--data", str(place / "scans.zip"), "--out", str(place / "clean")]) == 0
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    assert written == ["inner/clean/0.png", "inner/clean/a/x.png", "inner/clean/b/x.png", "inner/clean/b/x.png.png"]


def test_runs_of_other_kinds_are_told_from_each_other(run, capsys, tmp_path):
    assert main(["predict", str(run.path), "--data", "x.csv"]) == 2
    assert "whose commands are encode, denoise, anomaly, nearest and refit" in capsys.readouterr().err
    assert main(["show", str(run.path)]) == 0
    assert "PCA of as many dimensions" in capsys.readouterr().out


@pytest.mark.parametrize(("overrides", "message"), [
    ({"model": {"kind": "sequential"}, "targets": {}}, "targets: expected at least 1 of them"),
    ({"targets": {"digit": {"loss": "mse"}}}, "targets.digit.loss: expected nothing: the label of an autoencoder is"),
    ({"reconstruction.normal": ["0"], "targets": {}}, "reconstruction.normal: expected a label under targets"),
    ({"model.output_activation": "linear", "reconstruction.loss": "binary_crossentropy"}, "expected sigmoid as model."),
    ({"inputs": {}, "data.source": "arrays"}, "model.output_activation: expected linear"),
    ({"training.init_from": "latest"}, "training.init_from: expected nothing: an autoencoder begins anew"),
    ({"training.callbacks.monitor": "val_accuracy"}, "training.callbacks.monitor: expected one of loss, val_loss"),
    ({"model": {"kind": "sequential"}, "inputs": {}, "reconstruction.contamination": 0.1}, "only an autoencoder"),
    ({"model": {"kind": "denoising_autoencoder", "body": "unet"}, "inputs": {}}, "model.body: expected dense"),
])  # fmt: skip
def test_sections_that_do_not_fit_are_named(overrides, message):
    with pytest.raises(ConfigError, match=message):
        nn.check(IMAGES, overrides)


def test_a_normal_class_that_no_row_has_is_named(tmp_path):
    with pytest.raises(DataError, match="reconstruction.normal.0: expected a class of digit: 0, 1, 2"):
        nn.train(IMAGES, overrides={**QUIET, "reconstruction.normal": ["zero"]}, runs_dir=tmp_path)


def test_pixels_out_of_range_are_refused(run):
    with pytest.raises(
        DataError, match=r"expected uint8 pixels, or numbers from 0 to 1. Received: numbers from 0 to 3"
    ):
        run.encode(np.full((1, 8, 8), 3.0) * np.eye(8))
    with pytest.raises(DataError, match=r"expected images of shape \(8, 8, 1\)"):
        run.encode(np.zeros((2, 9, 8)))


def test_two_runs_are_compared_row_by_row(run, digits, tmp_path, capsys):
    other = nn.train(IMAGES, overrides={**QUIET, "model.latent_dim": 2, "training.epochs": 3}, runs_dir=tmp_path)
    found = nn.compare(run, other)
    row = found["targets"]["reconstruction"]["metrics"]["error"]
    test = digits[0][run.provenance["rows"]["test"]]
    errors = [np.mean((one.reconstruct(test)[..., 0] - test / 255) ** 2) for one in (run, other)]
    assert (row["a"], row["b"]) == pytest.approx(errors, rel=1e-4)
    assert 0 < row["low"] < row["difference"] < row["high"]
    assert found["config"]["model.latent_dim"] == {"a": 6, "b": 2}
    assert main(["compare", str(run.path), str(other.path)]) == 0
    assert "A is better: error" in capsys.readouterr().out


def test_the_example_of_the_documentation_runs(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "autoencoders.md").read_text("utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, "docs/autoencoders.md", "exec"), names)
    assert names["made"].shape == (3, 8, 8, 1)
    assert names["like"].shape == (15, 5)
