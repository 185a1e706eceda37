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
    """Write a PNG file an image into a new or empty folder, by the name of its own file or its number."""
    if finished.spec.inputs[0].kind != "image":
        endings = ", ".join(sorted(ENDINGS))
        raise DataError(f"--out: expected a name that ends in {endings}, as the rows are no images. "
                        f"Received: {str(folder)!r}.")  # fmt: skip
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"--out: expected a new or an empty folder. Received: {str(folder)!r}.")
    import numpy as np
    from PIL import Image

    images = list(finished.denoise_images(data))
    for number, (name, image) in enumerate(images):
        pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        path = _place(folder, name, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(path)
    say(f"Wrote {len(images):,} images to {folder}")


def _place(folder: Path, name: str, number: int) -> Path:
    """Where an image goes: never outside of the folder, whatever a member of an archive is called, and never twice."""
    inside = Path(name)
    if inside.is_absolute() or ".." in inside.parts:
        inside = Path(str(number))
    path = (folder / inside).with_suffix(".png")
    return folder / f"{inside}.png" if path.exists() else path
