"""A run's numbers as short text and as HTML for notebooks."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nnrecipes.config.advice import Advice


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


def summary_text(metrics: Mapping[str, Any], advice: Sequence[Advice] = ()) -> str:
    """A table of metrics with intervals and baselines, how probabilities were decided, the verdicts and advice."""
    rows = [("target", "metric", "test", "95 % interval", "baselines"), *metric_rows(metrics)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join([*(row[i].ljust(widths[i]) for i in range(4)), row[4]]).rstrip() for row in rows]
    return "\n".join([*lines, *_sentences(metrics), *(item.text for item in advice)])


def summary_html(
    run: str,
    recipe: str,
    metrics: Mapping[str, Any],
    provenance: Mapping[str, Any],
    advice: Sequence[Advice] = (),
) -> str:
    """The same as an HTML table."""
    head = "".join(f"<th>{name}</th>" for name in ("target", "metric", "test", "95 % interval", "baselines"))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in metric_rows(metrics)
    )
    verdicts = "".join(f"<p>{escape(line)}</p>" for line in [*_sentences(metrics), *(item.text for item in advice)])
    facts = f"{provenance.get('parameters', 0):,} parameters, {provenance.get('updates', 0):,} updates"
    return f"<div><b>{escape(recipe)}</b> {escape(run)} — {facts}<table><tr>{head}</tr>{body}</table>{verdicts}</div>"


def decision_text(scored: Mapping[str, Any]) -> str:
    """How a target's probabilities were calibrated and decided; empty where they were left alone.

    Example:
        >>> decision_text({"threshold": {"value": 0.31, "aim": "f1"}})
        'positive above 0.31 (chosen for f1)'
    """
    parts = []
    calibration, threshold = scored.get("calibration", {}), scored.get("threshold", {})
    if calibration.get("method", "none") != "none":
        before, after = _number(calibration["log_loss_before"]), _number(calibration["log_loss"])
        parts.append(f"{calibration['method']} scaling, log loss {before} before, {after} after")
    if threshold and (threshold["aim"] != "fixed" or threshold["value"] != 0.5):
        chosen = "" if threshold["aim"] == "fixed" else f" (chosen for {threshold['aim']})"
        parts.append(f"positive above {_number(threshold['value'])}{chosen}")
    parts += [section["note"] for section in (calibration, threshold) if section.get("note")]
    return "; ".join(parts)


def _sentences(metrics: Mapping[str, Any]) -> list[str]:
    decided = [f"{name}: {text}." for name, scored in metrics.items() if (text := decision_text(scored))]
    return decided + [scored["verdict"] for scored in metrics.values() if scored.get("verdict")]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}" if abs(value) < 1e5 else f"{value:,.0f}"


def _interval(value: Mapping[str, Any]) -> str:
    return "–" if value.get("low") is None else f"{_number(value['low'])} to {_number(value['high'])}"
