"""账号: who may come in. A director shuts out, lets in again and unlocks; passwords are set from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from argon2 import PasswordHasher

from xueji_lib.casebook.accounts import ROLE_NAMES, Account, Accounts
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.county_desk import CountyDesk, NoFiles
from xueji_lib.web.table import Action, Block, Column, Field, Row

ACTIVE, SHUT, LOCKED = "可用", "停用", "锁定"

COLUMNS: Final = (
    Column("name", "账号", "open"),
    Column("role", "角色", choices=tuple(ROLE_NAMES.values())),
    Column("school", "学校", narrow=False),
    Column("state", "状态", "state", (ACTIVE, LOCKED, SHUT)),
    Column("note", "提示", narrow=False),
)
ACTIONS: Final = (
    Action("停用", "停用", (), bulk=False),
    Action("启用", "启用", (), bulk=False),
    Action("解锁", "解锁", (), bulk=False),
)
FIELDS: Final[tuple[Field, ...]] = ()


class AccountTable(NoFiles):
    """A table's desk."""

    def __init__(self, desk: CountyDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs = desk.now, desk.refused, desk.logs
        # No password is ever checked or made here: the costly hashing is left out.
        self._accounts = Accounts(desk.book, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    def mark(self) -> str:
        return f"{self._desk.mark()}|{len(self._accounts.list())}"

    def rows(self) -> list[Row]:
        return [self._row(one) for one in self._accounts.list()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, _: Mapping[str, str]) -> list[Row]:
        actor = self._desk.actor
        if actor.role != "director":
            raise UsageError("账号由局负责人管")
        [name] = chosen
        if name == actor.name and action == "停用":
            raise UsageError("不能停用自己的账号")
        change = {"停用": self._accounts.disable, "启用": self._accounts.enable, "解锁": self._accounts.unlock}[action]
        change(name, by=actor.name)
        return [self._row(self._accounts.get(name))]

    def blocks(self, row_id: str) -> list[Block]:
        one = self._accounts.get(row_id)
        texts = [("建立", labels.moment(one.created_at)), ("最近改动", labels.moment(one.changed_at))]
        return [{"kind": "text", "label": label, "text": text} for label, text in texts]

    def _row(self, one: Account) -> Row:
        locked = one.locked(self._desk.now())
        state = SHUT if one.disabled else LOCKED if locked else ACTIVE
        allowed: Sequence[str] = ()
        if self._desk.actor.role == "director" and one.name != self._desk.actor.name:
            allowed = {SHUT: ("启用",), LOCKED: ("解锁", "停用"), ACTIVE: ("停用",)}[state]
        steps: dict[str, Sequence[str]] = dict.fromkeys(allowed, ())
        school = self._desk.name(one.school_id) if one.school_id else ""
        note = "还没有改初始口令" if one.must_change and not one.disabled else ""
        cells = {"name": one.name, "role": ROLE_NAMES[one.role], "school": school, "note": note}
        return Row(one.name, (), cells, state, steps, (), locked)
