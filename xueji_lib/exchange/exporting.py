"""``xueji export``: one folder for other tools, whole or not at all.

::

    findings.json coverage.json      the answer, and schemas/ that they follow
    datapackage.json                 describes tables/*.csv: every table and result
    tables/*.csv                     and parquet/*.parquet where it is asked for
    未遮盖.xlsx                      where it is asked for, under a password
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.exchange import data_package, documents, register_tables, result_tables, unmasked_book
from xueji_lib.exchange.case_rows import case_rows
from xueji_lib.exchange.county_answer import CountyAnswer
from xueji_lib.exchange.table_schema import Resource
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.register import schema
from xueji_lib.reports import verdicts
from xueji_lib.reports.county_figures import Figures
from xueji_lib.reports.letters.unmask import Request
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError
from xueji_lib.support.files import swap_folder
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.private import keep_all_private, make_folder
from xueji_lib.support.safe_write import locked

Progress = Callable[[int, int, str], None]
_RESULTS: Final = 12
"""Tables of results; for the progress alone."""


@dataclass
class Exported:
    """What lies in ``folder``: tables by name with their rows, findings in the JSON."""

    folder: Path
    findings: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    unmasked: Path | None = None


def export(
    workplace: Workplace,
    results: Results,
    folder: Path,
    *,
    parquet: bool = False,
    unmask: Request | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write the answer and the current tables of its term into ``folder``, in the place of an earlier export; the same
    bytes for the same data and decisions, but for what is under a password. ``unmask``: why, and the password.

    Raises UsageError where the folder holds anything else or cannot be written, or the request is too short;
    StoreError.
    """
    tell = progress or (lambda *_: None)
    folder = folder.resolve()
    _must_be_ours(folder)
    if unmask is not None:
        unmask.check()
    answer = CountyAnswer(
        results, verdicts.of_county(workplace, results), shelf.earlier(workplace.store, results.term_id)
    )
    exported = Exported(folder, len(answer.findings))
    total = sum(workplace.store.has(results.term_id, table) for table in schema.AT_REST) + _RESULTS
    with _aside(folder) as aside:
        tables: list[data_package.WrittenTable] = []
        for resource in _resources(workplace, answer):
            tell(len(tables), total, resource.title)
            tables.append(_put(resource, aside, parquet=parquet))
            exported.tables[resource.name] = tables[-1].rows
        findings = documents.findings_document(answer)
        _write(aside / "findings.json", documents.as_bytes(findings))
        _write(aside / "coverage.json", documents.as_bytes(documents.coverage_document(answer)))
        described = data_package.descriptor(findings["inspection"], tables)
        _write(aside / data_package.DESCRIPTOR, documents.as_bytes(described))
        for name in documents.SCHEMA_FILES.values():
            _write(aside / "schemas" / name, paths.data("schemas", name).read_bytes())
        if unmask is not None:
            say = lambda what: tell(total - 1, total, f"未遮盖的{what}")  # noqa: E731
            unmasked_book.put_unmasked(workplace, results.term_id, aside, unmask, say)
            exported.unmasked = folder / unmasked_book.FILE
        tell(total, total, "写完")
    return exported


def _resources(workplace: Workplace, answer: CountyAnswer) -> Iterator[Resource]:
    """Every table, one at a time: the whole county's registers need not be in memory together. The directory comes
    last, when it is known which schools the others name."""
    store, results = workplace.store, answer.results
    with workplace.open_casebook() as book:
        cases = case_rows(book, results.as_of)
    named: set[str] = set()
    for resource in result_tables.result_tables(answer, Figures(results, answer.states, answer.earlier), cases):
        named |= _schools(resource)
        yield resource
    for resource in register_tables.register_tables(store, results.term_id):
        named |= _schools(resource)
        yield resource
    yield register_tables.directory(store, results.term_id, named)


def _schools(resource: Resource) -> set[str]:
    if "school_id" not in resource.frame:
        return set()
    ids: pd.Series = resource.frame["school_id"]
    return {str(school) for school in ids.dropna().unique()}


def _put(resource: Resource, folder: Path, *, parquet: bool) -> data_package.WrittenTable:
    content = data_package.as_csv(resource)
    _write(folder / "tables" / f"{resource.name}.csv", content)
    if parquet:
        _write(folder / "parquet" / f"{resource.name}.parquet", data_package.as_parquet(resource))
    return data_package.WrittenTable.of(resource, content)


def _write(file: Path, content: bytes) -> None:
    make_folder(file.parent)
    file.write_bytes(content)


# ---- whole or not at all ----


def _must_be_ours(folder: Path) -> None:
    """Raises UsageError where the folder is there and holds anything but an earlier export."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} 是文件，不是文件夹")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        described: Any = json.loads((folder / data_package.DESCRIPTOR).read_text("utf-8"))
        ours = described["name"] == data_package.NAME and described["profile"] == "tabular-data-package"
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise UsageError(f"{folder} 里已经有别的东西，导出会整个换掉。请给一个空文件夹，或以前导出的文件夹")


@contextlib.contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder to write to; when the block ends without an error, it stands in the place of ``folder``. What a killed
    export left is taken away."""
    try:
        make_folder(folder.parent)
        busy = f"另一个导出正在往 {folder} 里写。等它做完再来一次"
        lock = folder.with_name(f".{folder.name}.lock")
        with locked(lock, busy):
            for left in folder.parent.glob(f".{folder.name}.part-*"):
                shutil.rmtree(left, ignore_errors=True)
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.part-", dir=folder.parent))
            try:
                yield aside
                aside.chmod(0o755)  # the temporary one is its owner's alone
                keep_all_private(aside)
                swap_folder(aside, folder, keep_others=False)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        lock.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"写不了 {folder}：{reason_of(error)}") from None
