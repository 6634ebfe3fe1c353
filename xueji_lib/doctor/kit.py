"""Checks the kit itself: its version, and the components it was installed with."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement

from xueji_lib.doctor.diagnosis import Diagnosis, good, to_do
from xueji_lib.support.version import __version__


def versions() -> Iterator[Diagnosis]:
    """Version of the kit and of Python, and whether every component is there in a version that the kit can use."""
    summary = f"版本：学籍检查工具箱 {__version__}，Python {platform.python_version()}，{platform.platform(terse=True)}"
    try:
        required = [part for text in metadata.requires("xueji") or () if _holds(part := Requirement(text))]
    except metadata.PackageNotFoundError:
        yield to_do(f"{summary}；没有按安装包安装，组件的版本查不了", "运行 python3 run.py setup")
        return
    wrong = [why for requirement in required if (why := _unmet(requirement))]
    if wrong:
        yield to_do(f"{summary}；组件不对：{'、'.join(wrong)}", "运行 python3 run.py setup，按锁定的版本重新安装")
    else:
        yield good(f"{summary}，{len(required)} 项组件要求都满足")


def _holds(requirement: Requirement) -> bool:
    """Whether a requirement applies on this system, without extras."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _unmet(requirement: Requirement) -> str:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"没有 {requirement.name}"
    fits = requirement.specifier.contains(version, prereleases=True)
    return "" if fits else f"{requirement.name} {version}（要 {requirement.specifier}）"
