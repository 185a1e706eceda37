"""What all tests share: quiet TensorFlow, no display, and the folder of tests on the path for ``cases``."""

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("MPLBACKEND", "Agg")
sys.path.insert(0, str(Path(__file__).parent))

KERAS_COPY = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning:keras.*"


def pytest_configure(config: pytest.Config) -> None:
    """Keras 3.15 saves a variable by ``np.array(variable)``, which numpy 2 warns of: let that one warning pass."""
    config.addinivalue_line("filterwarnings", KERAS_COPY)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Each test draws the same initial weights, whatever ran before it in its process."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)
