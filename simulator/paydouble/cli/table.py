"""Rows for a terminal or a program: columns padded to their widest cell, or JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import click

Row = Mapping[str, Any]
FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


def show(rows: Sequence[Row], columns: Sequence[str], form: str) -> None:
    """JSON has every field of a row, text the named ones. What goes past the screen's edge is not cut."""
    if form == "json":
        click.echo(json.dumps([dict(row) for row in rows], indent=2, ensure_ascii=False, default=str))
        return
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max((_width(line[place]) for line in cells), default=0) for place in range(len(columns))]
    for line in cells:
        padded = [text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(str(part) for part in value) or "-"
    return "-" if value in (None, "") else str(value)


def _width(text: str) -> int:
    """A Chinese character takes two columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
