"""账号: who may log in. A director disables, enables and unlocks accounts; passwords are set from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from argon2 import PasswordHasher

from xueji_lib.casebook.access.accounts import ROLE_NAMES, Account, Accounts
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn
from xueji_lib.web.shared.county_desk import CountyDesk, NoFiles

ACTIVE, SHUT, LOCKED = "可用", "停用", "锁定"

COLUMNS: Final = (
    TableColumn("name", "账号", "open"),
    TableColumn("role", "角色", choices=tuple(ROLE_NAMES.values())),
    TableColumn("school", "学校", narrow=False),
    TableColumn("state", "状态", "state", (ACTIVE, LOCKED, SHUT)),
    TableColumn("note", "提示", narrow=False),
)
ACTIONS: Final = (
    Action("停用", "停用", (), bulk=False),
    Action("启用", "启用", (), bulk=False),
    Action("解锁", "解锁", (), bulk=False),
)
FIELDS: Final[tuple[Field, ...]] = ()


class AccountTable(NoFiles):
    """The desk (``TableDesk``) of accounts."""

    def __init__(self, desk: CountyDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs = desk.now, desk.refused, desk.logs
        # No password is ever checked or made here: the costly hashing is left out.
        self._accounts = Accounts(desk.book, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    def mark(self) -> str:
        return f"{self._desk.mark()}|{len(self._accounts.list())}"

    def rows(self) -> list[Row]:
        return [self._row(account) for account in self._accounts.list()]

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
        account = self._accounts.get(row_id)
        texts = [("建立", labels.moment(account.created_at)), ("最近改动", labels.moment(account.changed_at))]
        return [{"kind": "text", "label": label, "text": text} for label, text in texts]

    def _row(self, account: Account) -> Row:
        locked = account.locked(self._desk.now())
        state = SHUT if account.disabled else LOCKED if locked else ACTIVE
        allowed: Sequence[str] = ()
        if self._desk.actor.role == "director" and account.name != self._desk.actor.name:
            allowed = {SHUT: ("启用",), LOCKED: ("解锁", "停用"), ACTIVE: ("停用",)}[state]
        steps: dict[str, Sequence[str]] = dict.fromkeys(allowed, ())
        school = self._desk.name(account.school_id) if account.school_id else ""
        note = "还没有改初始口令" if account.must_change and not account.disabled else ""
        cells = {"name": account.name, "role": ROLE_NAMES[account.role], "school": school, "note": note}
        return Row(account.name, (), cells, state, steps, (), locked)
