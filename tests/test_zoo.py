"""The zoo: stored measurements, the page that is made of them, and trained runs that answer at once."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.config.shipped import recipe_names, shipped
from nnrecipes.zoo import Figure, figure_text, measured, zoo_names, zoo_page

ROOT = Path(__file__).parents[1]
BUNDLED = {"iris_multi_output": "iris", "sequential_breast_cancer": "breast_cancer", "sequential_digits": "digits",
           "sequential_diabetes": "diabetes", "sequential_wine": "wine"}  # fmt: skip


def test_page_is_made_of_the_stored_measurements():
    assert (ROOT / "docs/zoo.md").read_text("utf-8") == zoo_page()


def test_measurements_are_of_shipped_recipes_with_three_seeds_and_baselines():
    for entry in measured():
        assert entry.recipe in recipe_names()
        assert entry.seeds >= 3
        assert entry.cpu_seconds > 0
        assert all(np.isfinite(figure.mean) and figure.sd >= 0 for figure in entry.figures)


def test_header_of_a_measured_recipe_is_its_summary():
    for entry in measured():
        assert entry.summary in zoo_page()


def test_command_lists_the_measurements_and_never_imports_tensorflow(capsys):
    assert main(["zoo"]) == 0
    printed = capsys.readouterr().out
    assert all(entry.recipe in printed for entry in measured())
    assert main(["zoo", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["recipe"] for row in rows if row["ships"]} <= set(zoo_names())


def test_runs_of_bundled_data_ship_and_take_less_than_2_mb():
    assert set(BUNDLED) <= set(zoo_names())
    assert sum(path.stat().st_size for path in (shipped("data") / "zoo").rglob("*") if path.is_file()) < 2_000_000


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_shipped_run_is_whole_and_predicts_its_stored_answers(name):
    run = nn.load_zoo(name)
    assert run.damage() == {}
    stored = pd.read_csv(run.path / "predictions.csv")
    from nnrecipes.data.read import read_table

    frame = read_table(run.config.data.source, None, []).frame
    answers = run.predict(frame.loc[stored["row_id"]])
    assert len(answers) == len(stored)
    for column in answers.columns:
        kept = stored[f"predicted_{column}"]
        if pd.api.types.is_numeric_dtype(kept):
            np.testing.assert_allclose(pd.to_numeric(answers[column]), kept.to_numpy(), rtol=1e-4, atol=1e-5)
        else:
            assert answers[column].astype(str).tolist() == kept.astype(str).tolist()


def test_shipped_autoencoder_rebuilds_digits_better_than_as_many_components():
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA

    run = nn.load_zoo("dense_autoencoder_digits")
    assert run.damage() == {}
    pixels = np.rint(load_digits().images * 255 / 16).astype("uint8")
    rows, train = run.provenance["rows"]["test"], run.provenance["rows"]["train"]
    flat = pixels.reshape(len(pixels), -1) / 255
    pca = PCA(run.index.codes.shape[1]).fit(flat[train])
    theirs = np.mean((pca.inverse_transform(pca.transform(flat[rows])) - flat[rows]) ** 2)
    ours = np.mean((run.reconstruct(pixels[rows])[..., 0] - pixels[rows] / 255) ** 2)
    assert ours == pytest.approx(run.metrics["reconstruction"]["metrics"]["mse"]["value"], rel=1e-4)
    assert ours < theirs
    assert run.nearest(pixels[train[0]], k=1)["row_id"].tolist() == [train[0]]


def test_shipped_denoiser_takes_noise_off_digits():
    from sklearn.datasets import load_digits

    run = nn.load_zoo("denoising_autoencoder_digits")
    clean = load_digits().images[run.provenance["rows"]["test"]] / 16
    noisy = np.clip(clean + 0.5 * np.random.default_rng(0).standard_normal(clean.shape), 0, 1)
    left = np.mean((run.denoise(noisy)[..., 0] - clean) ** 2)
    assert left < np.mean((noisy - clean) ** 2) / 3


def test_shipped_runs_name_no_folder_of_the_machine_that_trained_them():
    for path in (shipped("data") / "zoo").rglob("*"):
        if path.suffix in {".json", ".yaml", ".csv"}:
            assert not any(
                place in path.read_text("utf-8") for place in ("/tmp", "/home/", "/root", "/work", "/Users/")
            )


def test_unknown_name_is_told_the_nearest():
    with pytest.raises(nn.ConfigError, match="Did you mean iris_multi_output"):
        nn.load_zoo("iris_multi_outptu")


@pytest.mark.parametrize(
    ("metric", "expected"), [("rmse", "y rmse 12.3 ± 0.5 (ridge 11.0)"), ("r2", "y r2 12.3 ± 0.5 (mean 14.0)")]
)
def test_best_baseline_is_the_least_error_or_the_greatest_score(metric, expected):
    figure = Figure("y", "regression", metric, 12.3, 0.5, {"ridge": 11.0, "mean": 14.0})
    assert figure_text(figure) == expected
