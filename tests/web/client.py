"""A server of ``xueji serve`` in a process of its own, and visitors who talk to it in plain HTTP and websockets."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import websocket

BASE = "/xueji/"
_RUN = (
    "import sys, json, datetime as dt; from pathlib import Path; from xueji_lib.web.door.app import Options, serve; "
    "given = json.loads(sys.argv[1]); given['store'] = Path(given['store']); "
    "given['idle'] = dt.timedelta(seconds=given['idle']); "
    "serve(Options(**given), lambda address: print(address, flush=True))"
)


class Server:
    """Started by making it; ``stop`` ends it and everything it started."""

    def __init__(self, store: Path, home: Path, **options: Any) -> None:
        given = {"store": str(store), "port": 0, "base_url": BASE, "idle": 3600, **options}
        import os

        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN, json.dumps(given)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "XUEJI_HOME": str(home)},
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)(/\S*)", line)
        if not found:
            self.process.kill()
            raise AssertionError(f"{line}{self.process.communicate()[1]}")
        self.port, self.base = int(found[1]), found[2]

    def stop(self) -> str:
        """What it wrote on stderr."""
        self.process.terminate()
        try:
            return self.process.communicate(timeout=20)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "did not stop"


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Visitor:
    """``cookies`` as a browser keeps them; ``headers`` go with every request."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """``path`` below the base address, or from the root where it begins with //."""
        where = path[1:] if path.startswith("//") else self.server.base + path.lstrip("/")
        given = {**self.headers, **headers}
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.putrequest(method, where, skip_host="Host" in given)
        for name, value in given.items():
            connection.putheader(name, value.encode("utf-8"))
        if body is not None or method == "POST":
            connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders(body)
        response = connection.getresponse()
        answer = Answer(response.status, response.msg, response.read())
        connection.close()
        for line in response.msg.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if not value.strip('"'):
                del self.cookies[name]
        self.asked += 1
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, xsrf: bool = True, headers: dict[str, str] | None = None, **fields: str) -> Answer:
        if xsrf and "_xsrf" not in self.cookies:
            self.get("login" if "xueji" not in self.cookies else "schools")
            if "_xsrf" not in self.cookies:
                self.get("password")
        if xsrf:
            fields["_xsrf"] = self.cookies["_xsrf"]
        body = urllib.parse.urlencode(fields).encode()
        return self.ask("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def log_in(self, name: str, password: str) -> Answer:
        return self.post("login", name=name, password=password)

    def page(self, notebook: str, query: str = "", **headers: str) -> tuple[str, str]:
        """(the page, its kernel's id)."""
        answer = self.get(f"voila/render/{notebook}{query}", **headers)
        assert answer.status == 200, (answer.status, answer.text[:500])
        found = re.search(r'"kernelId": "([\w-]+)"', answer.text)
        assert found, answer.text[:2000]
        return answer.text, found[1]

    def socket(self, kernel: str, **options: Any) -> websocket.WebSocket:
        """Raises WebSocketBadStatusException where the door does not open."""
        url = f"ws://127.0.0.1:{self.server.port}{self.server.base}api/kernels/{kernel}/channels"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        options = {"origin": f"http://127.0.0.1:{self.server.port}", "header": self.headers, **options}
        return websocket.create_connection(url, cookie=cookie, timeout=20, **options)


def message(kind: str, content: dict[str, Any], channel: str = "shell") -> str:
    header = {"msg_id": uuid.uuid4().hex, "session": uuid.uuid4().hex, "username": "x", "version": "5.3"}
    header |= {"msg_type": kind, "date": "2026-11-20T08:00:00Z"}
    whole = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
    return json.dumps({**whole, "channel": channel})


def listen(socket: websocket.WebSocket, until: str, seconds: float = 15) -> list[dict[str, Any]]:
    """Messages up to one whose text contains ``until``; all that came in the time, where none did."""
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        socket.settimeout(max(0.1, end - time.monotonic()))
        try:
            text = socket.recv()
        except websocket.WebSocketTimeoutException:
            break
        if isinstance(text, bytes):
            continue
        found.append(json.loads(text))
        if until in json.dumps(found[-1]["content"], ensure_ascii=False):
            break
    return found


def notebook(folder: Path, name: str, *cells: str) -> None:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "title": name}
    )
    nbformat.write(made, folder / name)
