"""Autoencoders on MNIST's 10,000 t10k images: 8,000 train, 1,000 validate, 1,000 test, in file order; pixels / 255.

python benchmarks/autoencoders.py [--data DIR] [--json FILE] [--only NAMES] [--seeds 3]

classic_dense, better_dense: the shipped recipes; compression: error of PCA with 32 components over better_dense's;
denoise_dense, denoise_unet: noise 0.5 * N(0, 1), clipped, of the test images from numpy's default_rng(123). CPU seconds
are those of reading, building, training and the scores of the validation rows, until the last epoch has ended, in a
process of its own with one thread an operation.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rows import Row, arguments, finish

WORKS = ("classic_dense", "better_dense", "denoise_dense", "denoise_unet", "compression")
RECIPES = {
    "classic_dense": "dense_autoencoder_mnist_classic",
    "better_dense": "dense_autoencoder_mnist",
    "compression": "dense_autoencoder_mnist",
    "denoise_dense": "denoising_autoencoder_mnist_dense",
    "denoise_unet": "denoising_autoencoder_mnist",
}
QUIET = {"training.callbacks.progress": False, "training.callbacks.checkpoint": None, "evaluation.plots": False,
         "evaluation.baselines": False, "evaluation.bootstrap": 100}  # fmt: skip
FILES = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        print(json.dumps(measure(*sys.argv[2:])))
        return
    options = arguments("Autoencoders on MNIST.", WORKS)
    folder = options.data / "images"
    if not all((folder / name).is_file() for name in FILES):
        print(f"skipped, as {folder} has not {' and '.join(FILES)}")
        finish([], options.json)
        return
    rows: list[Row] = []
    found: dict[str, list[dict[str, float]]] = {}
    rival = rivals(folder)
    for work in options.only:
        recipe = RECIPES[work]
        if recipe not in found:
            found[recipe] = [worker(recipe, str(folder), str(seed)) for seed in range(options.seeds)]
        rows += table(work, found[recipe], rival)
    finish(rows, options.json)


def table(work: str, runs: list[dict[str, float]], rival: dict[str, float]) -> list[Row]:
    """The rows of one work; those of rivals have a metric's name of their own."""
    cpu = float(np.mean([run["cpu_seconds"] for run in runs]))

    def row(metric: str, values: list[float], peer: str | None = None) -> Row:
        sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
        return Row(work, metric, float(np.mean(values)), sd, len(values), peer, cpu)

    seconds = row("cpu_seconds", [run["cpu_seconds"] for run in runs])
    if work == "compression":
        ratio = row("error_ratio_to_pca", [rival["pca_mse"] / run["mse"] for run in runs], "PCA-32")
        return [ratio, Row(work, "mse_pca", rival["pca_mse"], peer="PCA-32")]
    if work.startswith("denoise"):
        names = {"psnr_noisy": "the noisy images", "psnr_ridge": "ridge regression"}
        theirs = [Row(work, name, rival[name], peer=peer) for name, peer in names.items()]
        return [
            row("psnr", [run["psnr"] for run in runs]),
            row("ssim", [run["ssim"] for run in runs]),
            seconds,
            *theirs,
        ]
    theirs = [Row(work, "knn_accuracy_pca", rival["pca_knn_accuracy"], peer="PCA-32"),
              Row(work, "knn_accuracy_pixels", rival["knn_accuracy"], peer="the pixels themselves")]  # fmt: skip
    return [*(row(name, [run[name] for run in runs]) for name in ("mse", "bce", "knn_accuracy", "nmi")), seconds,
            *theirs]  # fmt: skip


def images(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels from 0 to 1, labels, and the noisy test images."""
    from nnrecipes.data.idx import read_idx

    pixels, labels = (read_idx(folder / name) for name in FILES)
    clean = pixels.astype(np.float64) / 255
    noise = np.random.default_rng(123).standard_normal((1000, 28, 28))
    return clean, labels.astype(str), np.clip(clean[9000:] + 0.5 * noise, 0, 1)


def worker(recipe: str, folder: str, seed: str) -> dict[str, float]:
    """Measure in a process of its own: its CPU time is not another's."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
    command = [sys.executable, __file__, "--worker", recipe, folder, seed]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **threads})
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(recipe: str, folder: str, seed: str) -> dict[str, float]:
    import nnrecipes as nn
    from nnrecipes.evaluation.code_quality import code_metrics
    from nnrecipes.training.startup import start_tensorflow

    start_tensorflow()
    import keras  # its import is not counted

    source: dict[str, Any] = {"kind": "idx", "images": [f"{folder}/{FILES[0]}"], "labels": [f"{folder}/{FILES[1]}"]}
    began, ended = time.process_time(), []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_end(self, logs: Any = None) -> None:
            ended.append(time.process_time())

    with tempfile.TemporaryDirectory() as runs:
        changes = {**QUIET, "data.source": source, "seed": int(seed)}
        run = nn.train(recipe, changes, callbacks=[Clock()], runs_dir=runs)
        cpu = ended[0] - began
        clean, labels, noisy = images(Path(folder))
        scored = {name: entry["value"] for name, entry in run.metrics["reconstruction"]["metrics"].items()}
        if "denoising" in recipe:
            made = run.denoise(noisy.astype(np.float32))[..., 0]
            from nnrecipes.evaluation.reconstruction import psnr, ssim

            likeness = float(ssim(clean[9000:, ..., None], made[..., None]).mean())
            return {"psnr": psnr(float(np.mean((made - clean[9000:]) ** 2))), "ssim": likeness, "cpu_seconds": cpu}
        codes = run.encode(np.rint(clean * 255).astype(np.uint8))
        found = code_metrics(codes[:8000], labels[:8000], codes[9000:], labels[9000:], seed=int(seed))
        return {**scored, **found, "cpu_seconds": cpu}


def rivals(folder: Path) -> dict[str, float]:
    """PCA with 32 components and ridge regression on the same rows, in closed form."""
    from sklearn.neighbors import KNeighborsClassifier

    from nnrecipes.evaluation.autoencoder_rivals import fit_pca, fit_ridge
    from nnrecipes.evaluation.reconstruction import psnr

    clean, labels, noisy = images(folder)
    pca = fit_pca(clean[:8000], 32)
    made = np.clip(pca.decode(pca.encode(clean[9000:]), (28, 28)), 0, 1)
    near = {name: KNeighborsClassifier(10).fit(rows[:8000], labels[:8000]).score(rows[9000:], labels[9000:])
            for name, rows in (("pca_", pca.encode(clean)), ("", clean.reshape(10_000, -1)))}  # fmt: skip
    rng = np.random.default_rng(0)
    spoilt = np.clip(clean[:9000] + 0.5 * rng.standard_normal((9000, 28, 28)), 0, 1)
    ridge = np.clip(fit_ridge(spoilt[:8000], clean[:8000], spoilt[8000:], clean[8000:9000], noisy)[0], 0, 1)
    return {
        "pca_mse": float(np.mean((made - clean[9000:]) ** 2)),
        "psnr_noisy": psnr(float(np.mean((noisy - clean[9000:]) ** 2))),
        "psnr_ridge": psnr(float(np.mean((ridge - clean[9000:]) ** 2))),
        **{f"{name}knn_accuracy": float(value) for name, value in near.items()},
    }


if __name__ == "__main__":
    main()
