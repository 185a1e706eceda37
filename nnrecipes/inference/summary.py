"""A run's numbers as short text and as HTML for notebooks."""

from collections.abc import Mapping
from html import escape
from typing import Any


def metric_rows(metrics: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Rows ``(target, metric, value, interval, baselines)``, as the summary shows them."""
    rows = []
    for target, scored in metrics.items():
        for name, value in scored["metrics"].items():
            others = scored.get("baselines", {})
            beside = ", ".join(
                f"{label} {_number(other[name])}" for label, other in others.items() if other.get(name) is not None
            )
            rows.append((target, name, _number(value["value"]), _interval(value), beside))
    return rows


def summary_text(metrics: Mapping[str, Any]) -> str:
    """A table of metrics with intervals and baselines, and the verdicts."""
    rows = [("target", "metric", "test", "95 % interval", "baselines"), *metric_rows(metrics)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join([*(row[i].ljust(widths[i]) for i in range(4)), row[4]]).rstrip() for row in rows]
    return "\n".join([*lines, *(scored["verdict"] for scored in metrics.values() if scored.get("verdict"))])


def summary_html(run: str, recipe: str, metrics: Mapping[str, Any], provenance: Mapping[str, Any]) -> str:
    """The same as an HTML table."""
    head = "".join(f"<th>{name}</th>" for name in ("target", "metric", "test", "95 % interval", "baselines"))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in metric_rows(metrics)
    )
    verdicts = "".join(f"<p>{escape(scored['verdict'])}</p>" for scored in metrics.values() if scored.get("verdict"))
    facts = f"{provenance.get('parameters', 0):,} parameters, {provenance.get('updates', 0):,} updates"
    return f"<div><b>{escape(recipe)}</b> {escape(run)} — {facts}<table><tr>{head}</tr>{body}</table>{verdicts}</div>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}" if abs(value) < 1e5 else f"{value:,.0f}"


def _interval(value: Mapping[str, Any]) -> str:
    return "–" if value.get("low") is None else f"{_number(value['low'])} to {_number(value['high'])}"
