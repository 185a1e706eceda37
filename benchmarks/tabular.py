"""An ordinary MLP on two public tables with fixed splits; everything was chosen on the validation rows.

    python benchmarks/tabular.py [--json FILE] [--only shipping,california] [--seeds 3] [--data DIR]

``DIR`` holds ``tabular/*.csv`` and ``splits/*.csv``. Peers are the linear model and the mean or majority.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rows import Row, arguments, finish

import nnrecipes as nn

QUIET = {"training.callbacks.progress": False, "evaluation.plots": False}


def california(data: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    """California housing: quantile-scaled numbers, one-hot, three SiLU layers, cosine with warm-up."""
    recipe = {
        "name": "california",
        "data": {
            "source": {"kind": "csv", "path": str(data / "tabular/california_housing.csv")},
            "split": {"kind": "file", "path": str(data / "splits/california.csv")},
        },
        "targets": {"median_house_value": {"task": "regression", "loss": "mse"}},
        "preprocessing": {"numeric": {"missing": "median", "scale": "quantile"}},
        "model": {"kind": "sequential", "hidden_units": [256, 128, 64], "activation": "silu"},
        "training": {
            "epochs": 60,
            "batch_size": 256,
            "optimizer": {"kind": "adam", "learning_rate": 0.003},
            "callbacks": {"early_stopping": {"patience": 15}, "schedule": {"kind": "cosine", "warmup_epochs": 2}},
        },
    }
    return recipe, {}, "median_house_value"


def shipping(data: Path) -> tuple[str, dict[str, Any], str]:
    """The shipped recipe, on the fixed split."""
    overrides = {
        "data.source.path": str(data / "tabular/shipping.csv"),
        "data.split": {"kind": "file", "path": str(data / "splits/shipping.csv")},
    }
    return "sequential_shipping", overrides, "Reached.on.Time_Y.N"


WORKS = {
    "shipping": (shipping, ("log_loss", "roc_auc", "accuracy")),
    "california": (california, ("rmse", "r2")),
}


def main() -> None:
    options = arguments("An ordinary MLP on public tables.", list(WORKS))
    rows: list[Row] = []
    for name in options.only:
        make, metrics = WORKS[name]
        recipe, overrides, target = make(options.data.resolve())
        runs = []
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                run = nn.train(recipe, {**QUIET, **overrides, "seed": seed}, runs_dir=folder)
                runs.append((run.metrics[target], run.provenance["cpu_seconds"]))
        cpu = float(np.mean([seconds for _, seconds in runs]))
        for metric in metrics:
            values = [scored["metrics"][metric]["value"] for scored, _ in runs]
            sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
            rows.append(Row(name, metric, float(np.mean(values)), sd, len(values), None, cpu))
            for peer, others in runs[0][0]["baselines"].items():
                rows.append(Row(name, f"{metric}_of_{peer}", others[metric], None, 1, peer))
    finish(rows, options.json)


if __name__ == "__main__":
    main()
