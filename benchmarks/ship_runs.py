"""Train the runs that ship with the package, on scikit-learn's data, into ``data/zoo/``.

    python benchmarks/ship_runs.py [NAMES]

Each is the recipe as it stands, without plots, checkpoints and the optimizer's state, which would be most of its bytes.
Without names all are trained.
"""

import shutil
import sys
from typing import Any

import nnrecipes as nn
from nnrecipes.config.shipped import shipped

RECIPES = ("dense_autoencoder_digits", "denoising_autoencoder_digits", "iris_multi_output", "sequential_breast_cancer",
           "sequential_diabetes", "sequential_digits", "sequential_wine")  # fmt: skip
SMALL = {"evaluation.plots": False, "training.callbacks.checkpoint": None, "training.callbacks.progress": False}


def main() -> None:
    for name in sys.argv[1:] or RECIPES:
        place = shipped("data") / "zoo"
        shutil.rmtree(place / name, ignore_errors=True)
        run = nn.train(name, SMALL, runs_dir=place)
        forget_optimizer(run)
        if hasattr(run, "predictor"):
            run.predictor  # noqa: B018 - makes the file that answers without TensorFlow
        size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
        print(f"{name}: {size / 1000:.0f} kB")


def forget_optimizer(run: Any) -> None:
    """Write the run's model anew, not compiled, and seal the run again."""
    from nnrecipes.runs.integrity import seal
    from nnrecipes.training.save import save_model

    model = run.model
    model.optimizer, model.compiled = None, False
    save_model(model, run.path)
    own = ("format", "files", "sha256")
    seal(run.folder, {name: value for name, value in run.provenance.items() if name not in own})
    for folder in ("checkpoints", "members"):
        shutil.rmtree(run.path / folder, ignore_errors=True)


if __name__ == "__main__":
    main()
