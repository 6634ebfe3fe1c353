"""The office's facts as a county has them that wrote down whom to ask; as they are delivered, letters are drafts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from xueji_lib.register.policy import UNCONFIRMED
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.support import paths


def filled_facts() -> LetterFacts:
    """The facts with a contact."""
    delivered = LetterFacts.load()
    office = {**delivered["office"], "contact": "马老师", "phone": "0954-3012345"}
    return LetterFacts({**delivered.sections, "office": office})


def fill_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kit work from a copy of its data in ``home``, with a contact; processes that it starts do so too."""
    for name in ("data", "templates", "notebooks"):
        shutil.copytree(paths.home() / name, home / name)
    file = home / "data" / "letters.toml"
    whole = file.read_text("utf-8")
    for entry, written in (("phone", "0954-3012345"), ("contact", "马老师")):
        assert f'{entry} = "{UNCONFIRMED}"' in whole
        whole = whole.replace(f'{entry} = "{UNCONFIRMED}"', f'{entry} = "{written}"')
    file.write_text(whole, "utf-8")
    monkeypatch.setenv("XUEJI_HOME", str(home))
