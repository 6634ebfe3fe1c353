"""Makes a keepsake of the release that runs: ``python tests/old_stores/make.py`` → tests/old_stores/<release>/.

What a keepsake is and when one is made: README.md here.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import says
import story
from says import AS_OF, TERM

import xueji_lib

SCHOOLS, SEED, PASSWORD = 6, 11, "keep-sake-2026"
_LEFT_OUT = {".lock", ".judging"}


def xueji(store: Path, *words: str | Path, secret: bool = False) -> None:
    """A command of the kit; exit 4 (something was left out) is as good as 0. ``secret``: it asks for the password."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XUEJI_")} | {"PYTHONUTF8": "1"}
    line = [sys.executable, "-m", "xueji_lib", "--store", str(store), *map(str, words)]
    line += ["--password-stdin"] if secret else []
    typed, folder = f"{PASSWORD}\n" if secret else "", store.parent.parent
    done = subprocess.run(line, input=typed, text=True, capture_output=True, env=environment, check=False, cwd=folder)
    if done.returncode not in (0, 4):
        raise SystemExit(f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout}\n{done.stderr}")


def make(target: Path) -> None:
    """A keepsake in ``target``."""
    with tempfile.TemporaryDirectory(prefix="xueji-keepsake-") as temp:
        scratch, demo = Path(temp), Path(temp) / "demo"
        office, papers = demo / "store", demo / "out" / TERM / "schools"
        day = ("--term", TERM, "--as-of", str(AS_OF))
        xueji(office, "demo", "--no-serve", "--schools", str(SCHOOLS), "--seed", str(SEED), "--dir", demo)
        story.at_the_office(office)
        _accounts(office)
        # Judged once more: roll-call and explanation come into the store, and what was closed there comes back.
        inspection = says.module("register.inspection").Inspection(TERM, AS_OF)
        says.module("casebook.judging").judged(says.module("casebook.workplace").Workplace.open(office), inspection)
        story.closed_for_good(office)
        (scratch / "replies").mkdir()
        story.filled_in(papers / story.B / "findings.xlsx", scratch / "replies" / "问题台账.xlsx")
        xueji(office, "intake", scratch / "replies", "--term", TERM)
        laptop, out, back = scratch / "laptop" / "store", scratch / "带出.xjpack", scratch / "带回.xjpack"
        xueji(office, "pack", story.B, *day, "--out", out, secret=True)
        xueji(laptop, "merge", out, secret=True)
        story.apart(office, laptop)
        xueji(laptop, "pack", story.B, *day, "--out", back, secret=True)
        target.mkdir(parents=True, exist_ok=True)
        said = {
            "release": xueji_lib.__version__,
            "password": PASSWORD,
            "school": story.A,
            "filled_in": story.filled_in(papers / story.A / "findings.xlsx", target / "问题台账.xlsx"),
            "tables": says.of_tables(office),
            "findings": says.of_answer(office),
            "casebook": says.of_casebook(office),
        }
        shutil.copytree(office, scratch / "county" / "store", ignore=shutil.ignore_patterns("logs", "views"))
        shutil.copytree(demo / "inbox", scratch / "county" / "inbox")
        packed(scratch / "county", target / "county.tar.xz")
        shutil.copy(back, target / "laptop.xjpack")
        xueji(office, "merge", back, secret=True)
        said["merged"] = says.of_casebook(office)
        text = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
        (target / "expected.json").write_text(text + "\n", "utf-8")


def _accounts(store: Path) -> None:
    for name, role, of_school in (
        ("王督查", "inspector", ()),
        ("周局长", "director", ()),
        ("甲校长", "principal", ("--school", story.A)),
    ):
        xueji(store, "user", "add", name, "--role", role, *of_school, secret=True)
    xueji(store, "user", "disable", "甲校长")


def packed(folder: Path, target: Path) -> None:
    """A tar whose bytes depend on the files' names and contents alone."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in _LEFT_OUT):
            entry = tarfile.TarInfo(file.relative_to(folder).as_posix())
            entry.size = file.stat().st_size
            with file.open("rb") as stream:
                archive.addfile(entry, stream)
    target.write_bytes(lzma.compress(plain.getvalue(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path(__file__).parent / xueji_lib.__version__)
    make(options.parse_args().out)
