"""Train the runs that ship with the package, on scikit-learn's tables, into ``data/zoo/``.

    python benchmarks/ship_runs.py

Each is the recipe as it stands, without plots and checkpoints, which would be most of its bytes.
"""

import shutil

import nnrecipes as nn
from nnrecipes.config.shipped import shipped

RECIPES = ("iris_multi_output", "sequential_breast_cancer", "sequential_diabetes", "sequential_digits",
           "sequential_wine")  # fmt: skip
SMALL = {"evaluation.plots": False, "training.callbacks.checkpoint": None, "training.callbacks.progress": False}


def main() -> None:
    place = shipped("data") / "zoo"
    shutil.rmtree(place, ignore_errors=True)
    for name in RECIPES:
        run = nn.train(name, SMALL, runs_dir=place)
        run.predictor  # noqa: B018 - makes the file that answers without TensorFlow
        size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
        print(f"{name}: {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
