"""The web page: three files of the package, served as they are; the form is made in the browser from ``/schema``."""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

FOLDER = Path(__file__).parent / "page"
FILES = {"/": ("index.html", "text/html"), "/page/page.js": ("page.js", "text/javascript"),
         "/page/form.js": ("form.js", "text/javascript"), "/page/picker.js": ("picker.js", "text/javascript"),
         "/page/page.css": ("page.css", "text/css"), "/favicon.ico": ("icon.svg", "image/svg+xml")}  # fmt: skip


def add_page(app: FastAPI) -> None:
    """Add the page's routes; they hold nothing of the run and stand in no document."""
    for path, (name, kind) in FILES.items():
        content = (FOLDER / name).read_bytes()
        app.get(path, include_in_schema=False)(_file(content, kind))


def _file(content: bytes, kind: str):  # type: ignore[no-untyped-def]
    async def answer() -> Response:
        return Response(content, media_type=kind)

    return answer
