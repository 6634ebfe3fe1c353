"""The pages' scripts are put together from modules as their imports say; the modules keep the linter's rules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from xueji_lib.web.panels import assets
from xueji_lib.web.panels.assets import AssetError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "xueji_lib" / "web" / "panels" / "assets"
MODULES = {file.stem: file.read_text("utf-8") for file in FOLDER.glob("*.js")}
ENTRIES = sorted(name for name, text in MODULES.items() if "export default" in text)


def imported(name: str) -> set[str]:
    return set(re.findall(r'from "\./(\w+)\.js"', MODULES[name]))


def reached(name: str) -> set[str]:
    """A module and all it imports, directly or not."""
    return {name}.union(*(reached(other) for other in imported(name)))


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_script_holds_each_module_once_after_those_it_imports(entry: str) -> None:
    text = assets.script(entry)
    order = re.findall(r"^// (\w+)\.js$", text, re.MULTILINE)
    assert sorted(order) == sorted(reached(entry))
    assert order[-1] == entry
    for position, name in enumerate(order):
        assert imported(name) <= set(order[:position])
    assert not re.search(r"^import\b|^export (?!default )", text, re.MULTILINE)
    assert text.count("export default ") == 1


def test_no_module_is_left_out_and_no_styles_are() -> None:
    assert set().union(*map(reached, ENTRIES)) == set(MODULES)
    for sheet in FOLDER.glob("*.css"):
        entry = next(entry for entry in ENTRIES if sheet.stem in reached(entry))
        assert sheet.read_text("utf-8") in assets.style(entry)


def test_styles_come_in_the_order_of_the_modules(tmp_path: Path) -> None:
    write(tmp_path, low="export const low = 1;\n", top='import { low } from "./low.js";\nexport default low;\n')
    (tmp_path / "low.css").write_text(".low {}\n", "utf-8")
    (tmp_path / "top.css").write_text(".top {}\n", "utf-8")
    assert assets.style("top", tmp_path) == ".low {}\n\n.top {}\n"
    assert assets.style("low", tmp_path) == ".low {}\n"


def test_two_modules_with_one_top_level_name_are_refused(tmp_path: Path) -> None:
    write(
        tmp_path,
        left="const LIMIT = 1;\nexport function left() {\n  return LIMIT;\n}\n",
        right="export class LIMIT {}\n",
        top='import { left } from "./left.js";\nimport { LIMIT } from "./right.js";\nexport default [left, LIMIT];\n',
    )
    with pytest.raises(AssetError, match=r"left\.js and right\.js both declare LIMIT"):
        assets.script("top", tmp_path)


def test_a_circle_is_refused_and_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        top='import { one } from "./one.js";\nexport default one;\n',
        one='import { two } from "./two.js";\nexport const one = () => two;\n',
        two='import { one } from "./one.js";\nexport const two = () => one;\n',
    )
    with pytest.raises(AssetError, match=r"circle: one\.js → two\.js → one\.js$"):
        assets.script("top", tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('import { gone } from "./low.js";\n', r"imports gone from low\.js, which exports no such name"),
        ('import { hidden } from "./low.js";\n', "imports hidden from"),
        ('import { low } from "./nowhere.js";\n', r"top\.js imports nowhere\.js: there is no such file"),
        ('import { low as other } from "./low.js";\n', "renames what it imports"),
        ('import low from "./low.js";\n', "because of this line: import low"),
        ('import * as low from "./low.js";\n', r"because of this line: import \*"),
        ('import "./low.js";\n', "because of this line: import"),
        ('export { low } from "./low.js";\n', "because of this line: export"),
        ("const name = 1;\nexport { name };\n", "because of this line: export"),
        ('export const load = () => import("./low.js");\n', "because of this line: .*import"),
        ("const { a, b } = window;\n", "because of this line: const"),
        ("let first, second;\n", "because of this line: let first, second"),
        ('import { half } from "./half.js";\n', r"half\.js has a default export"),
    ],
)
def test_what_cannot_be_put_together_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    write(
        tmp_path,
        low="const hidden = 1;\nexport const low = hidden;\n",
        half="export const half = 1;\nexport default half;\n",
        top=text + "export default 1;\n",
    )
    with pytest.raises(AssetError, match=complaint):
        assets.script("top", tmp_path)


def test_no_line_is_longer_than_120_columns() -> None:
    long = [
        f"{file.name}:{number}"
        for file in [*FOLDER.glob("*.js"), *FOLDER.glob("*.css")]
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert not long


OFFENCES = (
    """
import { used, unused } from "./low.js";
var old = used;
let constant = 1;
const x = old == constant;
export function tangled(first, second) {
  if (missing) return x;
"""
    + "".join(f"  if (first === {n}) return second;\n" for n in range(12))
    + "  return null;\n}\n"
)


def test_the_linter_sees_what_it_is_there_for(tmp_path: Path) -> None:
    """A rule that is misspelt in its settings would never speak."""
    linter = shutil.which("oxlint", path=str(Path(sys.executable).parent))
    assert linter, "oxlint is of the dev extra"
    write(tmp_path, low="export const used = 1;\n", offences=OFFENCES)
    # JSON, for the text it prints is coloured where CI is set.
    command = [linter, "--config", str(ROOT / ".oxlintrc.json"), "--format=json", "--deny-warnings", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode != 0
    codes = [offence["code"] for offence in json.loads(done.stdout)["diagnostics"]]
    rules = {re.sub(r"^(?:eslint|import)\(([\w-]+)\)$", r"\1", code) for code in codes}
    assert {
        "complexity", "eqeqeq", "id-length", "named", "no-undef", "no-unused-vars", "no-var", "prefer-const"
    } <= rules  # fmt: skip
