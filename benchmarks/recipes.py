"""Every shipped recipe that needs no file, over several seeds: the figures of the recipes' headers and of the README.

python benchmarks/recipes.py [--json FILE] [--only NAMES] [--seeds 3]
"""

import tempfile

import numpy as np
from rows import Row, arguments, finish

import nnrecipes as nn
from nnrecipes.config.shipped import offline_recipe_names, target_recipe_names

QUIET = {"training.callbacks.progress": False, "evaluation.plots": False}
MAIN = {
    "regression": ("rmse", "r2"),
    "binary": ("roc_auc", "accuracy"),
    "multiclass": ("accuracy", "log_loss"),
    "identity": ("roc_auc", "eer", "one_shot_accuracy"),
}


def main() -> None:
    names = [name for name in target_recipe_names() if name in offline_recipe_names()]
    options = arguments("Every shipped recipe that needs no file.", names)
    rows: list[Row] = []
    for name in options.only:
        runs = []
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                run = nn.train(name, {**QUIET, "seed": seed}, runs_dir=folder)
                runs.append((run.metrics, run.provenance["cpu_seconds"]))
        cpu = float(np.mean([seconds for _, seconds in runs]))
        for target, scored in runs[0][0].items():
            for metric in MAIN[scored["task"]]:
                values = [metrics[target]["metrics"][metric]["value"] for metrics, _ in runs]
                rival = "lda" if scored["task"] == "identity" else "linear"
                others = [metrics[target]["baselines"][rival][metric] for metrics, _ in runs]
                sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
                rows.append(Row(name, f"{target}_{metric}", float(np.mean(values)), sd, len(values), None, cpu))
                rows.append(Row(name, f"{target}_{metric}_{rival}", float(np.mean(others)), None, len(others), rival))
    finish(rows, options.json)


if __name__ == "__main__":
    main()
