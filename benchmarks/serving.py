"""From a run to answers: exported files beside their runs, single rows beside ``Model.predict``, cold commands.

    python benchmarks/serving.py [--json FILE] [--only parity,one_row,server,cold_predict] [--seeds 5] [--data DIR]

``parity``: every recipe whose data are there is exported to every format that carries it, which loads the file in its
own runtime and compares 512 rows; the recipes that do not ship a trained run are trained for a few epochs first.
``one_row``: ``run.predict_one`` of a raw row against ``Model.predict`` of the same row, prepared, in one process, in
turns. ``server``: requests a second and memory under load (serving_http.py). ``cold_predict``: CPU time of ``nnrecipes
predict`` of 1,000 rows against ``python -c "import tensorflow"``, each a process of its own, in turns, ``--seeds`` of
each; the median counts.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from public_data import overrides_of
from rows import Row, arguments, finish
from serving_http import server

FORMATS = {"keras": ".keras", "saved_model": "", "onnx": ".onnx", "litert": ".tflite"}
SHORT = {"training.epochs": 4, "training.callbacks.progress": False, "evaluation.plots": False,
         "evaluation.bootstrap": 100}  # fmt: skip
ONE_ROW = ("iris_multi_output", "sequential_wine", "sequential_breast_cancer", "sequential_digits")
COLD = "sequential_wine"
TURNS = 200


def parity(seeds: int, data: Path) -> list[Row]:  # noqa: ARG001 - all works are called alike
    """Every recipe in every format that carries it; a recipe a process."""
    from nnrecipes.config.shipped import offline_recipe_names, recipe_names

    rows: list[Row] = []
    failed: list[str] = []
    for name in recipe_names():
        overrides = {} if name in offline_recipe_names() else overrides_of(name, data)
        if overrides is None:
            print(f"parity: {name}: its data are not there", flush=True)
            continue
        words = [sys.executable, __file__, "--one", name, json.dumps(overrides)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            failed.append(name)
            print(f"parity: {name}: failed: {done.stderr.strip().splitlines()[-1]}", flush=True)
            continue
        for to, (difference, said) in json.loads(done.stdout.splitlines()[-1]).items():
            print(f"parity: {name}: {to}: {said if difference is None else f'{difference:.1e}'}", flush=True)
            if difference is not None:
                rows.append(Row("parity", f"max_difference {name} {to}", difference))
    if failed:
        sys.exit(f"parity: failed: {', '.join(failed)}")
    return [Row("parity", "max_difference", max(row.value for row in rows)), *rows]


def one_recipe(name: str, overrides: dict[str, Any]) -> dict[str, tuple[float | None, str]]:
    """Format -> greatest difference, or why the format does not carry the run."""
    import nnrecipes as nn

    found: dict[str, tuple[float | None, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        run = _trained(name, overrides, Path(folder))
        for to, ending in FORMATS.items():
            try:
                made = run.export(to, Path(folder) / f"file{ending}")
                found[to] = (made.max_difference, f"{made.size} bytes")
            except nn.RunError as error:
                found[to] = (None, str(error))
    return found


def one_row(seeds: int, data: Path) -> list[Row]:  # noqa: ARG001
    """Model.predict's time / ours, of one row; the least ratio of the runs counts."""
    import nnrecipes as nn
    from nnrecipes.inference.export.probe import probe_frame

    rows = []
    for name in ONE_ROW:
        run = nn.load_zoo(name)
        frame = probe_frame(run.preprocessor, rows=8)
        record, arrays = frame.iloc[0].to_dict(), run.preprocessor.transform(frame.head(1))
        x = arrays if len(arrays) > 1 else next(iter(arrays.values()))
        model = run.model
        ours, theirs = [], []
        for _ in range(20):
            run.predict_one(record)
        for _ in range(3):
            model.predict(x, verbose=0)
        for _ in range(TURNS // 10):
            theirs.append(_timed(lambda x=x, model=model: model.predict(x, verbose=0)))
            ours += [_timed(lambda run=run, record=record: run.predict_one(record)) for _ in range(10)]
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(f"one_row: {name}: ours {statistics.median(ours) * 1e6:.0f} us, Model.predict "
              f"{statistics.median(theirs) * 1e3:.1f} ms ({run.predictor.backend})", flush=True)  # fmt: skip
        rows.append(Row("one_row", f"ratio_to_predict {name}", ratio, peer="Model.predict"))
    return [Row("one_row", "ratio_to_predict", min(row.value for row in rows), peer="Model.predict"), *rows]


def cold_predict(seeds: int, data: Path) -> list[Row]:  # noqa: ARG001
    """CPU of the command / CPU of importing TensorFlow."""
    import nnrecipes as nn

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "run"
        shutil.copytree(nn.load_zoo(COLD).path, place)
        run = nn.load_run(place)
        low_high = {item["name"]: item["range"] for item in run.predictor.schema["inputs"]}
        rng = np.random.default_rng(0)
        rows = pd.DataFrame({name: rng.uniform(*ends, 1000) for name, ends in low_high.items()})
        rows.to_csv(Path(folder) / "rows.csv", index=False)
        out = str(Path(folder) / "out.csv")
        ours_words = [
            sys.executable,
            "-m",
            "nnrecipes",
            "predict",
            str(place),
            "--data",
            f"{folder}/rows.csv",
            "--out",
            out,
        ]
        ours, theirs = [], []
        for _ in range(max(seeds, 3)):
            theirs.append(_cpu([sys.executable, "-c", "import tensorflow"]))
            ours.append(_cpu(ours_words))
        assert len(pd.read_csv(out)) == 1000
    mine, import_ = statistics.median(ours), statistics.median(theirs)
    print(f"cold_predict: ours {mine:.2f} s, import tensorflow {import_:.2f} s CPU", flush=True)
    return [Row("cold_predict", "cpu_ratio_to_tensorflow_import", mine / import_, seeds=len(ours),
                peer="import tensorflow", cpu_seconds=mine)]  # fmt: skip


def over_http(seeds: int, data: Path) -> list[Row]:  # noqa: ARG001
    """The server beside FastAPI with ``Model.predict``; see serving_http.py, which has the long load as well."""
    return server()


WORKS: dict[str, Callable[[int, Path], list[Row]]] = {
    "parity": parity,
    "one_row": one_row,
    "server": over_http,
    "cold_predict": cold_predict,
}


def _trained(name: str, overrides: dict[str, Any], folder: Path) -> Any:
    import nnrecipes as nn
    from nnrecipes.config.load import is_recommender, read
    from nnrecipes.zoo import zoo_names

    if name in zoo_names():
        return nn.load_zoo(name)
    short = {"training.epochs": 2} if is_recommender(read(name)) else SHORT
    return nn.train(name, {**overrides, **short}, runs_dir=folder / "runs")


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _cpu(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one_recipe(sys.argv[2], json.loads(sys.argv[3]))))
        return
    given = arguments(str(__doc__).splitlines()[0], list(WORKS), seeds=5)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    rows = [row for name in given.only for row in WORKS[name](given.seeds, given.data)]
    finish(rows, given.json)


if __name__ == "__main__":
    main()
