"""The names that docs/architecture.md promises to programs beside the kit: they are there, and do what it says."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import xueji_lib as xj
from xueji_lib.casebook import Casebook, Workplace
from xueji_lib.judge import shelf
from xueji_lib.register import schema
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError, XuejiError

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"
USED_BY_CHECKS = {"xueji_lib.store.Store", "xueji_lib.register.schema.TABLES", "xueji_lib.register.schema.AT_REST"}
"""Checks of this kit that lie elsewhere import these."""


def promised() -> list[str]:
    """Every dotted name of the table."""
    section = DOCUMENT.read_text("utf-8").partition("\n## Public names\n")[2].partition("\n## ")[0]
    return re.findall(r"`(xueji_lib(?:\.\w+)+)`", section)


def test_the_table_has_the_names_that_are_in_use() -> None:
    assert set(promised()) >= USED_BY_CHECKS


@pytest.mark.parametrize("name", promised())
def test_a_promised_name_can_be_imported(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    try:
        import_module(name)
    except ModuleNotFoundError:
        assert hasattr(import_module(module), attribute)


def test_the_front_door_offers_what_it_names_and_no_module_of_it_more() -> None:
    assert dir(xj) == sorted(xj.__all__)
    for part in (xj, xj.pages, xj.charts):
        assert [name for name in part.__all__ if not hasattr(part, name)] == []
    for file in Path(xj.pages.__file__).parent.glob("[a-z]*.py"):
        module = import_module(f"xueji_lib.library.{file.stem}")
        functions = [node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        assert {name for name in functions if not name.startswith("_")} <= set(module.__all__), file.name


def test_a_store_is_opened_asked_and_read(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    store = Store.open(sample_store.root)
    assert store.terms() == [sample.TERM]
    assert store.has(sample.TERM, "schools") and not store.has(sample.TERM, "register")
    whole = store.read(sample.TERM, "schools")
    assert set(whole["school_id"]) == {sample.BIG, sample.CLEAN, sample.EMPTY, sample.ODD}
    assert list(schema.TABLES) and set(schema.TABLES) < set(schema.AT_REST)
    assert {column.id for column in schema.TABLES["schools"]} < set(whole.columns)
    some = store.read(sample.TERM, "schools", columns=["school_name"], schools=[sample.BIG])
    assert some[["school_id", "school_name"]].to_numpy().tolist() == [[sample.BIG, "西乡县第一小学"]]
    nothing = store.read(sample.TERM, "register")
    assert nothing.empty and {column.id for column in schema.TABLES["register"]} < set(nothing.columns)
    with pytest.raises(StoreError):
        Store.open(tmp_path / "没有")
    assert issubclass(StoreError, XuejiError) and issubclass(UsageError, XuejiError)


def test_the_columns_of_every_table_have_ascii_ids_and_chinese_headers() -> None:
    for table in schema.AT_REST.values():
        for column in table:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", column.id), (table.id, column.id)
    assert schema.TABLES["register"].by_header("姓名").id == "name"


def test_a_casebook_and_a_kept_answer_are_read(sample_store: Store, sample: ModuleType) -> None:
    workplace = Workplace.open(sample_store.root)
    with workplace.open_casebook() as book:
        assert isinstance(book, Casebook)
        assert book.events(sample.BIG, sample.TERM, ("finding",)) == [] and book.verify().broken == ""
    answer = shelf.newest(workplace.store, sample.TERM)
    assert answer is not None and answer.inspection.as_of == sample.AS_OF
    assert set(answer.school(sample.BIG).findings["school_id"]) == {sample.BIG}
    assert {"rule_id", "status"} < set(answer.coverage.columns) and len(answer.schools) == 4
    assert len(answer.findings) > len(answer.school(sample.BIG).findings)
