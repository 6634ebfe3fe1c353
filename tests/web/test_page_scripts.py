"""A page's scripts: asked for once and then kept, under an address that is another when they are others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xueji_lib.web.door.page_scripts import PageScripts

from .client import Server, Visitor


def edition(*folders: Path) -> str:
    return PageScripts.of([str(folder) for folder in folders]).edition


def test_the_address_changes_with_the_scripts(tmp_path: Path) -> None:
    own, widgets = tmp_path / "own", tmp_path / "widgets"
    for folder in (own, widgets / "inner"):
        folder.mkdir(parents=True)
    (own / "voila.js").write_text("1")
    (widgets / "inner" / "widget.js").write_text("2")
    before = edition(own, widgets)
    assert edition(own, widgets) == before
    (widgets / "inner" / "widget.js").write_text("22")
    after = edition(own, widgets)
    assert after != before
    (own / "another.js").write_text("3")
    assert edition(own, widgets) not in (before, after)


@pytest.mark.slow
def test_a_page_names_scripts_that_are_kept_and_only_of_its_edition(
    server: Server, signed_in: dict[str, Visitor]
) -> None:
    visitor = signed_in["A"]
    text, _kernel = visitor.page("principal.ipynb")
    [address] = re.findall(r'<script async src="/xueji/(voila/scripts/[0-9a-f]{16}/voila\.js)">', text)
    assert text.index(address) < text.index('cell-index="2"'), "they load while the cells run"
    answer = visitor.get(address)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    widget = address.replace("voila.js", "anywidget/package.json")
    assert visitor.get(widget).status == 200, "those of the widgets lie beside them"

    folder, edition_named, file = address.rsplit("/", 2)
    other = f"{folder}/{edition_named[::-1]}/{file}"
    for gone in (other, f"{folder}/{edition_named}/nothing.js", f"{folder}/{edition_named}/..%2f..%2fetc%2fpasswd"):
        missing = visitor.get(gone)
        assert missing.status in (403, 404) and "immutable" not in missing.headers["Cache-Control"], gone
    stranger = Visitor(server).get(address)
    assert stranger.status == 302 and "immutable" not in stranger.headers["Cache-Control"]
