"""The resizing inside an exported file beside Pillow's own, grey level for grey level, and whole files on other sizes."""

import sys
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pytest
from PIL import Image

import nnrecipes as nn
from nnrecipes.data.cells import as_cells
from nnrecipes.data.images import decode_images
from nnrecipes.inference.export.resize import resized

sys.path.insert(0, str(Path(__file__).parent))
from kinds import PAIRS, table

SIZES = [(28, 28), (64, 48), (31, 29), (100, 333), (13, 5), (1, 1), (2, 500), (700, 577), (2000, 40), (29, 31)]


def by_pillow(image: np.ndarray, height: int, width: int) -> np.ndarray:
    plain = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    across = plain.resize((width, image.shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(across.resize((width, height), Image.Resampling.BILINEAR)).reshape(height, width, -1)


@pytest.mark.parametrize(("height", "width", "channels"), [(28, 28, 1), (64, 48, 3), (7, 9, 3), (3, 2, 1)])
def test_every_grey_level_is_pillows(height, width, channels):
    given = keras.Input((None, None, channels), dtype="uint8")
    model = keras.Model(given, resized(given, height, width))
    rng = np.random.default_rng(0)
    for rows, columns in SIZES:
        noise = rng.integers(0, 256, (2, rows, columns, channels)).astype(np.uint8)
        noise[1] = np.where(noise[1] > 127, 255, 0)
        expected = np.stack([by_pillow(image, height, width) for image in noise])
        np.testing.assert_array_equal(model(noise).numpy(), expected, err_msg=f"{rows} x {columns}")
        references = as_cells(noise)
        np.testing.assert_array_equal(
            decode_images(references, height=height, width=width, channels=channels), expected
        )
    assert model(np.zeros((0, 40, 30, channels), np.uint8)).shape == (0, height, width, channels)


def test_a_file_takes_images_of_any_size(tmp_path):
    rows = table()
    run = nn.train(PAIRS, data=rows, runs_dir=tmp_path / "runs")
    made = run.export("onnx", tmp_path / "pairs.onnx")
    rng = np.random.default_rng(1)
    front, back = (rng.integers(0, 256, (5, *size, 1)).astype(np.uint8) for size in ((40, 33), (9, 70)))
    plain = np.linspace(-1, 1, 5, dtype=np.float32).reshape(-1, 1)
    session = onnxruntime.InferenceSession(made.path, providers=["CPUExecutionProvider"])
    found = session.run(["late"], {"front": front, "back": back, "plain": plain})[0]
    other = rows.head(5).assign(front=list(front[..., 0]), back=list(back[..., 0]), plain=plain[:, 0].astype(float))
    expected = run.predict(other)[["late_probability_no", "late_probability_yes"]]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(Exception, match="Got invalid dimensions"):  # the channels are the run's
        session.run(["late"], {"front": np.repeat(front, 3, axis=-1), "back": back, "plain": plain})
