"""Blocks of answers -> a CSV, Parquet or JSON file, written aside and renamed, or standard output."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pandas as pd

from nnrecipes.runs.files import replacing

ENDINGS = (".csv", ".parquet", ".json")


def write_frames(frames: Iterator[pd.DataFrame], out: Path | None, stream: TextIO, *, json_lines: bool = False) -> int:
    """Write every block and return the number of rows.

    Args:
        frames: Blocks of one table.
        out: Where to; None writes to ``stream``.
        stream: Standard output.
        json_lines: One JSON object a line instead of CSV; the form of a ``.json`` file too.
    """
    if out is None:
        return _write_text(frames, stream, json_lines)
    with replacing(out) as aside:
        if out.suffix == ".parquet":
            return _write_parquet(frames, aside)
        with aside.open("w", encoding="utf-8", newline="") as file:
            return _write_text(frames, file, json_lines or out.suffix == ".json")


def _write_text(frames: Iterator[pd.DataFrame], stream: TextIO, json_lines: bool) -> int:
    rows = 0
    for frame in frames:
        if json_lines:
            for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            frame.to_csv(stream, index=False, header=rows == 0)
        rows += len(frame)
    return rows


def _write_parquet(frames: Iterator[pd.DataFrame], path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, writer = 0, None
    try:
        for frame in frames:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
            rows += len(frame)
    finally:
        if writer is not None:
            writer.close()
    return rows
