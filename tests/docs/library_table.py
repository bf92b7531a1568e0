"""Writes the tables of shipped scenarios: `python -m tests.docs.library_table`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from paydouble.scenarios.vocabulary import PROVIDERS
from paydouble.testing.sample_shop.flaws import Flaw
from tests.scenarios.library import Shipped, library

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- library -->", "<!-- /library -->"


@dataclass(frozen=True)
class Page:
    path: Path
    whole: bool
    """With what each one catches, and by theme."""

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


PAGES = (Page(ROOT / "docs" / "scenarios.md", True), Page(ROOT / "scenarios" / "README.md", False))


def refreshed(text: str, page: Page) -> str:
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page.name} lacks its markers")
    lines = _by_theme() if page.whole else _short()
    return "\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"])


def _by_theme() -> Iterator[str]:
    for theme, found in groupby(library(), key=lambda each: each.theme):
        yield f"**{theme[0].upper()}{theme[1:]}**\n"
        yield "| name | what happens | for | catches a shop that |"
        yield "|---|---|---|---|"
        for each in found:
            yield f"| `{each.name}` | {each.title} | {_providers(each)} | {_caught(each)} |"
        yield ""


def _short() -> Iterator[str]:
    yield "| name | what happens |"
    yield "|---|---|"
    yield from (f"| `{each.name}` | {each.title} |" for each in library())


def _providers(each: Shipped) -> str:
    return "all" if set(each.providers) == set(PROVIDERS) else ", ".join(each.providers)


def _caught(each: Shipped) -> str:
    return "; ".join(Flaw.named(name).value for name in each.caught)


def main() -> None:
    for page in PAGES:
        text = page.path.read_text("utf-8")
        page.path.write_text(refreshed(text, page), "utf-8")


if __name__ == "__main__":
    main()
