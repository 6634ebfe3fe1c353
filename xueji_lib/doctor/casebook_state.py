"""Checks the casebook: that it is whole, as long as the store remembers, and how old its last backup is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import select

from xueji_lib.casebook.backup.last_backup import LastBackup
from xueji_lib.casebook.log.remembered import RememberedCasebook
from xueji_lib.casebook.log.tables import ACCOUNTS, EVENTS
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.doctor.diagnosis import Diagnosis, good, to_do

_OLD_DAYS: Final = 7
"""Days after which a backup of a casebook that people work in is old."""


def casebook(workplace: Workplace) -> Iterator[Diagnosis]:
    """Whether the trail and all that hangs on it is whole. A store without one gets none."""
    store = workplace.store
    remembered = RememberedCasebook.of(store)
    if not workplace.casebook_url and remembered is None and not (store.root / "casebook").is_dir():
        yield good("核查台账：还没有，第一次核查时自动建")
        return
    with workplace.open_casebook() as book:
        verified = book.verify()
    if verified.broken:
        yield to_do(
            f"核查台账不完整：{verified.broken}",
            "不要再写，先从备份恢复（xueji restore）；留着现在的文件，供查是谁改的",
        )
    elif remembered is not None and verified.lines < remembered.lines:
        yield to_do(
            f"核查台账的留痕少了：数据仓记得有 {remembered.lines} 条，现在只有 {verified.lines} 条",
            "可能恢复了较早的备份。找更新的备份恢复（xueji restore）",
        )
    else:
        yield good(f"核查台账完整，留痕 {verified.lines} 条，末条校验值 {verified.last[:16]}")


def backup(workplace: Workplace, now: dt.datetime) -> Iterator[Diagnosis]:
    """Whether what people did was backed up lately."""
    store, last = workplace.store, LastBackup.of(workplace.store)
    remembered = RememberedCasebook.of(store)
    lines = remembered.lines if remembered is not None else 0
    has_casebook = bool(workplace.casebook_url) or remembered is not None
    how = "运行 xueji backup --out 另一块磁盘上的文件（加 --encrypt 加密），每天一次；服务不用停"
    if last is None:
        if has_casebook and _has_peoples_work(workplace):
            yield to_do(f"没有备份过：核查台账有 {lines} 条留痕，丢了补不回来", how)
        else:
            yield good("备份：还没有人做过认定，丢了也能重新收、重新核查")
        return
    days, since = last.days_ago(now), lines - last.entry
    if days >= _OLD_DAYS and since > 1:
        yield to_do(f"上一次备份是 {days} 天前（{last.file}），以后又有 {since} 条留痕", how)
    else:
        is_near = Path(last.file).is_file() and _same_disk(Path(last.file), store.root)
        note = "。它和数据仓在同一块磁盘上，请再拷一份到别处" if is_near else ""
        yield good(f"备份：{days} 天前，{last.file}{note}")


def _has_peoples_work(workplace: Workplace) -> bool:
    """Somebody decided something, or has an account: what no run can make again."""
    with workplace.open_casebook() as book, book.reading() as connection:
        return any(connection.execute(select(table).limit(1)).first() is not None for table in (EVENTS, ACCOUNTS))


def _same_disk(file: Path, root: Path) -> bool:
    return file.stat().st_dev == root.stat().st_dev
