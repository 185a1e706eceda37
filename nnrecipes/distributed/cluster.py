"""A recipe's ``training.distributed`` section -> a Ray cluster: the one that is there, or one on this machine."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nnrecipes.config.distributed import DistributedConfig
from nnrecipes.errors import ConfigError, RunError

MIB = 2**20
SMALLEST_STORE = 75  # MiB; Ray takes no less
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # tells nobody that it is used
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "600",  # a busy machine takes longer than a minute to import TensorFlow
}
HERE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on any system: listen on loopback alone
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",  # nobody takes this machine away
}


def ray_module(*, here: bool = False) -> Any:
    """Ray, set up before it is imported.

    Args:
        here: Whether a cluster is to be started on this machine.

    Raises:
        ConfigError: It is not installed.
    """
    for name, value in {**QUIET, **(HERE if here else {})}.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.train
    except ImportError:
        expected = "training.distributed: expected Ray (pip install 'nnrecipes[distributed]')"
        raise ConfigError(f"{expected}. Received: a Python without it.") from None
    return ray


@contextmanager
def cluster(section: DistributedConfig) -> Iterator[Any]:
    """Connect to a cluster and let go of it at the end; one that was started here, on loopback alone, is stopped.

    Raises:
        ConfigError: Ray is not installed.
        RunError: There is no cluster at the address.
    """
    ray = ray_module(here=section.address is None)
    if ray.is_initialized():
        yield ray
        return
    folder = tempfile.mkdtemp(prefix="nnr-")
    try:
        _connect(ray, section, folder)
        yield ray
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _connect(ray: Any, section: DistributedConfig, folder: str) -> None:
    options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    if section.address is None:
        options |= {
            "address": "local",
            "num_cpus": max(1, round(section.workers * section.cpus)),
            "object_store_memory": max(section.object_store, SMALLEST_STORE) * MIB,
            "include_dashboard": False,
            "_temp_dir": folder,
        }
    else:
        options |= {"address": section.address}
    try:
        ray.init(**options)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        reason = " ".join(str(error).split())[:300]
        expected = f"training.distributed.address: expected a Ray cluster at {section.address or 'this machine'}"
        raise RunError(f"{expected}. Received: {reason}") from None
