"""Checks the pages as a browser gets them: the certificate (HTTPS), and whether the server says that it is well."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from xueji_lib.doctor.diagnosis import Diagnosis, Health, good, to_do

_SECONDS: Final = 10
_SOON_DAYS: Final = 30
HEALTH: Final = "health"
"""The page, below the base address, that answers whether the server is well."""


def served(url: str, now: dt.datetime) -> Iterator[Diagnosis]:
    """Diagnoses of the address where the pages are opened, as with ``xueji doctor --url``."""
    if not url:
        yield Diagnosis(
            Health.PASSED_OVER, "网页和 HTTPS 证书：没有查。要查，加 --url 网址，如 https://xj.example.cn/xueji/"
        )
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield to_do(f"网址 {url} 不对", "写成 https://服务器名/xueji/ 这样，就是浏览器里打开的那个")
        return
    try:
        if parts.scheme == "https":
            yield _certificate(parts.hostname, parts.port or 443, now)
        elif parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            yield to_do(
                f"{url} 没有加密（http）：口令和名单在网上谁都看得到",
                "前面放 nginx 或 Caddy 做 HTTPS，见 docs/deploy.md",
            )
        yield _health(parts.scheme, parts.netloc, parts.path)
    except ssl.SSLCertVerificationError as error:
        yield to_do(f"{url} 的证书不被信任（{error.verify_message}）", "换单位的证书；自己签的，把根证书装到各台电脑上")
    except (OSError, http.client.HTTPException) as error:
        yield to_do(
            f"{url} 连不上（{type(error).__name__}）",
            "看服务开着没有（xueji serve），nginx、防火墙放行没有，日志在数据仓的 logs 里",
        )


def _certificate(host: str, port: int, now: dt.datetime) -> Diagnosis:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), _SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        certificate, version = tls.getpeercert() or {}, tls.version()
    ends = dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), dt.UTC)
    days = (ends - now).days
    if days < _SOON_DAYS:
        return to_do(f"HTTPS 证书 {ends.date()} 到期，还有 {days} 天", "换新证书，然后重新载入 nginx 或 Caddy")
    return good(f"HTTPS：{version}，证书 {ends.date()} 到期")


def _health(scheme: str, netloc: str, path: str) -> Diagnosis:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(netloc, timeout=_SECONDS)
    try:
        connection.request("GET", f"{path.rstrip('/')}/{HEALTH}")
        answer = connection.getresponse()
        content = answer.read(10_000)
    finally:
        connection.close()
    try:
        health = json.loads(content)
        troubles = [str(why) for why in health["why"]]
    except (ValueError, KeyError, TypeError):
        return to_do(
            f"那个网址上的不是学籍检查工具箱（{answer.status}）",
            "网址写到 --base-url 那一段，如 https://服务器名/xueji/",
        )
    if troubles:
        return to_do(f"网页服务不正常：{'；'.join(troubles)}", "日志在数据仓的 logs/xueji.log 里")
    return good("网页服务正常")
