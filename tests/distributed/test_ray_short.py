"""Two processes on a local Ray cluster against one process: the same batches, the same losses."""

import numpy as np
import pytest
from ray_runs import finished, history, prepare, weights

import nnrecipes as nn
from nnrecipes.runs.files import read_json

pytestmark = pytest.mark.distributed


def test_two_workers_log_what_one_process_does(tmp_path):
    recipe = prepare(tmp_path, "short", rows=130, epochs=3, batch=16)
    spread = finished(tmp_path, recipe, "--workers", "2")
    overrides = {"training.trainer": "keras", "training.callbacks.progress": False}
    alone = nn.train(tmp_path / recipe, overrides, runs_dir=tmp_path / "alone").path
    a, b = history(spread), history(alone)
    assert list(a) == list(b)
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    for own, other in zip(weights(spread), weights(alone), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-5)
    workers = read_json(spread / "provenance.json")["workers"]
    assert len({worker["pid"] for worker in workers}) == 2
    assert [worker["world_size"] for worker in workers] == [worker["replicas_in_sync"] for worker in workers] == [2, 2]
    assert not (spread / "checkpoints" / "ray").exists()
