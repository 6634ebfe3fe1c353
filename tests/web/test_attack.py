"""The attack matrix: every address that is registered × every kind of visitor × every method, and what can be said
over an open websocket. A never gets a byte of B's school."""

from __future__ import annotations

import json
import re
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import websocket
from tornado.routing import Rule
from tornado.web import Application

from xueji_lib.web.door import app as apps
from xueji_lib.web.door import routes

from .client import BASE, Answer, Server, Visitor, listen, message
from .conftest import CHILD_A, CHILD_B, OWN

pytestmark = pytest.mark.slow

OTHER = "2164000001"
"""B's school."""
NEVER = "0ffffff0-0000-4000-8000-000000000000"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STATIC = "voila/static/voila.js"
# pattern → (addresses to try, who may GET them). K is a kernel of B's.
TRIED: dict[str, tuple[tuple[str, ...], str]] = {
    "/": (("",), "A B inspector director"),
    "/login": (("login",), "everyone"),
    "/logout": (("logout",), "everyone"),
    "/password": (("password", "password?name=x&must_change=0"), "A B inspector director new"),
    "/account": (("account",), "A B inspector director"),
    "/schools": (("schools", "schools?role=inspector"), "inspector director"),
    "/door/(.*)": (("door/door.css",), "everyone"),
    "/health": (("health", "health?x=1"), "everyone"),
    "/voila/templates/(.*)": (("voila/templates/lab/static/index.css",), "A B inspector director"),
    "/voila/static/(.*)": ((STATIC,), "A B inspector director"),
    "/voila/scripts/(.*)": (  # none is of this edition; those that are: test_page_scripts.py
        ("voila/scripts/voila.js", "voila/scripts/0123456789abcdef/voila.js", "voila/scripts/",
         "voila/scripts//etc/passwd", "voila/scripts/..%2f..%2fetc%2fpasswd"), "",
    ),
    "/voila/labextensions/(.*)": (("voila/labextensions/anywidget/package.json",), "A B inspector director"),
    "/voila/api/themes/(.*)": (("voila/api/themes/x/index.css",), ""),
    "/voila/render/(.*)": (
        ("voila/render/checklist.ipynb/x", "voila/render/", "voila/render/school_audit.ipynb",
         "voila/render/..%2Fnotebooks%2Fchecklist.ipynb", "voila/render/./checklist.ipynb",
            "voila/render/checklist.ipynb/../principal.ipynb",
         "voila/render/%2Fetc%2Fpasswd", "voila/render/CHECKLIST.ipynb", "voila/render/checklist.ipynb%00"),
        "",
    ),
    "/voila/files/(.*)": (
        ("voila/files/principal.ipynb", "voila/files/../data/codes/codes.toml", "voila/files/..%2f..%2fetc%2fpasswd",
         "voila/files/%2e%2e/%2e%2e/etc/passwd", "voila/files//etc/passwd", "voila/files/x.png"), "",
    ),
    "/voila/tree" + r"(?P<path>(?:(?:/[^/]+)+|/?))": (("voila/tree", "voila/tree/..", "voila/tree/x"), ""),
    "/voila/api/contents" + r"(?P<path>(?:(?:/[^/]+)+|/?))": (
        ("voila/api/contents", "voila/api/contents/principal.ipynb?content=1", "voila/api/contents/.."), "",
    ),
    r"/api/kernels/(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)": (("api/kernels/{K}", f"api/kernels/{NEVER}"), "B"),
    r"/api/kernels/(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)/channels": (
        ("api/kernels/{K}/channels", f"api/kernels/{NEVER}/channels?session_id=x"), "",
    ),
    "/api/v1/": (("api/v1/",), "program"),
    "/api/v1/findings": (("api/v1/findings", f"api/v1/findings?school={OTHER}&limit=9"), "program"),
    "/api/v1/coverage": (("api/v1/coverage", f"api/v1/coverage?school={OTHER}"), "program"),
    "/api/v1/schools": (("api/v1/schools",), "program"),
    "/api/v1/summary": (("api/v1/summary",), "program"),
    "/voila/api/shutdown/(.*)": (("voila/api/shutdown/{K}", f"voila/api/shutdown/{NEVER}"), ""),
}  # fmt: skip
NOT_REGISTERED = (  # neither upstream's own list of kernels nor its contents, terminals, sessions, log-in by token
    "api", "api/kernels", "api/contents", "api/sessions", "api/terminals", "api/status", "api/me", "files/x", "metrics",
    "voila/execution/{K}", "voila/query/{K}", "api/kernels/{K}/restart", "api/kernels/{K}/interrupt", "static/x",
    "api/security/csp-report", "?token=x", "tree", "lab", "voila", "voila/", "//voila/render/checklist.ipynb",
    "api/v1", "api/v1/findings/", "api/v1/findings/x", "api/v1/../findings", "api/v1/%2e%2e/schools", "api/v2/findings",
    "api/v1/Findings", "api/v1/findings%00", "api/v1//findings", "//xueji/api/v1/../../schools",
    "//other/voila/render/checklist.ipynb", "//", "//xuejiX/schools", "//xueji/../xueji/schools",
)  # fmt: skip


def registered(application: Application) -> list[str]:
    found = []

    def walk(rules: list[Rule]) -> None:
        for rule in rules:
            inner = getattr(rule.target, "rules", None)
            if inner is not None:
                walk(inner)
            else:
                found.append(rule.matcher.regex.pattern)

    walk(application.default_router.rules + application.wildcard_router.rules)
    return found


@pytest.fixture(scope="module")
def kernels(signed_in: dict[str, Visitor]) -> dict[str, tuple[str, str]]:
    """A's and B's page, opened: (text, kernel)."""
    return {who: signed_in[who].page("principal.ipynb") for who in ("A", "B")}


def foreign(county: SimpleNamespace, text: str) -> list[str]:
    """What of B's school is in it."""
    marks = (CHILD_B, county.other, "西乡县第一小学", "CANARY", county.finding, county.sha256, "别校")
    return [mark for mark in marks if mark in text or json.dumps(mark).strip('"') in text]


def guarded(answer: Answer) -> None:
    """What every answer carries."""
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "http" not in policy, policy
    assert answer.headers["X-Frame-Options"] == "DENY" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"] or answer.headers["Cache-Control"] == "no-cache"
    assert "no-store" in answer.headers["Cache-Control"] or "<html" not in answer.text
    assert "Server" not in answer.headers or "Tornado" not in answer.headers["Server"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Traceback" not in answer.text and 'File "' not in answer.text


def test_every_registered_address_is_judged_and_tried(county: SimpleNamespace, kit: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Of the running application: a new route of Voila's fails here until someone has judged it."""
    monkeypatch.setenv("XUEJI_HOME", str(kit))
    app = apps.application(apps.Options(county.store.root, port=0, base_url=BASE))
    try:
        patterns = registered(app.app)
    finally:
        app.stop()
    bare = {pattern.removeprefix("^").removesuffix("$").replace(re.escape("/xueji"), "", 1) for pattern in patterns}
    bare -= {".*"}
    assert bare == set(TRIED)
    assert bare <= routes.PUBLIC | set(routes.JUDGED)
    assert all(p.startswith(re.escape("/xueji")) for p in patterns if p not in (".*$", ".*"))


def test_the_matrix(server: Server, signed_in: dict[str, Visitor], kernels: dict[str, tuple[str, str]],
                    county: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    new, disabled = Visitor(server), Visitor(server)
    assert new.log_in("新校长", "kou-ling-ge-ni-1").status == 302
    assert disabled.log_in("停校长", OWN).status == 302
    from xueji_lib.casebook.access.accounts import Accounts
    from xueji_lib.casebook.log.book import Casebook

    with Casebook.open(county.store) as book:
        Accounts(book).disable("停校长")
    a, b = signed_in["A"], signed_in["B"]
    signed = b.cookies["xueji"].strip('"')
    forged = {
        "cut": signed[:-1] + ("0" if signed[-1] != "0" else "1"),
        "unsigned": "x" * 43,
        "other name": signed.replace("5:xueji", "5:_xsrf"),
        "A with B's value": a.cookies["xueji"].strip('"').split("|")[-2] + signed,
    }
    told = {"X-Xueji-User": "乙校长", "X-Xueji-Role": "director", "X-Xueji-School": county.other}
    told |= {
        "X_Xueji_Role": "director",
        "X-Xueji-Session": "local",
        "X-Forwarded-User": "周局长",
        "Remote-User": "周局长",
    }
    visitors = {**signed_in, "anonymous": Visitor(server), "new": new, "disabled": disabled}
    visitors |= {f"forged cookie, {name}": Visitor(server, {"xueji": f'"{value}"'}) for name, value in forged.items()}
    visitors["program"] = Visitor(server, headers={"Authorization": f"Bearer {_token(county)}", **told})
    visitors["anonymous with headers"] = Visitor(server, headers=told)
    visitors["A with headers"] = Visitor(server, a.cookies, told)
    of_b = kernels["B"][1]
    cases = 0
    wrong = []
    for pattern, (addresses, allowed) in TRIED.items():
        for address in addresses:
            for who, visitor in visitors.items():
                for method in METHODS:
                    if method != "GET" and who not in ("A", "anonymous", "A with headers", "director", "program"):
                        continue
                    kept = dict(visitor.cookies)
                    answer = visitor.ask(method, address.replace("{K}", of_b))
                    visitor.cookies = kept  # an answer that ends a session must not spoil the next question
                    cases += 1
                    guarded(answer)
                    real = who.removesuffix(" with headers")
                    may = (allowed == "everyone" or real in allowed.split()) and NEVER not in address
                    fine = (
                        answer.status in (200, 302) if may and method == "GET" else _shut(answer, who, method, allowed)
                    )
                    if not fine:
                        wrong.append((who, method, pattern, address, answer.status, answer.headers["Location"]))
                    if real in ("A", "anonymous", "program") and foreign(county, answer.text):
                        wrong.append((who, method, address, foreign(county, answer.text)))
    for address in NOT_REGISTERED:
        for who, visitor in visitors.items():
            answer = visitor.get(address.replace("{K}", of_b))
            cases += 1
            guarded(answer)
            if answer.status != 404 and not (address.startswith("?") and answer.status == 302):
                wrong.append((who, address, answer.status))
    assert not wrong, wrong[:20]
    assert b.get(f"api/kernels/{of_b}").status == 200, "B's kernel lived through it all"
    assert cases > 700
    with capsys.disabled():
        sys.stdout.write(f" [{cases} requests] ")


def _token(county: SimpleNamespace) -> str:
    """A program's token for A's school."""
    from xueji_lib.casebook.access.api_tokens import ApiTokens
    from xueji_lib.casebook.log.book import Casebook

    with Casebook.open(county.store) as book:
        return ApiTokens(book).make("校务系统", "school", county.own, 30, "周局长")[1]


def _shut(answer: Answer, who: str, method: str, allowed: str) -> bool:
    """Refused, or sent to where a log-in or password is asked for; an open page may be asked for its head."""
    if answer.status in (400, 401, 403, 404, 405, 429):
        return True
    if answer.status == 302 and answer.headers["Location"] in (f"{BASE}login", f"{BASE}password", BASE):
        return not answer.body
    return method == "HEAD" and answer.status == 200 and bool(allowed) and not answer.body


def test_a_page_holds_its_own_school_whatever_is_asked(kernels: dict[str, tuple[str, str]], county: SimpleNamespace,
                                                       signed_in: dict[str, Visitor]) -> None:  # fmt: skip
    """The page reads everything it is given, and it is given one school."""
    for who, own, other in (("A", CHILD_A, CHILD_B), ("B", CHILD_B, CHILD_A)):
        text = kernels[who][0]
        assert _in(own, text) and not _in(other, text) and "transport" in text
    a = signed_in["A"]
    query = f"?school={county.other}&template=reveal&theme=dark&XUEJI_STORE=/&school_id={county.other}&token=x"
    forged = {"X-Xueji-School": county.other, "X-Xueji-Role": "director", "X-XUEJI-USER": "乙校长"}
    text, kernel = a.page("principal.ipynb", query, **forged)
    assert _in(CHILD_A, text) and "theme-light" in text and "reveal" not in text.replace(query[1:], "")
    body = text.replace(county.other, "") if county.other in query else text
    assert not foreign(county, body), foreign(county, body)
    assert '\\"ipc\\"' in text or "\\u0022ipc\\u0022" in text, "no kernel listens on a port"
    assert "HTTP_X_XUEJI_SESSION" not in text and "cookie-secret" not in text
    assert a.post(f"voila/api/shutdown/{kernel}").status == 204
    assert a.get(f"api/kernels/{kernel}").status == 404
    for who, page in (("inspector", "checklist.ipynb"), ("director", "county.ipynb")):
        text, kernel = signed_in[who].page(page)
        assert _in(CHILD_A, text) and _in(CHILD_B, text)
        assert a.get(f"api/kernels/{kernel}").status == 404
        assert a.post(f"voila/api/shutdown/{kernel}").status == 404
        with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
            a.socket(kernel)


def _in(mark: str, text: str) -> bool:
    return mark in text or json.dumps(mark).strip('"') in text or json.dumps(json.dumps(mark))[2:-2] in text


def test_websockets(kernels: dict[str, tuple[str, str]], county: SimpleNamespace, signed_in: dict[str, Visitor],
                    server: Server, tmp_path: Path) -> None:  # fmt: skip
    a, b = signed_in["A"], signed_in["B"]
    text, own = kernels["A"]
    for visitor, kernel, options, status in (
        (a, kernels["B"][1], {}, "404"), (b, own, {}, "404"), (signed_in["director"], own, {}, "404"),
        (Visitor(server), own, {}, "403"),
        (Visitor(server, {"xueji": a.cookies["xueji"][:-4] + '0000"'}), own, {}, "403"),
        (a, own, {"origin": "http://evil.example"}, "403"), (a, own, {"origin": "null"}, "403"),
        (a, NEVER, {}, "404"), (a, own, {"origin": f"http://localhost:{server.port}"}, "403"),
        (Visitor(server, a.cookies, {"X-Xueji-User": "乙校长"}), kernels["B"][1], {}, "404"),
    ):  # fmt: skip
        with pytest.raises(websocket.WebSocketBadStatusException, match=status):
            visitor.socket(kernel, **options)
    socket = a.socket(own)
    trap = tmp_path / "executed"
    code = f"open({str(trap)!r}, 'w').write('x'); naive.send({{'answer': 'EXECUTED'}})"
    for kind in (
        "execute_request",
        "inspect_request",
        "complete_request",
        "history_request",
        "input_reply",
        "debug_request",
    ):
        for channel in ("shell", "control", "stdin"):
            content = {"code": code, "silent": False, "cursor_pos": 3, "detail_level": 0, "value": code}
            socket.send(message(kind, content, channel))
    comm = re.search(r"COMM=(\w+)=", text)
    assert comm
    asked = {"school": county.other, "finding": county.finding, "sha256": county.sha256}
    said = ""
    for path in ("../../../..", "..", f"../../{county.other}"):
        data = {"method": "custom", "content": {**asked, "path": path}}
        socket.send(message("comm_msg", {"comm_id": comm[1], "data": data}))
        said += json.dumps(listen(socket, "DONE"), ensure_ascii=False)
    assert said.count("DONE") == 3 and "EXECUTED" not in said and not trap.exists()
    assert "execute_result" not in said and "complete_reply" not in said and "history_reply" not in said
    state = {"school": county.other, "n": "x" * 1000, "_esm": "alert(1)", "nonsense": 1}
    socket.send(message("comm_msg", {"comm_id": comm[1], "data": {"method": "update", "state": state}}))
    data = {"method": "custom", "content": {**asked, "school": county.own, "path": "."}}
    socket.send(message("comm_msg", {"comm_id": comm[1], "data": data}))
    told = json.dumps(listen(socket, "DONE"), ensure_ascii=False)
    assert CHILD_A in told, "his own school answers"
    assert [
        mark for mark in foreign(county, said + told) if mark not in (county.other, county.finding, county.sha256)
    ] == []
    socket.close()


def test_a_frame_that_no_page_sends_closes_its_own_socket_alone(
    kernels: dict[str, tuple[str, str]], signed_in: dict[str, Visitor], server: Server, county: SimpleNamespace
) -> None:
    logs = county.store.root / "logs"
    before = sorted(logs.glob("*")) if logs.exists() else []
    v1 = "v1.kernel.websocket.jupyter.org"
    for frame, binary, protocol in (
        (struct.pack("!i", 150_000_000) + b"x" * 16, True, None),
        ((2**62).to_bytes(8, "little"), True, v1),
        (b"[" * 1_000_000, False, None),
        (b"{", False, None),
    ):
        socket = signed_in["A"].socket(kernels["A"][1], subprotocols=[protocol] if protocol else None)
        (socket.send_binary if binary else socket.send)(frame if binary else frame.decode())  # type: ignore[operator]
        while (reply := socket.recv_data())[0] != websocket.ABNF.OPCODE_CLOSE:  # the kernel's own messages before
            pass
        assert int.from_bytes(reply[1][:2], "big") == 1008
        assert Visitor(server).get("login").status == 200
    assert (sorted(logs.glob("*")) if logs.exists() else []) == before


def test_a_session_that_is_over_is_over(server: Server, accounts, signed_in: dict[str, Visitor]) -> None:
    """Disabled while a page is open: the next message closes it, its kernel goes, every address is shut."""
    leaving = Visitor(server)
    leaving.log_in("走校长", OWN)
    _, kernel = leaving.page("principal.ipynb")
    socket = leaving.socket(kernel)
    accounts.disable("走校长")
    socket.send(message("comm_info_request", {}))
    frames = iter(socket.recv_data, None)
    assert next(data for opcode, data in frames if opcode == websocket.ABNF.OPCODE_CLOSE)[:2] == b"\x11\x31"  # 4401
    assert leaving.get("voila/render/principal.ipynb").headers["Location"] == f"{BASE}login"
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        leaving.socket(kernel)
    accounts.enable("走校长")
    assert leaving.get("").headers["Location"] == f"{BASE}login", "the old session stays over"
    # Log-out: the kernel goes at once.
    leaving.log_in("走校长", OWN)
    _, kernel = leaving.page("principal.ipynb")
    kept = dict(leaving.cookies)
    assert leaving.get("logout").status == 302 and leaving.get(f"api/kernels/{kernel}").status == 200
    assert leaving.post("logout").headers["Location"] == f"{BASE}login"
    again = Visitor(server, kept)
    assert again.get("").headers["Location"] == f"{BASE}login", "a cookie that was kept is worth nothing"
    assert signed_in["A"].get("password").status == 200


def test_log_in(server: Server, accounts) -> None:
    """Guessing, fixation, forged posts, what the browser is told to keep."""
    visitor = Visitor(server)
    assert visitor.post("login", xsrf=False, name="试校长", password=OWN).status == 403
    evil = {"Origin": "http://evil.example", "Referer": "http://evil.example/"}
    assert visitor.post("login", headers=evil, name="试校长", password=OWN).status == 403
    planted = '"2|1:0|10:1795625838|5:xueji|4:eA==|0000"'
    visitor.cookies["xueji"] = planted
    visitor.post("login", name="试校长", password=OWN)
    first = visitor.cookies["xueji"]
    assert first != planted
    answer = visitor.post("login", name="试校长", password=OWN)
    assert visitor.cookies["xueji"] != first
    set_cookie = " ".join(answer.headers.get_all("Set-Cookie") or [])
    assert "HttpOnly" in set_cookie and "SameSite=Strict" in set_cookie and f"Path={BASE}" in set_cookie
    assert Visitor(server, {"xueji": first}).get("").headers["Location"] == f"{BASE}login", "the old one ended"
    answers = [
        Visitor(server).post("login", name=name, password="guess-guess-1") for name in ["试校长"] * 6 + ["无此人"]
    ]
    assert {answer.status for answer in answers} == {401}
    bodies = {re.sub(r'value="[^"]*"|autofocus', "", answer.text) for answer in answers}
    assert len(bodies) == 1, "no answer tells whether the account is there, or locked"
    assert Visitor(server).post("login", name="试校长", password=OWN).status == 401
    accounts.unlock("试校长")
    again = Visitor(server, headers={"X-Forwarded-For": "6.6.6.6", "X-Real-Ip": "6.6.6.6"})
    assert again.post("login", name="试校长", password=OWN).status == 302
    with accounts.book.reading() as connection:
        from xueji_lib.casebook.log import trail

        written = [line for line in trail.lines(connection) if line.who == "试校长"]
    assert "锁定账号" in {line.action for line in written} and "6.6.6.6" not in repr(written)
    assert "guess-guess-1" not in repr(written) and OWN not in repr(written)
    assert Visitor(server).post("password", old=OWN, new="x", again="x").status == 403


def test_on_this_machine_alone(county: SimpleNamespace, kit: Path, tmp_path: Path) -> None:
    """Without accounts: no log-in, but only under this machine's own name; unused kernels go; one account shuts it."""
    import shutil

    from xueji_lib.casebook.access.accounts import Accounts
    from xueji_lib.casebook.log.book import Casebook
    from xueji_lib.store import Store
    from xueji_lib.support.errors import UsageError

    store = tmp_path / "数据仓"
    shutil.copytree(county.store.root, store, ignore=shutil.ignore_patterns("casebook", "casebook-known.json", "views"))
    for options in ({"host": "0.0.0.0"}, {"behind_tls": True}):
        with pytest.raises(UsageError, match="先有账号"):
            apps.application(apps.Options(store, port=0, **options))
    server = Server(store, kit, base_url="/", idle=3, fork=False)
    try:
        here = Visitor(server)
        assert here.get("").headers["Location"] == "/schools" or here.get("").status == 302
        assert "西乡县第一小学" in here.get("schools").text
        for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", ""):
            assert here.get("schools", Host=host).status in (400, 403), host
        text, kernel = here.page("checklist.ipynb", f"?school={county.own}")
        assert "inspector" in text
        until = time.monotonic() + 30
        while here.get(f"api/kernels/{kernel}").status == 200 and time.monotonic() < until:
            time.sleep(0.5)
        assert here.get(f"api/kernels/{kernel}").status == 404, "nobody used it"
        with Casebook.open(Store(store)) as book:
            Accounts(book).add("王督查", "inspector", "", "kou-ling-ge-ni-1")
        assert here.get("schools").headers["Location"] == "/login"
    finally:
        assert "Traceback" not in server.stop()
