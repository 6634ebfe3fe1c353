"""Web templates, filled in; the page that says what went wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2

from xueji_lib.support import paths

_ERRORS: Final = {
    400: ("请求不完整", "请退回上一页，刷新后再试。"),
    403: ("没有打开", "可能是登录已过期，或页面放得太久。请刷新页面，重新登录后再试。"),
    404: ("没有这一页", "网址不对，或者这一页不给您的账号用。"),
    405: ("没有打开", "请从首页重新进入。"),
    429: ("请稍等", "登录的次数太多，请过一分钟再试。"),
    503: ("现在打不开", "核查台账正忙或打不开。请过一会儿再试；一直这样，请找管理员。"),
}
_BROKEN: Final = ("程序出错了", "请刷新再试；一直这样，请把出错的时间告诉管理员。您已保存的内容不受影响。")


@cache
def _templates(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined)


def render(template: str, **values: Any) -> str:
    """A template of ``templates/web``, filled in; every value escaped."""
    return _templates(paths.templates("web")).get_template(template).render(**values)


def error_page(status: int, base_url: str) -> str:
    """The page for an HTTP status that is an error."""
    title, text = _ERRORS.get(status, _BROKEN)
    return render("message.html.j2", base_url=base_url, title=title, text=text, status=status, visitor=None)
