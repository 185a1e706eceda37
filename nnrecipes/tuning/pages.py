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
from nnrecipes.tuning.finalists import Verdict
from nnrecipes.tuning.space import in_order
from nnrecipes.tuning.study import Study

Row = dict[str, Any]
PICTURES = {
    "history": "Each trial's value, and the best until then",
    "importance": "How much of the variance each key explains (fANOVA)",
    "slices": "The value over each key",
    "parallel": "Every trial as a line",
    "front": "The Pareto front",
}


def write_study(
    folder: Path, study: Study, objectives: Sequence[str], tuning: TuningConfig, finalists: Sequence[Row]
) -> list[Row]:
    """Write ``trials.csv``, ``finalists.csv``, ``plots/*.png`` and ``study.html``, and return the trials."""
    rows = trial_rows(study, objectives, tuning)
    write_text(folder / "trials.csv", _csv(rows))
    if finalists:
        write_text(folder / "finalists.csv", _csv(finalists))
    pictures = _draw(folder / "plots", study, objectives)
    write_text(folder / "study.html", _page(folder.parent.name, rows, pictures, finalists))
    return rows


def finalist_rows(verdict: Verdict, objectives: Sequence[str], tuning: TuningConfig) -> list[Row]:
    """One dict a finalist; the recipe's own values are there in any case."""
    keys, found = in_order(tuning.space), []
    aside = [] if verdict.own in verdict.finalists else [verdict.own]
    for each in [*verdict.finalists, *aside]:
        row: Row = {"finalist": each.name, "won": each is verdict.winner}
        for place, name in enumerate(objectives):
            several = len(each.scores) > 1
            row |= {
                f"{name}_of_trial": None if each.chosen_by is None else each.chosen_by[place],
                name: float(each.scores[:, place].mean()),
                f"{name}_sd": float(each.scores[:, place].std(ddof=1)) if several else None,
            }
        found.append({**row, **{key: each.params.get(key) for key in keys}})
    return found


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def trial_rows(study: Study, objectives: Sequence[str], tuning: TuningConfig) -> list[Row]:
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


def _page(recipe: str, rows: Sequence[Row], pictures: dict[str, bytes], finalists: Sequence[Row]) -> str:
    """One file with everything in it."""
    judged = f"<h2>Finalists, on validation rows drawn anew</h2>{_table(finalists)}" if finalists else ""
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
            f"<style>{style}</style><h1>{html.escape(recipe)}</h1>{judged}{drawn}<h2>Trials</h2>"
            f"{_table(rows)}</html>\n")  # fmt: skip


def _table(rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row.values()) + "</tr>"
                   for row in rows)  # fmt: skip
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
