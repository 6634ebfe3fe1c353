"""``xueji selfcheck``: a school's own tables checked before they are handed in."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import click

from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions
from xueji_lib.cli.printing import progress, show
from xueji_lib.cli.shared_options import as_of_option, school_of, term_option
from xueji_lib.support.errors import UsageError


@click.command(cls=Command)
@click.argument(
    "folder", metavar="文件夹", type=click.Path(path_type=Path, exists=True, file_okay=False), help="放本校表册的文件夹"
)
@term_option()
@as_of_option()
@click.option("--school", metavar="学校", help="学校标识码；没有县里的数据仓、文件夹里也没有学校名录时要写")
@click.option("--json", "as_json", is_flag=True, help="在标准输出上只给 JSON，供程序读")
@click.pass_obj
def selfcheck(
    app: CommonOptions, folder: Path, term: str, as_of: dt.date | None, school: str | None, as_json: bool
) -> int:
    """自查：学校交表以前，自己先查一遍会问到什么。只用本校的表，什么也不存，别人看不到；没有查的逐条写明。"""
    from xueji_lib.intake import selfcheck as selfchecks
    from xueji_lib.intake.reading import Reading
    from xueji_lib.register.calendar import Calendar
    from xueji_lib.register.inspection import Inspection

    if app.far is not None:
        raise UsageError("自查用不着远处的数据仓，不要写 --store 地址")
    calendar = Calendar.load()
    calendar.term(term)
    inspection = Inspection(term, as_of or dt.date.today())
    with progress("自查") as report, Reading(folder) as reading:
        from xueji_lib.store import Store

        county = Store.open(app.store) if (app.store / "xueji-store.json").is_file() else None
        code = (school_of(county, term, school) if county is not None else school) if school else ""
        result = selfchecks.of_folder(reading, county, inspection, calendar, school=code, progress=report)
    if as_json:
        sys.stdout.buffer.write((json.dumps(result.to_dict(), ensure_ascii=False, indent=1) + "\n").encode())
        sys.stdout.buffer.flush()
    else:
        show(result.lines())
    if result.report.left_out:
        click.echo("有没收下的文件、行或格，请照上面改好再交", err=True)
    return LEFT_OUT if result.report.left_out else DONE
