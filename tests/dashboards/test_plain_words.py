"""A school is told what to do in its own words: nothing of the program's, whatever the intake has to say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import xueji_lib.intake
from xueji_lib.web.pages.plain_words import for_school

PROGRAM = re.compile(r"xueji|--\w|收件夹|数据仓|\bdata/")
CLERK = ("cli", "inbox.py", "preview.py", "report.py", "taught.py", "taking.py")
"""What these say is for the screen of whoever runs the intake; a school's file is never told so. Nor is it
what the self-check of a folder says of ``--school``."""


def sentences() -> Iterator[str]:
    folder = Path(xueji_lib.intake.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documents)
        said = [str(node.value) for node in texts if file.name not in CLERK]
        named = (text for text in said if PROGRAM.search(text) and "--school" not in text)
        yield from (text for text in named if re.search(r"[一-龥]", text))


def test_no_sentence_of_the_intake_has_words_of_the_program() -> None:
    said = list(sentences())
    assert len(said) > 8
    assert [text for text in map(for_school, said) if PROGRAM.search(text)] == []


def test_no_check_s_id_stands_before_its_sentence() -> None:
    assert for_school("  R202 一人两个学籍：3 条（严重，线索）") == "  一人两个学籍：3 条（严重，线索）"
    assert for_school("要看别的学校的表：R101 上报、R202 一人两籍") == "要看别的学校的表：上报、一人两籍"
    assert for_school("缺逐班核对表：R201、R207、R518") == "缺逐班核对表：3 项检查"
    assert for_school("初一1班 马小明：情形（空白）") == "初一1班 马小明：情形（空白）"
    lost = "找不到认识的表头。请对照 xueji templates 给出的台账样式改表头，或把不是台账的文件移出收件夹"
    assert for_school(lost) == "找不到认识的表头。请对照本页“空白表册”里的样式改表头；不是台账的不用交"
