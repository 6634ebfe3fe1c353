"""The JSON addresses that other programs read with a token (``casebook.access.api_tokens``): only reading, always
masked, within the token's scope, so many times a minute, each reading in the server's log.

A cookie opens none of them, and a token opens nothing else.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from tornado import web

from xueji_lib.casebook.access.api_tokens import ApiToken, ApiTokens
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.web.door.api_answers import ApiAnswers
from xueji_lib.web.door.guard import PLAIN_POLICY
from xueji_lib.web.door.plain_pages import PlainPage
from xueji_lib.web.door.routes import READ_WITH_TOKEN
from xueji_lib.web.door.turnstile import Turnstile

API_WORK: Final = "xueji_api"
"""Where the application's settings hold the ``ApiWork``."""
READS: Final = 60
"""Readings of one token in a minute."""
STRANGERS: Final = 20
"""Refused tokens from one address in a minute."""
_WAITING: Final = 8
"""Readings that are worked on or wait; more are told to come again."""
_LONGEST_QUERY: Final = 1000
_BEARER: Final = re.compile(r"Bearer ([!-~]{1,200})")
_WORDS: Final = {
    400: "问得不对",
    401: "口令不对、过期了或已作废。请求里要有 Authorization: Bearer 口令；口令由县里用 xueji token new 建",
    403: "没有打开",
    404: "没有这个地址",
    405: "这里只能读：只用 GET、HEAD",
    429: "问得太频繁了，请过一分钟再来",
    503: "正忙或打不开，请过一会儿再来",
}
_BROKEN: Final = "程序出错了，请把出错的时间告诉管理员"
_LOG: Final = logging.getLogger("xueji")


@dataclass
class ApiWork:
    """What the addresses share. One reading is made at a time, beside the pages and their log-ins."""

    answers: ApiAnswers
    tokens: ApiTokens
    readers: Turnstile = field(default_factory=lambda: Turnstile(tries=READS))
    strangers: Turnstile = field(default_factory=lambda: Turnstile(tries=STRANGERS))
    worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "api"))
    waiting: int = 0
    noted: dict[str, dt.date] = field(default_factory=dict)
    """Token id → the day on which its reading was written into the trail last."""

    @classmethod
    def of(cls, workplace: Workplace, book: Casebook) -> ApiWork:
        return cls(ApiAnswers(workplace, book), ApiTokens(book))

    def end(self) -> None:
        """Wait for what is being read."""
        self.worker.shutdown(wait=True, cancel_futures=True)

    def read(self, token: ApiToken, address: str, asked: dict[str, str], source: str) -> tuple[bytes, int]:
        """The answer's JSON and its number of entries; the first reading of a day is in the trail before."""
        today = dt.date.today()
        if self.noted.get(token.id) != today:
            self.tokens.note_reading(token, source)
            self.noted[token.id] = today
        answer = self.answers.answer(token, address, asked)
        return json.dumps(answer.content, ensure_ascii=False).encode(), answer.count


class ApiPage(PlainPage):
    """One address. ``token``: what the request was let in with."""

    policy = PLAIN_POLICY
    token: ApiToken | None = None
    explained = ""
    """What is wrong with the question, in words for whoever asked it."""

    @property
    def work(self) -> ApiWork:
        work: ApiWork = self.settings[API_WORK]
        return work

    async def prepare(self) -> None:
        """Let the holder of a token pass whose scope may read here. Raises HTTPError."""
        self.check_request()
        if self.request.method not in ("GET", "HEAD"):
            raise web.HTTPError(405)
        source = self.request.remote_ip or ""
        bearer = _BEARER.fullmatch(self.request.headers.get("Authorization", ""))
        try:
            token = self.work.tokens.holding(bearer[1]) if bearer else None
        except StoreError:
            raise web.HTTPError(503) from None
        if token is None:
            if not self.work.strangers.let_in(source):
                raise web.HTTPError(429)
            _LOG.warning("接口 %s 拒绝：口令不对、过期或作废，从 %s", self.pattern, source)
            raise web.HTTPError(401)
        if token.scope not in READ_WITH_TOKEN.get(self.pattern, ()):
            raise web.HTTPError(404)
        if not self.work.readers.let_in(token.id):
            _LOG.warning("接口 %s 拒绝：口令 %s 问得太频繁，从 %s", self.pattern, token.id, source)
            raise web.HTTPError(429)
        self.token = token

    async def get(self) -> None:
        work, token = self.work, self.token
        assert token is not None
        asked = self._asked()
        if work.waiting >= _WAITING:
            raise web.HTTPError(503)
        work.waiting += 1
        address, source = self.pattern.removeprefix("/api/v1/"), self.request.remote_ip or ""
        try:
            loop = asyncio.get_running_loop()
            content, count = await loop.run_in_executor(work.worker, work.read, token, address, asked, source)
        except UsageError as error:
            self.explained = str(error)
            raise web.HTTPError(400) from None
        except StoreError as error:
            _LOG.warning("%s", error)
            raise web.HTTPError(503) from None
        finally:
            work.waiting -= 1
        whom = " ".join(filter(None, (token.scope, token.scope_of)))
        _LOG.info(
            "接口 %s 口令 %s（%s）读 %s 条，问 %s，从 %s", self.pattern, token.id, whom, count, asked or "全部", source
        )
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(content)

    async def head(self) -> None:
        """As ``get``, without the content: tornado leaves it out."""
        await self.get()

    def _asked(self) -> dict[str, str]:
        """The address's fields, each once. Raises HTTPError."""
        if len(self.request.query) > _LONGEST_QUERY:
            self.explained = f"网址太长了，问的部分最多 {_LONGEST_QUERY} 个字符"
            raise web.HTTPError(400)
        arguments = self.request.query_arguments
        twice = [name for name, values in arguments.items() if len(values) != 1]
        if twice:
            self.explained = f"“{twice[0][:40]}”写了不止一次"
            raise web.HTTPError(400)
        return {name: self.get_query_argument(name) for name in arguments}

    def write_error(self, status_code: int, **_given: Any) -> None:
        """A short JSON with a Chinese sentence, which shows nothing of the error itself."""
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self._own_headers(PLAIN_POLICY)
        self.set_header("Cache-Control", "no-store")
        if status_code == 401:
            self.set_header("WWW-Authenticate", "Bearer")
        if status_code in (429, 503):
            self.set_header("Retry-After", "60")
        sentence = self.explained or _WORDS.get(status_code, _BROKEN)
        self.finish(json.dumps({"error": {"status": status_code, "message": sentence}}, ensure_ascii=False))


API_PAGES: Final = tuple(
    type(f"Api{pattern.rsplit('/', 1)[-1].title() or 'Index'}", (ApiPage,), {"pattern": pattern})
    for pattern in READ_WITH_TOKEN
)
