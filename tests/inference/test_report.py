"""The report of a run: one file, all of it escaped, nothing loaded; opened in a real Chromium behind the marker."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main

EVIL = "<script>alert('x')</script>"


class Tags(HTMLParser):
    """Every tag that is opened, those that are left open, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> nn.Run:
    """A run whose names and categories are markup."""
    folder = tmp_path_factory.mktemp("evil")
    rows = {f"x{EVIL}": [place % 7 for place in range(120)],
            "town": [EVIL if place % 2 else "Bonn & Köln" for place in range(120)],
            "kind": [EVIL if place % 3 else "<b>b</b>" for place in range(120)],
            "y": [place % 7 * 2.0 for place in range(120)]}  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "a.csv", index=False)
    recipe = {"name": "evil", "data": {"source": {"kind": "csv", "path": str(folder / "a.csv")}},
              "targets": {"kind": {"task": "binary"}, "y": {"task": "regression"}},
              "model": {"kind": "multi_output", "hidden_units": [4]},
              "training": {"epochs": 2, "callbacks": {"monitor": "val_loss", "progress": False}},
              "evaluation": {"bootstrap": 100, "plots": False}}  # fmt: skip
    return nn.train(recipe, runs_dir=folder / "runs")


def test_nothing_of_the_data_is_markup_and_nothing_is_loaded(evil: nn.Run) -> None:
    path = evil.report()
    assert path == evil.path / "report.html"
    text = path.read_text("utf-8")
    tags = Tags(text)
    assert tags.stack == []
    assert {tag for tag, _ in tags.opened}.isdisjoint({"script", "iframe", "link", "object", "b", "form"})
    assert EVIL in tags.text
    assert all(
        attributes["src"].startswith("data:image/svg+xml;base64,") for tag, attributes in tags.opened if tag == "img"
    )
    assert not any(name.startswith("on") for _, attributes in tags.opened for name in attributes)
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)


def test_the_report_has_what_a_reader_looks_for(evil: nn.Run) -> None:
    text = Tags(evil.report().read_text("utf-8")).text
    value = evil.metrics["y"]["metrics"]["rmse"]["value"]
    for word in (f"{value:.4g}", evil.metrics["y"]["verdict"], evil.provenance["data"]["sha256"], "linear",
                 f"{len(evil.provenance['rows']['train']):,}", "nn.load_run", "config.yaml", "seed"):  # fmt: skip
        assert word in text
    images = [attributes["alt"] for tag, attributes in Tags(evil.report().read_text("utf-8")).opened if tag == "img"]
    assert len(images) == 4
    assert all(images)


def test_the_worst_errors_are_the_worst(evil: nn.Run) -> None:
    from nnrecipes.inference.worst import worst_errors

    found = {target: rows for target, _, rows in worst_errors(evil, 3)}
    stored = pd.read_csv(evil.folder.predictions)
    error = (stored["predicted_y"] - stored["y"]).abs()
    assert [int(row[0]) for row in found["y"]] == stored["row_id"][
        error.sort_values(ascending=False).index[:3]
    ].tolist()
    assert [abs(float(row[3])) for row in found["y"]] == pytest.approx(sorted(error, reverse=True)[:3], rel=1e-3)
    true = [row[f"predicted_kind_probability_{row['kind']}"] for _, row in stored.iterrows()]
    assert [float(row[3]) for row in found["kind"]] == pytest.approx(sorted(true)[:3], rel=1e-2)


def test_the_command_audits_and_says_where_the_report_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.html"
    assert main(["report", str(nn.load_zoo("iris_multi_output").path), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    text = Tags(out.read_text("utf-8")).text
    assert "clean" in text
    assert "same bytes" in text
    assert main(["report", "latest", "--out", "a.pdf"]) == 2
    assert "ends in .html" in capsys.readouterr().err


@pytest.mark.browser
def test_a_browser_shows_it_without_a_complaint(evil: nn.Run, tmp_path: Path) -> None:
    from browsing import browser, screenshot

    with browser() as chrome:
        for name, options in {"report": {"viewport": {"width": 1100, "height": 900}},
                              "report_phone": {"viewport": {"width": 375, "height": 740}}}.items():  # fmt: skip
            page = chrome.new_page(**options)
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.on("dialog", lambda dialog, said=said: said.append("alert"))
            page.goto(evil.report(tmp_path / "report.html").as_uri())
            assert page.locator("h1").inner_text() == "evil"
            loaded = "[...document.images].every(image => image.complete && image.naturalWidth > 100)"
            assert page.evaluate(loaded)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert said == []
            screenshot(page, name, tmp_path)
