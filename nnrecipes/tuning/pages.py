"""A study -> its table of trials, its pictures, and one page of all."""

import base64
import csv
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnrecipes.config.tuning import TuningConfig
from nnrecipes.runs.files import write_text
from nnrecipes.tuning.space import in_order
from nnrecipes.tuning.study import Study

PICTURES = {
    "history": "Each trial's value, and the best until then",
    "importance": "How much of the variance each key explains (fANOVA)",
    "slices": "The value over each key",
    "parallel": "Every trial as a line",
    "front": "The Pareto front",
}


def write_study(folder: Path, study: Study, objectives: Sequence[str], tuning: TuningConfig) -> list[dict[str, Any]]:
    """Write ``trials.csv``, ``plots/*.png`` and ``study.html``, and return the trials."""
    rows = trial_rows(study, objectives, tuning)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(folder / "trials.csv", text.getvalue())
    pictures = _draw(folder / "plots", study, objectives)
    write_text(folder / "study.html", _page(folder.parent.name, rows, pictures))
    return rows


def trial_rows(study: Study, objectives: Sequence[str], tuning: TuningConfig) -> list[dict[str, Any]]:
    """One dict a trial that came to an end."""
    keys = in_order(tuning.space)
    found = []
    for trial in study.counted():
        values = trial.values if trial.state.name == "COMPLETE" else [None] * len(objectives)
        scored, tried = dict(zip(objectives, values, strict=True)), {key: trial.params.get(key) for key in keys}
        cost = {name: trial.user_attrs.get(name) for name in ("epochs", "seconds")}
        found.append({"trial": trial.number, "state": trial.state.name.lower(), **scored, **tried, **cost})
    return found


def _draw(folder: Path, study: Study, objectives: Sequence[str]) -> dict[str, bytes]:
    """Draw what can be drawn of these trials: importance needs two that differ."""
    from nnrecipes.tuning.plots import plot_front, plot_history, plot_importance, plot_parallel, plot_slices

    folder.mkdir(parents=True, exist_ok=True)
    several = len(objectives) > 1
    makers: dict[str, Any] = {"front": plot_front} if several else {
        "history": plot_history, "importance": plot_importance, "slices": plot_slices, "parallel": plot_parallel,
    }  # fmt: skip
    found = {}
    for name, make in makers.items():
        figure = make(study, objectives)
        if figure is None:
            continue
        stream = io.BytesIO()
        figure.savefig(stream, format="png")
        found[name] = stream.getvalue()
        (folder / f"{name}.png").write_bytes(found[name])
    return found


def _page(recipe: str, rows: Sequence[dict[str, Any]], pictures: dict[str, bytes]) -> str:
    """One file with everything in it."""
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row.values()) + "</tr>"
                   for row in rows)  # fmt: skip
    drawn = "".join(
        f'<h2>{PICTURES[name]}</h2><img alt="{PICTURES[name]}" '
        f'src="data:image/png;base64,{base64.b64encode(content).decode()}">'
        for name, content in pictures.items()
    )
    style = (
        "body{font:16px system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}img{max-width:100%}"
        "table{border-collapse:collapse;font-size:.85rem}td,th{padding:.2rem .6rem;border-bottom:1px solid #ccc}"
    )
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(recipe)}: search</title>'
            f"<style>{style}</style><h1>{html.escape(recipe)}</h1>{drawn}<h2>Trials</h2>"
            f"<table><tr>{head}</tr>{body}</table></html>\n")  # fmt: skip


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
