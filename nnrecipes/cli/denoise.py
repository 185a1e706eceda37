"""``nnrecipes denoise``: the rows of a file without their noise, by a denoising autoencoder's run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nnrecipes.cli.common import Commands, say
from nnrecipes.cli.rows_out import ENDINGS, add_rows, out_file, write_rows
from nnrecipes.errors import DataError

if TYPE_CHECKING:
    from nnrecipes.inference.autoencoder import AutoencoderRun


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("denoise", help="the rows of a file without noise, by a denoising autoencoder's run")
    add_rows(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Denoise in blocks; images become PNG files where ``--out`` is a folder, else columns of pixels."""
    from nnrecipes.inference.any_run import load_autoencoder_run

    folder = Path(arguments.out) if arguments.out and Path(arguments.out).suffix == "" else None
    out = None if folder else out_file(arguments)
    finished = load_autoencoder_run(arguments.run, runs_dir=arguments.runs_dir)
    if folder is not None:
        _write_images(finished, arguments.data, folder)
    else:
        write_rows(finished.denoise_batches(arguments.data), out, arguments)
    return 0


def _write_images(finished: "AutoencoderRun", data: str, folder: Path) -> None:
    """Write ``0.png``, ``1.png``, ... in the order of the rows into a new or empty folder."""
    if finished.spec.inputs[0].kind != "image":
        endings = ", ".join(sorted(ENDINGS))
        raise DataError(f"--out: expected a name that ends in {endings}, as the rows are no images. "
                        f"Received: {str(folder)!r}.")  # fmt: skip
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"--out: expected a new or an empty folder. Received: {str(folder)!r}.")
    import numpy as np
    from PIL import Image

    images = finished.denoise(data)
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)):
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(folder / f"{number}.png")
    say(f"Wrote {len(images):,} images to {folder}")
