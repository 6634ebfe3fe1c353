"""``xueji key``: keys of people, with which a sign-off can be signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji_lib.cli.casebook import ask_password, casebook_option, password_option
from xueji_lib.cli.chinese import DONE, Command, CommonOptions, Group
from xueji_lib.cli.shared_options import inspection_options, open_workplace, school_of

if TYPE_CHECKING:
    from xueji_lib.register.inspection import Inspection

_KEY_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Group)
def key() -> None:
    """签名钥匙：每人一把，给自己的签署加签；绕过程序改台账的人，没有钥匙就做不出同样的签名。"""


@key.command("new", cls=Command)
@click.argument("file", metavar="文件", type=_KEY_FILE)
@password_option("钥匙的口令")
def new(file: Path, password_stdin: bool) -> int:
    """做一把自己的钥匙，存成加了口令的文件。自己保管，不要放进数据仓，不要交给别人。"""
    from xueji_lib.casebook import personal_keys
    from xueji_lib.casebook.log.key_signatures import fingerprint

    public = personal_keys.make(file, ask_password(password_stdin, twice=True, label="钥匙的口令"))
    click.echo(f"钥匙在 {file}。口令忘了，谁也打不开，只能停用再做一把")
    click.echo(f"公钥：{public}")
    click.echo(f"指纹：{fingerprint(public)}（写在纸上，签名，交局里登记：xueji key add 姓名 公钥）")
    return DONE


@key.command("add", cls=Command)
@click.argument("person", metavar="姓名")
@click.argument("public", metavar="公钥")
@casebook_option()
@click.pass_obj
def add(app: CommonOptions, person: str, public: str) -> int:
    """登记一把公钥是谁的，记入留痕。登记以前，对一对本人交来的纸上的指纹。"""
    from xueji_lib.casebook import personal_keys
    from xueji_lib.casebook.log.key_signatures import fingerprint

    with app.workplace().open_casebook() as book:
        registered = personal_keys.register(book, person, public)
    click.echo(f"已登记 {registered.person} 的钥匙，指纹 {fingerprint(registered.public)}")
    return DONE


@key.command("list", cls=Command)
@casebook_option()
@click.pass_obj
def list_keys(app: CommonOptions) -> int:
    """列出登记过的钥匙。"""
    from xueji_lib.casebook import personal_keys
    from xueji_lib.casebook.log.key_signatures import fingerprint
    from xueji_lib.register import labels

    with app.workplace().open_casebook() as book:
        keys = personal_keys.keys(book)
    for registered in keys:
        state = f"已停用（{registered.reason}）" if registered.revoked_line else "在用"
        moment = labels.moment(registered.at)
        click.echo(f"{registered.person}  指纹 {fingerprint(registered.public)}  {moment} 登记  {state}")
    if not keys:
        click.echo("还没有登记过钥匙")
    return DONE


@key.command("revoke", cls=Command)
@click.argument("person", metavar="姓名")
@click.option("--reason", default="", metavar="原因", help="如丢失、调离")
@casebook_option()
@click.pass_obj
def revoke(app: CommonOptions, person: str, reason: str) -> int:
    """停用一个人的钥匙。以前加签的仍然有效，以后再出现的不算。"""
    from xueji_lib.casebook import personal_keys

    with app.workplace().open_casebook() as book:
        ended = personal_keys.revoke(book, person, reason)
    click.echo(f"已停用 {ended.person} 的钥匙")
    return DONE


@key.command("sign", cls=Command)
@click.argument("school", metavar="学校")
@inspection_options(edition=False)
@click.option("--key", "file", type=_KEY_FILE, required=True, metavar="文件", help="自己的钥匙")
@click.option("--name", "person", default="", metavar="姓名", help="签署时用的名字；钥匙登记过的不用写")
@casebook_option()
@password_option("钥匙的口令")
@click.pass_obj
def sign(app: CommonOptions, school: str, inspection: Inspection, file: Path, person: str, password_stdin: bool) -> int:
    """用自己的钥匙，给自己对一所学校的签署（或会签）加签。先在网页上签署。"""
    from xueji_lib.casebook import personal_keys
    from xueji_lib.casebook.log.key_signatures import fingerprint

    workplace = open_workplace(app, inspection.term_id)
    school_id = school_of(workplace.store, inspection.term_id, school)
    private = personal_keys.opened(file, ask_password(password_stdin, twice=False, label="钥匙的口令"))
    with workplace.open_casebook() as book:
        event = personal_keys.sign(book, private, person, school_id, inspection.term_id)
    click.echo(f"{event.who} 的签署已加签，钥匙指纹 {fingerprint(str(event.body['public']))}")
    return DONE
