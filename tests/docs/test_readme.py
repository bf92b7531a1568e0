"""Every block of the documents works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, REPOSITORY, Block, CannotRun, blocks, checked

BLOCKS = blocks()
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_the_block_works(block: Block, tmp_path: Path) -> None:
    checked(block, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text("utf-8")) if not link.startswith(("http://", "https://"))]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize(("language", "text"), [
    ("", "anything"), ("ruby", "puts 1"), ("console", "paydouble serve"), ("console", "$ rm -r build"),
    ("console", "$ paydouble unheard-of"), ("text", "no folders here"),
])
def test_a_block_that_nobody_can_run_is_refused(language: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(CannotRun):
        checked(Block(REPOSITORY / "README.md", 1, language, text), tmp_path)


@pytest.mark.parametrize(("language", "text"), [
    ("console", "$ make coffee"), ("console", "$ paydouble scenario validate no-such-file.yaml"),
    ("python", "assert False"), ("python", "def test_it():\n    assert False"), ("text", "nowhere/  not there"),
])
def test_a_block_that_does_not_work_fails(language: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        checked(Block(REPOSITORY / "README.md", 1, language, text), tmp_path)


def test_both_readmes_have_the_same_blocks() -> None:
    """Prose is translated, commands and code are not; comments may be."""
    def of(name: str) -> list[tuple[str, str]]:
        return [(each.language, re.sub(r" *#.*", "", each.text)) for each in BLOCKS if each.page == REPOSITORY / name]

    english, chinese = of("README.md"), of("docs/README.zh.md")
    names = re.compile(r"^  - name: .*$", re.MULTILINE)
    assert [(kind, names.sub("", text)) for kind, text in english] == [
        (kind, names.sub("", text)) for kind, text in chinese]
