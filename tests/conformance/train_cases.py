"""Trains every case for two epochs and prints ``{case: sha256 of the weights}`` as JSON."""

import hashlib
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parents[1]))

from cases import CASES

from nnrecipes.models.build import build_model
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import fit_keras


def digest(case):
    model = build_model(case.config, case.spec, seed=5)
    compile_model(model, optimizer={"kind": "adam"}, **case.compile_keywords())
    fit_keras(model, case.arrays(60), epochs=2, batch_size=16, seed=5)
    return hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()


if __name__ == "__main__":
    print(json.dumps({case.name: digest(case) for case in CASES}))
