"""The documents: their links lead somewhere, and each is in one language: Chinese for users, English for developers."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[1]
HAN = r"\u4e00-\u9fff"


FOLDERS = ("benchmarks", "data", "docs", "notebooks", "templates", "tests", "xueji_lib")


def documents() -> list[Path]:
    """Every page of the project, generated ones too."""
    below = (page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))
    return sorted([*ROOT.glob("*.md"), *(page for page in below if ".ipynb_checkpoints" not in page.parts)])


PAGES = documents()


def prose(page: Path) -> str:
    """A page without its code and without where its links lead."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "`", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def is_english(page: Path) -> bool:
    """What a page's first heading says."""
    heading = next(line for line in page.read_text("utf-8").splitlines() if line.startswith("# "))
    return not re.search(f"[{HAN}]", heading)


def headings(page: Path) -> set[str]:
    """The anchors of a page, as the usual renderers make them from its headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_there_are_documents() -> None:
    assert {ROOT / "README.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "structure.zh.md"} <= set(PAGES)


def test_links_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
            path, _, anchor = unquote(link).partition("#")
            target = page.parent / path if path else page
            if not target.exists() or (anchor and anchor not in headings(target)):
                broken.append(f"{page.relative_to(ROOT)} → {link}")
    assert not broken


def test_a_page_that_nobody_links_to_is_found_by_nobody() -> None:
    linked = {
        (page.parent / unquote(link.partition("#")[0])).resolve()
        for page in PAGES
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8"))
    }
    lost = [page.relative_to(ROOT).as_posix() for page in PAGES if page not in linked]
    assert set(lost) <= {"README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_is_in_one_language(page: Path) -> None:
    """A Chinese page holds names of things in English, an English one terms of the field in Chinese; neither holds a
    sentence of the other."""
    text = prose(page)
    if is_english(page):
        sentences = re.findall(rf"[{HAN}][{HAN}，]*[。；]|[{HAN}]+，[{HAN}]+|[{HAN}]{{15,}}", text)
    else:
        sentences = re.findall(r"(?:\b[A-Za-z][a-z']*[ ,]+){5,}[A-Za-z]+", text)
    assert not sentences
