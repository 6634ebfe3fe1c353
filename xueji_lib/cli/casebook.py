"""Commands on the casebook (核查台账): take it to a school and back, and verify its trail."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click

from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions
from xueji_lib.cli.printing import progress, show
from xueji_lib.cli.shared_options import inspection_options, open_workplace, school_of
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.casebook.carry.merge import Acceptance
    from xueji_lib.register.inspection import Inspection

FILE: Final = click.Path(path_type=Path, dir_okay=False)
Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def password_option(text: str) -> Decorator:
    """``--password-stdin``; ``text`` names the password in the help."""
    return click.option("--password-stdin", is_flag=True, help=f"{text}从标准输入读，不在屏幕上问")


def casebook_option() -> Decorator:
    """``--casebook``, kept in ``CommonOptions.casebook_url``."""
    return click.option(
        "--casebook", metavar="地址", expose_value=False, callback=_keep_casebook,
        help="核查台账放在别处的数据库，如 postgresql+psycopg://用户@主机/库名。默认在数据仓里",
    )  # fmt: skip


def _keep_casebook(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(CommonOptions).casebook_url = value


def ask_password(stdin: bool, *, twice: bool, label: str = "口令") -> str:
    """A password typed at the terminal (twice where it is new), or the first line of standard input. Raises
    UsageError."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    try:
        first = getpass.getpass(f"{label}：")
        if twice and getpass.getpass(f"再输一遍{label}：") != first:
            raise UsageError("两遍口令不一样，什么都没有做")
    except (EOFError, OSError):
        raise UsageError("没有终端可以问口令。加 --password-stdin，从标准输入给") from None
    return first


def unmask_request(reason: str, password_stdin: bool) -> Any:
    """The reason and a new password, checked. Raises UsageError before anything is done."""
    from xueji_lib.reports.letters.unmask import Request

    Request(reason, "........").check()  # before a password is asked for
    request = Request(reason, ask_password(password_stdin, twice=True))
    request.check()
    return request


@click.command(cls=Command)
@click.argument("schools", metavar="学校…", nargs=-1, required=True)
@inspection_options(edition=False)
@click.option(
    "--out",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="文件",
    required=True,
    help="数据包写到哪里",
)
@casebook_option()
@password_option("口令")
@click.pass_obj
def pack(app: CommonOptions, schools: tuple[str, ...], inspection: Inspection, file: Path, password_stdin: bool) -> int:
    """把几所学校的数据和核查台账打成一个加密的数据包，带到没有网络的学校去用；用完再打包带回，用 merge 并入。"""
    from xueji_lib.casebook.carry import package
    from xueji_lib.casebook.carry.sealed import Sealed, check_password
    from xueji_lib.casebook.judging import judged
    from xueji_lib.casebook.log.events import local_actor

    workplace = open_workplace(app, inspection.term_id)
    ids = [school_of(workplace.store, inspection.term_id, school) for school in dict.fromkeys(schools)]
    password = check_password(ask_password(password_stdin, twice=True))
    answer = judged(workplace, inspection)
    anchor = package.pack(workplace, local_actor(), ids, answer, Sealed(file, password))
    click.echo(f"已打包 {len(ids)} 所学校：{file}。口令不要和数据包放在一起")
    click.echo(f"打包时的{anchor}（可抄在交接单上，以后用 xueji verify --since 校验值 核对）")
    return DONE


@click.command(cls=Command)
@click.argument("files", metavar="数据包…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--accept", "reason", metavar="原因", default="", help="留痕里没有带出过的学校，由局负责人写明原因放行")
@click.option("--director", metavar="姓名", default="", help="放行的局负责人（有账号的，问他的口令）")
@casebook_option()
@password_option("口令（放行的，第二行是负责人的口令）")
@click.pass_obj
def merge(app: CommonOptions, files: tuple[Path, ...], reason: str, director: str, password_stdin: bool) -> int:
    """把带回的数据包并入数据仓；数据仓还没有时，按数据包建一个。并两次、先并谁，结果都一样，谁的认定也不会丢。

    包里的每一条都像外人写的一样查过再收：有一条不对，整个包不收，什么都不动。
    """
    from xueji_lib.casebook.carry.merge import merge as merge_package
    from xueji_lib.casebook.carry.sealed import Sealed
    from xueji_lib.casebook.log.events import local_actor

    password = ask_password(password_stdin, twice=False)
    acceptance = _acceptance(app, reason, director, password_stdin) if reason or director else None
    conflicts = 0
    with progress("并入") as report:
        for number, file in enumerate(files, 1):
            merged = merge_package(app.store, app.casebook_url, Sealed(file, password), local_actor(), acceptance)
            conflicts += len(merged.conflicts)
            report(number, len(files), file.name)
            show(merged.lines())
    if conflicts:
        click.echo(f"{conflicts} 处有不同意见，各人的都保留着，请在核查清单里重新认定", err=True)
    return LEFT_OUT if conflicts else DONE


def _acceptance(app: CommonOptions, reason: str, director: str, password_stdin: bool) -> Acceptance:
    """What a director says, who is asked for his password where there are accounts. Raises UsageError."""
    from xueji_lib.casebook.access.accounts import Accounts
    from xueji_lib.casebook.carry.merge import Acceptance

    if not reason.strip() or not director.strip():
        raise UsageError("放行要写明原因（--accept）和局负责人的姓名（--director）")
    with app.workplace().open_casebook() as book:
        accounts = Accounts(book)
        if accounts.any():
            account = accounts.check(director, ask_password(password_stdin, twice=False, label=f"{director} 的口令"))
            if account.role != "director":
                raise UsageError(f"{director} 不是局负责人，不能放行")
    return Acceptance(director.strip(), reason.strip())


@click.command(cls=Command)
@click.option("--since", "code", metavar="校验值", help="以前抄下的校验值（至少 8 位）：查那时的留痕是不是都还在")
@casebook_option()
@click.pass_obj
def verify(app: CommonOptions, code: str | None) -> int:
    """查核查台账是否完整：留痕、认定、证据文件、账号、系统疑点、钥匙加签、数据库；不完整的，指出是哪一处。"""
    from xueji_lib.casebook.log import key_signatures
    from xueji_lib.casebook.log.remembered import RememberedCasebook
    from xueji_lib.support.scratch import sweep

    workplace = app.workplace()
    sweep(workplace.store.root)
    remembered = RememberedCasebook.of(workplace.store)
    with workplace.open_casebook() as book:
        with progress("核对") as report:
            trail = book.verify(report)
        noted_line = book.line_with(_check_value(code)) if code else 0
        carried_line = book.carried_line_with(_check_value(code)) if code and not noted_line else 0
        with book.reading() as connection:
            keyed, unknown = key_signatures.signers(connection)
    if trail.broken:
        click.echo(f"核查台账不完整：{trail.broken}。留痕前面 {trail.lines} 条完整", err=True)
        return LEFT_OUT
    if remembered is not None and trail.lines < remembered.lines:
        short = f"数据仓记得有 {remembered.lines} 条（末条校验值 {remembered.last[:16]}），现在只有 {trail.lines} 条"
        click.echo(f"留痕少了：{short}。可能恢复了较早的备份，请找更新的备份", err=True)
        return LEFT_OUT
    if code and not noted_line and not carried_line:
        click.echo(f"抄下的校验值 {code} 不在今天的留痕里：那以后留痕被换过，或者抄错了", err=True)
        return LEFT_OUT
    if carried_line:
        click.echo(f"抄下的校验值是另一台电脑上的，那一步随数据包并入，记在这里的第 {carried_line} 条")
    elif code:
        click.echo(f"抄下的校验值是第 {noted_line} 条的，那时的留痕都还在，没有改动")
    if keyed:
        doubt = f"；{'、'.join(unknown)} 的钥匙没有登记过，不能说明是本人" if unknown else ""
        click.echo(f"用钥匙加签的签署 {keyed} 次，签名都对得上{doubt}")
    click.echo(f"台账完整，留痕共 {trail.lines} 条。末条校验值 {trail.last[:16]}（可抄在纸上，以后核对）")
    return DONE


def _check_value(code: str) -> str:
    """A check value copied from paper, as the trail has it. Raises UsageError."""
    plain = "".join(code.split()).lower()
    if not re.fullmatch("[0-9a-f]{8,64}", plain):
        raise UsageError("--since 应是校验值：8 到 64 位数字和字母 a 到 f，印在 xueji verify 的结果里")
    return plain
