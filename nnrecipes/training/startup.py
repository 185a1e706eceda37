"""Start TensorFlow without the messages about absent GPUs that no user of a CPU can act on."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from nnrecipes.config.backend import check_backend

NOISE = ("cudart_stub", "cuda_platform", "cuda_executor", "cuda_diagnostics", "InitializeLog()", "cpu_feature_guard",
         "AVX", "oneDNN", "computation_placer", "TF-TRT", "Unable to register")  # fmt: skip


def start_tensorflow() -> None:
    """Import TensorFlow and look for devices; what its C++ code prints then is shown unless it is known to be noise.

    Raises:
        ConfigError: Keras runs on a library that networks cannot be trained on.
    """
    check_backend()
    if "tensorflow" in sys.modules:
        _drop_retracing()
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _captured() as lines:
        import tensorflow as tf

        tf.config.list_physical_devices()
    _drop_retracing()
    for line in lines:
        if not any(word in line for word in NOISE):
            sys.stderr.write(line)


def _drop_retracing() -> None:
    """Several networks in one process are no mistake: drop TensorFlow's warning that it traces a function for each."""
    logger = logging.getLogger("tensorflow")
    if _no_retracing not in logger.filters:
        logger.addFilter(_no_retracing)


def _no_retracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()


@contextmanager
def _captured() -> Iterator[list[str]]:
    """Collect what is written to file descriptor 2; where there is none, nothing is collected."""
    lines: list[str] = []
    try:
        kept = os.dup(2)
    except OSError:
        yield lines
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield lines
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            lines += file.read().decode("utf-8", "replace").splitlines(keepends=True)
