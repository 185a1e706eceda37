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
