# %% [markdown]
# # From a CSV file to a served model
#
# A network that was trained on scaled numbers and one-hot columns is of no use to a program that has a port, a
# date and a number. What is served here takes *raw rows*: the preprocessing is inside the file, and the file is
# tried against the run before it is kept.

# %%
# %matplotlib inline
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd

import nnrecipes as nn
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Train
#
# A table of catches in harbours comes with the package: categories, numbers, and gaps. `nnrecipes new harbour.csv
# --target catch_kg` would draft the recipe; here it is short enough to write.

# %%
recipe = {
    "name": "harbour",
    "data": {"source": {"kind": "csv", "path": "shipped:harbour.csv"}, "ignore": ["departure"]},
    "targets": {"catch_kg": {"task": "regression"}},
    "preprocessing": {
        "numeric": {"missing": "indicator"},
        "categorical": {"missing": "indicator", "encode": "target"},
    },
    "model": {"kind": "sequential", "hidden_units": [64, 32]},
    "training": {"epochs": 40, "callbacks": {"early_stopping": {"patience": 10}, "progress": False}},
}
run = nn.train(recipe, runs_dir=folder / "runs")
run

# %%
run.plot_predicted()

# %% [markdown]
# ## One row, quickly
#
# `run.predict` is for tables. For one row there is `run.predict_one`, which goes through the exported network and
# numpy, not through `Model.predict`.

# %%
rows = pd.read_csv(run.config.data.source.path).drop(columns=["catch_kg", "departure"])
row = {name: None if pd.isna(value) else value for name, value in rows.iloc[0].to_dict().items()}
print(row)
print(run.predict_one(row))

# %% [markdown]
# ## Export
#
# Each export is loaded again in a process of its own, without this package, and compared with the run on rows
# that include categories nobody has seen, missing values and extremes. A difference above 1e-5 would remove the
# file.

# %%
for form in ("onnx", "keras"):
    made = run.export(form, folder / f"harbour.{form}")
    print(
        made.path.name,
        f"{made.size / 1000:.0f} kB,",
        {name: f"{value:.0e}" for name, value in made.differences.items()},
    )

# %% [markdown]
# Here is the ONNX file in onnxruntime alone: a dict of columns goes in, each of shape `(rows, 1)`.

# %%
import onnxruntime

session = onnxruntime.InferenceSession(folder / "harbour.onnx")
columns = {}
for put in session.get_inputs():
    values = rows[put.name].head(5).to_numpy()
    text = put.type == "tensor(string)"
    columns[put.name] = (
        np.array(["" if pd.isna(value) else str(value) for value in values], dtype=object)
        if text
        else values.astype("float32")
    ).reshape(-1, 1)
answers = dict(zip([out.name for out in session.get_outputs()], session.run(None, columns), strict=True))
pd.DataFrame({"run": run.predict(rows.head(5))["catch_kg"], "onnxruntime": np.ravel(answers["catch_kg"])})

# %% [markdown]
# ## Serve
#
# `nnrecipes serve RUN` is a web server over the same file. It prints where it listens.

# %%
command = [sys.executable, "-m", "nnrecipes", "serve", str(run.path), "--port", "0", "--json"]
server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
begun = json.loads(server.stdout.readline())
address = begun["url"]
print("served by", begun["engine"])


# %%
def ask(body: object) -> object:
    """Send JSON, and return the answer's."""
    request = urllib.request.Request(
        f"{address}/predict", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


print(ask(row))
print(ask([row, {**row, "harbour": "Atlantis"}]))  # a category that training has not seen

# %% [markdown]
# A mistake gets an answer that says what was expected, at which field, and the nearest right name.

# %%
wrong = {("hour" if name == "hours" else name): value for name, value in row.items()}
for problem in ask(wrong)["errors"]:
    print(problem["field"], "| expected", problem["expected"], "|", problem.get("did_you_mean", ""))

# %% [markdown]
# The same address in a browser is a form. `/schema` says what a row is, `/metrics` what Prometheus wants to know,
# `/openapi.json` all of it for programs. Ctrl-C, or the signal that a container gets, lets the requests in flight
# end.

# %%
server.terminate()
print("stopped with", server.wait())
