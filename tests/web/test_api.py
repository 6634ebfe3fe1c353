"""The read-only JSON addresses: whose token sees what, and what is said to whoever has none. Over real HTTP, without
the notebooks around it; that no trick with addresses leads past them is tried on the whole server (test_attack)."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import json
import logging
import threading
import urllib.parse
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import jsonschema
import pytest
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.access.api_tokens import ApiTokens
from xueji_lib.casebook.access.sessions import Sessions
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.exchange.documents import SCHEMA_FILES
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.web.door.api_pages import API_PAGES, API_WORK, READS, STRANGERS, ApiWork
from xueji_lib.web.door.guard import Door

from .conftest import CHILD_B

pytestmark = pytest.mark.slow

ADDRESSES = ("", "findings", "coverage", "schools", "summary")


class Api:
    """The addresses on a port of this machine. ``now``: the casebook's clock."""

    def __init__(self, county: SimpleNamespace) -> None:
        store = Store(county.store.root)
        self.now = dt.datetime.now(dt.UTC)
        self.book = Casebook.open(store, clock=lambda: self.now)
        self.tokens = ApiTokens(self.book)
        self.work = ApiWork.of(Workplace(store), self.book)
        accounts = Accounts(self.book)
        door = Door(accounts, Sessions(accounts), local=True, behind_tls=False, logs=store.root / "logs")
        handlers = [(kind.pattern, type(kind.__name__, (kind,), {"door": door})) for kind in API_PAGES]
        application = web.Application(handlers, base_url="/", log_function=lambda _: None, **{API_WORK: self.work})  # type: ignore[arg-type]
        (socket,) = bind_sockets(0, "127.0.0.1")
        self.port = socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()

        def serve() -> None:
            asyncio.set_event_loop(self._loop)
            server = HTTPServer(application)
            server.add_socket(socket)
            self._loop.run_forever()
            server.stop()

        self._thread = threading.Thread(target=serve)
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self.work.end()
        self.book.close()

    def fresh(self) -> None:
        """As if a minute had passed without a request."""
        for turnstile in (self.work.readers, self.work.strangers):
            turnstile._tries.clear()

    def ask(
        self, address: str, token: str = "", method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """Status, JSON, headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, f"/api/v1/{address}", body, {**given, **headers})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content) if content else None, response.msg


@pytest.fixture(scope="module")
def api(county: SimpleNamespace) -> Iterator[Api]:
    served = Api(county)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def tokens(api: Api, county: SimpleNamespace) -> dict[str, str]:
    """A's school, B's school, the township of A, the county."""
    wanted = {
        "A": ("school", county.own),
        "B": ("school", county.other),
        "乡": ("township", "白崖乡"),
        "县": ("county", ""),
    }
    return {who: api.tokens.make(who, scope, of, 30, "周局长")[1] for who, (scope, of) in wanted.items()}  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def quiet(api: Api) -> None:
    api.fresh()


def of_b(county: SimpleNamespace, content: object) -> list[str]:
    """What of B's school is in an answer."""
    text = json.dumps(content, ensure_ascii=False)
    return [mark for mark in (CHILD_B, county.other, "西乡县第一小学", "CANARY", county.finding) if mark in text]


def test_each_scope_sees_its_own_whatever_is_asked(
    api: Api, tokens: dict[str, str], county: SimpleNamespace, sample: ModuleType
) -> None:
    seen = {}
    for who, token in tokens.items():
        status, content, _ = api.ask("schools", token)
        assert status == 200
        seen[who] = {entry["school_id"] for entry in content["results"]}
    assert seen["A"] == {sample.ODD} and seen["B"] == {sample.BIG}
    assert seen["乡"] == {sample.CLEAN, sample.ODD} and len(seen["县"]) == 4
    for who in ("A", "乡"):
        for address in ADDRESSES:
            fields = ("school", "rule", "state", "term")
            asked = [f"?{urllib.parse.urlencode({field: value})}" for field in fields
                     for value in (county.other, "属实", "' OR 1=1 --", "%")]  # fmt: skip
            for query in ("", *asked):
                api.fresh()
                status, content, _ = api.ask(address + query, tokens[who])
                said = json.dumps(content, ensure_ascii=False)
                said = said.replace(county.other, "") if county.other in query else said
                assert status in (200, 400) and not of_b(county, said), (who, address, query)
                if status == 200 and f"school={county.other}" in query:
                    assert content["results"] == []
    status, content, _ = api.ask(f"findings?school={county.other}&state={urllib.parse.quote('属实')}", tokens["县"])
    assert [entry["finding_id"] for entry in content["results"]] == [county.finding]
    assert content["results"][0]["case"]["note"] == "CANARY-NOTE-B"


def test_answers_follow_the_schemas_and_hold_nothing_personal(
    api: Api, tokens: dict[str, str], county: SimpleNamespace, sample: ModuleType
) -> None:
    for name in ("findings", "coverage"):
        status, content, headers = api.ask(f"{name}?limit=5000", tokens["县"])
        assert status == 200 and "no-store" in headers["Cache-Control"] and "Set-Cookie" not in headers
        assert content["total"] == len(content["results"]) and content["scope"] == {"kind": "county", "of": ""}
        assert not [secret for secret in sample.SECRETS if secret in json.dumps(content, ensure_ascii=False)]
        for more in ("scope", "data_changed_since", "total", "limit", "offset"):
            del content[more]
        file = paths.data("schemas", SCHEMA_FILES[content["$schema"]])
        jsonschema.validate(content, json.loads(file.read_text("utf-8")))
    summary = api.ask("summary", tokens["县"])[1]
    findings = api.ask("findings?limit=5000", tokens["县"])[1]["results"]
    assert summary["findings"] == sum(entry["school"] is not None for entry in findings)
    assert sum(summary["by_violation"].values()) == sum(summary["by_nature"].values()) == summary["findings"]
    pages = [api.ask(f"findings?limit=100&offset={n}", tokens["县"])[1]["results"] for n in range(0, 500, 100)]
    assert [entry["finding_id"] for page in pages for entry in page] == [entry["finding_id"] for entry in findings]


def test_without_a_token_that_holds_nothing_is_said(api: Api, tokens: dict[str, str], county: SimpleNamespace) -> None:
    expired = api.tokens.make("过期的", "county", "", 1, "周局长")[1]
    api.now += dt.timedelta(days=2)
    revoked, secret = api.tokens.make("作废的", "county", "", 30, "周局长")
    api.tokens.revoke(revoked.id, "周局长")
    good = tokens["B"]
    bodies = set()
    for given in (
        {}, {"Authorization": f"Bearer {expired}"}, {"Authorization": f"Bearer {secret}"},
        {"Authorization": f"Bearer {good[:-1]}{'A' if good[-1] != 'A' else 'B'}"}, {"Authorization": good},
        {"Authorization": f"Basic {good}"}, {"Authorization": f"Bearer {good} {good}"}, {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {good}' OR '1'='1"}, {"Cookie": f"xueji={good}"}, {"X-Xueji-Role": "director"},
        {"X-Api-Key": good}, {"Authorization": "Bearer " + "x" * 5000},
    ):  # fmt: skip
        api.fresh()
        status, content, headers = api.ask("findings", **given)
        assert status == 401 and headers["WWW-Authenticate"] == "Bearer", given
        assert headers["Content-Type"].startswith("application/json") and "no-store" in headers["Cache-Control"]
        bodies.add(json.dumps(content, ensure_ascii=False))
    (body,) = bodies
    assert "口令不对、过期了或已作废" in body, "no answer tells which"
    assert api.ask(f"findings?token={good}&access_token={good}")[0] == 401, "a token in an address is none"
    api.now -= dt.timedelta(days=2)


def test_a_token_can_do_nothing_but_read(api: Api, tokens: dict[str, str]) -> None:
    before = api.book.mark()
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for address in ADDRESSES:
            status, content, _ = api.ask(address, tokens["县"], method, b"{}" if method != "OPTIONS" else None)
            assert status == 405 and "只能读" in content["error"]["message"], (method, address)
    status, content, _ = api.ask("schools", tokens["县"], **{"X-HTTP-Method-Override": "DELETE"})
    assert status == 200 and len(content["results"]) == 4
    status, content, headers = api.ask("schools", tokens["县"], "HEAD")
    assert (status, content) == (200, None) and int(headers["Content-Length"]) > 0
    after = api.book.mark()
    assert json.loads(after)[0] - json.loads(before)[0] <= 1, "a line a day, and no more"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=5001", "0 到 5000"), ("limit=-1", "limit 应是"), ("limit=1e9", "limit 应是"),
        ("limit=٣", "limit 应是"), ("offset=99999999999999999999", "offset 应是"), ("sql=SELECT", "没有“sql”"),
        ("rule=R101&rule=R102", "不止一次"), ("school=" + "9" * 2000, "太长"),
        ("&".join(f"rule={n}" for n in range(120)), "不止一次"), ("term=../../etc", "没有 ../../etc"),
        ("term=2019-2020-1", "没有 2019-2020-1"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_answered_in_a_sentence(
    api: Api, tokens: dict[str, str], query: str, said: str
) -> None:
    status, content, _ = api.ask(f"findings?{urllib.parse.quote(query, safe='=&')}", tokens["县"])
    assert status == 400 and said in content["error"]["message"] and len(content["error"]["message"]) < 200


def test_nobody_asks_without_end(api: Api, tokens: dict[str, str]) -> None:
    statuses = [api.ask("", tokens["A"])[0] for _ in range(READS + 2)]
    assert statuses == [200] * READS + [429, 429]
    status, content, headers = api.ask("", tokens["A"])
    assert status == 429 and headers["Retry-After"] == "60" and "太频繁" in content["error"]["message"]
    assert api.ask("", tokens["B"])[0] == 200, "another token is not held up"
    statuses = [api.ask("findings", "xj_" + "a" * 50)[0] for _ in range(STRANGERS + 2)]
    assert statuses == [401] * STRANGERS + [429, 429]
    assert api.ask("", tokens["B"])[0] == 200, "who has a token is not held up by who guesses"


def test_every_reading_is_in_the_log_and_no_token_is(
    api: Api, tokens: dict[str, str], county: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "xueji"):
        api.ask(f"findings?school={county.own}&limit=3", tokens["A"])
        api.ask("coverage", "xj_" + "b" * 50)
    read, refused = caplog.messages
    token = next(token for token in api.tokens.list() if token.label == "A")
    assert token.id in read and "school" in read and county.own in read and "127.0.0.1" in read
    assert "拒绝" in refused and "/api/v1/coverage" in refused
    with api.book.reading() as connection:
        lines = [line for line in trail.lines(connection) if line.action in ("新建接口口令", "接口读取")]
        kept = repr([list(row) for row in connection.exec_driver_sql("SELECT * FROM api_tokens")])
    assert {line.action for line in lines} == {"新建接口口令", "接口读取"}
    everything = repr(lines) + kept + "".join(caplog.messages)
    assert not [secret for secret in tokens.values() if secret[10:] in everything]
    assert not api.book.verify().broken


def test_a_damaged_or_changed_token_table_shows(api: Api) -> None:
    """A row put in behind the program's back lets nobody read unseen: ``xueji verify`` names it."""
    with api.book.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE api_tokens SET revoked_at = '' WHERE label = '作废的'")
    try:
        assert "接口口令" in api.book.verify().broken
    finally:
        with api.book.writing() as connection:
            from sqlalchemy import update

            from xueji_lib.casebook.log.tables import API_TOKENS

            connection.execute(
                update(API_TOKENS).where(API_TOKENS.c.label == "作废的").values(revoked_at=api.book.now())
            )
    assert not api.book.verify().broken


def test_the_commands_show_a_token_once(county: SimpleNamespace, api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(county.store.root)]
    assert (
        run(xueji, ["token", "new", "县数据平台", "--scope", "township", "--of", "白崖乡", "--days", "7", *store]) == 0
    )
    said = capsys.readouterr().out
    secret = said.splitlines()[-1]
    assert api.ask("schools", secret)[0] == 200
    assert run(xueji, ["token", "list", *store]) == 0
    listed = capsys.readouterr().out
    (line,) = [line for line in listed.splitlines() if "县数据平台" in line]
    name, state, whom, *_ = line.split("\t")
    assert (state, whom) == ("有效", "乡镇 白崖乡") and secret not in listed and name in said
    assert run(xueji, ["token", "revoke", name, *store]) == 0
    assert api.ask("schools", secret)[0] == 401, "at once"
    assert run(xueji, ["token", "revoke", name, *store]) == 2
    for wrong in (
        ["--scope", "township"], ["--scope", "township", "--of", "没有乡"], ["--scope", "county", "--of", "x"],
        ["--scope", "school", "--of", "没有这所"], ["--scope", "county", "--days", "0"],
    ):  # fmt: skip
        assert run(xueji, ["token", "new", "x", *wrong, *store]) == 2
