"""Two things under one number or name: the message names both places, so that nobody has to look for the other."""

from __future__ import annotations

import shutil
import types
from pathlib import Path

import pytest

from xueji_lib import local_rules
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.policy import Policy
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import collect, rule
from xueji_lib.rules.verdict import Verdict
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError, XuejiError


@rule("R101")
def first(case: Inquiry) -> Verdict:
    raise NotImplementedError


@rule("R101")
def second(case: Inquiry) -> Verdict:
    raise NotImplementedError


def module(**functions: object) -> types.ModuleType:
    made = types.ModuleType("made")
    vars(made).update(functions)
    return made


def test_two_rules_of_one_number() -> None:
    lines = [function.__code__.co_firstlineno for function in (first, second)]
    with pytest.raises(XuejiError) as refused:
        collect(module(first=first), module(second=second))
    for line, name in zip(lines, ("first", "second"), strict=True):
        assert f"test_clashes.py 第 {line} 行的 {name}" in str(refused.value)


def test_one_rule_that_another_module_takes_in_is_no_clash() -> None:
    assert list(collect(module(first=first), module(first=first))) == ["R101"]


LOCAL = """from xueji_lib.local_rules import local_rule


@local_rule("L007", title="一")
def f(t):
    return t.register
"""


def test_two_local_rules_of_one_number_in_two_files_and_in_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LOCAL, "utf-8")
    (tmp_path / "b.py").write_text(f"# 抄来的\n{LOCAL}", "utf-8")
    assert "编号 L007 用了 2 次（a.py 第 4 行、b.py 第 5 行）" in local_rules.read(tmp_path)["L007"].error
    (tmp_path / "b.py").unlink()
    (tmp_path / "a.py").write_text(LOCAL + LOCAL, "utf-8")
    assert "（a.py 第 4 行、a.py 第 10 行）" in local_rules.read(tmp_path)["L007"].error


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(paths.data(), tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize("number", ["R101", "S101"])
def test_a_number_twice_in_one_catalogue(data: Path, number: str) -> None:
    file = data / "catalogue" / "2020-154.yaml"
    lines = file.read_text("utf-8").splitlines()
    there = next(n for n, line in enumerate(lines) if f"id: {number}" in line)
    copied = [lines[there]]
    while "}" not in copied[-1]:
        copied.append(lines[there + len(copied)])
    file.write_text("\n".join([*lines[:there], *copied, *lines[there:]]), "utf-8")
    with pytest.raises(
        UsageError, match=rf"编号 {number} 用了 2 次（第 {there + 1} 行和第 {there + 1 + len(copied)} 行）"
    ):
        catalogues.load(folder=data / "catalogue")


def test_a_figure_and_a_term_twice(data: Path) -> None:
    figures, terms = data / "policy" / "2020-154.toml", data / "calendar" / "terms.toml"
    for file, more in ((figures, "[report_days]\nvalue = 9\nsource = 'x'\n"), (terms, '[terms."2026-2027-1"]\n')):
        head = more.splitlines()[0]
        lines = file.read_text("utf-8").splitlines()
        file.write_text("\n".join([*lines, more]), "utf-8")
        said = rf"写了 2 遍（第 {lines.index(head) + 1} 行和第 {len(lines) + 1} 行）"
        with pytest.raises(UsageError, match=said):
            Policy.load(folder=file.parent) if file == figures else Calendar.load(file.parent)
