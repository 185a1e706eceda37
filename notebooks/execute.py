"""Make each ``.ipynb`` anew from its ``.py``: ``python notebooks/execute.py [NAME ...]``.

The text and code of a notebook live in the ``.py`` (py:percent, see jupytext); the ``.ipynb`` beside it is the same
with its outputs. What would differ without a reason is left out: times, random cell ids, and the plain text of an
output that has HTML as well, which may name a temporary folder. Pictures are stored with a palette, a third as large.
"""

import base64
import io
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def with_palette(png: str, colours: int = 256) -> str:
    """Return a base64 PNG with at most so many colours."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    small = io.BytesIO()
    picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        small, "png", optimize=True
    )
    return base64.b64encode(small.getvalue()).decode()


def execute(source: Path, folder: str) -> nbformat.NotebookNode:
    """Run a notebook in a folder and return it with its outputs."""
    notebook = jupytext.read(source)
    NotebookClient(notebook, kernel_name="python3", timeout=600, resources={"metadata": {"path": folder}}).execute()
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number:02d}", {}
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data.pop("text/plain", None)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = with_palette(output.data["image/png"])
    return notebook


def main(names: list[str]) -> None:
    """Execute the named notebooks, or all."""
    for source in sorted(HERE.glob("[0-9]*.py")):
        if not names or source.stem in names:
            with tempfile.TemporaryDirectory() as folder:
                notebook = execute(source, folder)
            nbformat.write(notebook, source.with_suffix(".ipynb"))
            print(source.with_suffix(".ipynb").name)


if __name__ == "__main__":
    main(sys.argv[1:])
