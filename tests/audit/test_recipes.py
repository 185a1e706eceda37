"""The shipped recipes are clean, and so are recipes with every kind of column, target, split and policy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.config.shipped import offline_recipe_names, target_recipe_names


@pytest.mark.parametrize("name", [name for name in target_recipe_names() if name in offline_recipe_names()])
def test_every_shipped_recipe_is_clean(name, capsys):
    assert main(["audit", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["changed", "checked", "verdict"]
    assert lines[-1] == "clean"
    assert not any("LEAK" in line or "not checked" in line for line in lines)
    assert sum("same bytes" in line for line in lines) >= 6


@pytest.mark.realdata
def test_the_recipe_with_target_encoding_is_clean(capsys):
    folder = os.environ.get("NNRECIPES_BENCH_DATA")
    if not folder:
        pytest.skip("NNRECIPES_BENCH_DATA names no folder with the public data sets")
    assert main(["audit", "sequential_shipping", f"data.source.path={folder}/tabular/shipping.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == {"train": 8909, "validation": 990, "test": 1100}
    assert found["checks"][-1] | {"leaks": []} == found["checks"][-1]
    assert found["checks"][-1]["verdict"] == "unmoved"
    assert "but for" not in found["checks"][-1]["checked"]


def everything(rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({
        "sold": (np.datetime64("2024-01-01") + rng.integers(0, 300, rows)).astype(str),
        "size": rng.normal(size=rows).round(2), "age": rng.integers(0, 90, rows).astype(float),
        "town": rng.choice(["a", "b", "c"], rows), "code": rng.choice(["1", "2", "10"], rows),
        "owner": [f"o{i}" for i in rng.integers(0, 30, rows)], "grade": rng.choice(["low", "mid", "top"], rows),
        "red": rng.integers(0, 2, rows), "blue": rng.integers(0, 2, rows), "price": rng.normal(50, 9, rows).round(1),
    })  # fmt: skip
    frame.loc[rng.random(rows) < 0.1, ["age", "town"]] = None
    frame.loc[5, "size"] = np.nan
    frame.loc[6, "price"] = np.nan
    return frame


RECIPES = {
    "several targets, dropped rows, dates": {
        "data": {"missing_target": "drop", "split": {"kind": "kfold", "folds": 4, "test": 0.2}, "ignore": ["owner"]},
        "targets": {"price": {"loss": "huber", "scale": "robust"}, "grade": {"class_weight": "balanced"},
                    "tags": {"task": "multilabel", "columns": ["red", "blue"]}},
        "preprocessing": {"numeric": {"missing": "mean", "scale": "quantile"},
                          "categorical": {"missing": "most_frequent", "encode": "target", "target": "grade", "folds": 2},
                          "columns": {"size": {"missing": "drop"}}},
        "training": {"callbacks": {"monitor": "val_loss"}},
    },
    "a group split, catboost against labels": {
        "data": {"split": {"kind": "group", "column": "owner"}, "ignore": ["price", "grade"]},
        "targets": {"tags": {"task": "multilabel", "columns": ["red", "blue"]}},
        "preprocessing": {"numeric": {"missing": "indicator"}, "categorical": {"missing": "unknown", "encode": "catboost"}},
    },
    "a split by time": {
        "data": {"split": {"kind": "time", "column": "sold"}, "ignore": ["price", "red", "blue", "owner"]},
        "targets": {"grade": {}},
        "preprocessing": {"numeric": {"missing": "constant", "fill_value": -1.0},
                          "categorical": {"missing": "constant", "encode": "target", "folds": 2, "scale": "none"}},
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "source"), list(zip(RECIPES, ["csv", "parquet", "arrays"], strict=True)))
def test_recipes_of_every_kind_are_clean(name, source, tmp_path):
    recipe = {"model": {"kind": "multimodal"}, **RECIPES[name]}
    rows = everything()
    if source == "arrays":
        found = nn.audit(recipe, data=rows)
    else:
        path = tmp_path / f"rows.{source}"
        options = {"delimiter": ";", "decimal": ","} if source == "csv" else {}
        if source == "csv":
            rows.to_csv(path, sep=";", decimal=",", index=False)
        else:
            rows.to_parquet(path)
        found = nn.audit(
            {**recipe, "data": {**recipe["data"], "source": {"kind": source, "path": str(path), **options}}}
        )
    assert found.verdict == "clean", str(found)
    assert not any(check.verdict == "not checked" for check in found.checks)


def test_the_first_and_the_second_call_of_the_package_are_the_same_function():
    code = (
        "import sys, nnrecipes as nn\n"
        "a = nn.audit('sequential_wine')\n"
        "import nnrecipes.audit\n"
        "assert a == nnrecipes.audit('sequential_wine') and a.clean\n"
        "assert '<table>' in a._repr_html_() and 'clean' in a._repr_html_()\n"
        "sys.exit('imported' if {'tensorflow', 'keras'} & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_leak_is_status_1_and_its_name_is_the_last_line(monkeypatch, capsys):
    from functools import partial

    import nnrecipes.audit as package
    from nnrecipes.preprocessing.build import fit_preprocessor

    def fit(config, dataset):
        prepared = fit_preprocessor(config, dataset)
        prepared.train.x["features"][:, 0] += dataset.frame["alcohol"].mean()
        return prepared

    monkeypatch.setattr(package, "audit", partial(package.audit, fit=fit))
    assert main(["audit", "sequential_wine"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "LEAK: training x of input 'features'"
    assert any(line.startswith("leak: ") and "alcohol (114 of 114 rows)" in line for line in lines)


def test_a_recipe_that_does_not_fit_is_status_2(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["audit", "sequential_wine", "targets.cultivar.tsak=binary"]) == 2
    assert "Did you mean task?" in capsys.readouterr().err
    assert main(["audit", "sequential_shipping", "data.source.path=absent.csv"]) == 2
    assert main(["audit", "sequential_wine", "data.ignore=[alcohool]"]) == 2
    assert "Did you mean alcohol?" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
