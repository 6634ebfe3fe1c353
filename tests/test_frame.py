"""The frame holds together: dependencies, locks, conda file, documents, and run.py from first start to repair."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from run import fast_lane
from xueji_lib.register.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BASE = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
DEV = [Requirement(line) for line in PROJECT["project"]["optional-dependencies"]["dev"]]
BUILD = [Requirement(line) for line in PROJECT["build-system"]["requires"]]
WINDOWS = {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"}
MACOS = {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"}


def locked(kit: str) -> list[Requirement]:
    text = (ROOT / "locks" / f"{kit}.txt").read_text("utf-8")
    return [Requirement(line.rstrip(" \\")) for line in text.splitlines() if line[:1].isalnum()]


def on(requirements: list[Requirement], **environment: str) -> dict[str, str]:
    """What is installed where: name → version."""
    chosen = [r for r in requirements if r.marker is None or r.marker.evaluate(environment)]
    names = [canonicalize_name(r.name) for r in chosen]
    assert len(names) == len(set(names)), f"twice for {environment}"
    return {name: str(r.specifier) for name, r in zip(names, chosen, strict=True)}


@pytest.mark.parametrize("python", ["3.11.7", "3.12.9", "3.13.1"])
@pytest.mark.parametrize(
    "system", [WINDOWS, MACOS, {"sys_platform": "linux", "os_name": "posix"}], ids=["win", "mac", "linux"]
)
def test_locks_satisfy_the_project_everywhere(python: str, system: dict[str, str]) -> None:
    here = {"python_full_version": python, "python_version": python[:4], "platform_system": "Linux", **system}
    base, dev = on(locked("base"), **here), on(locked("dev"), **here)
    for requirement in [*BASE, *BUILD]:
        version = base[canonicalize_name(requirement.name)].removeprefix("==")
        assert requirement.specifier.contains(version), requirement
    for requirement in DEV:
        assert requirement.specifier.contains(dev[canonicalize_name(requirement.name)].removeprefix("==")), requirement
    assert base.items() <= dev.items(), "who tests has what users have"
    assert ("pywinpty" in base) == ("colorama" in base) == (system is WINDOWS)
    assert ("aiohttp" in base) == (python[:4] == "3.12")


def test_locks_pin_hash_and_name_no_address() -> None:
    for kit in ("base", "dev"):
        text = (ROOT / "locks" / f"{kit}.txt").read_text("utf-8")
        assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)
        for block in re.split(r"\n(?=[A-Za-z0-9])", text):
            assert re.match(r"[\w.-]+==\S+", block), block[:80]
            assert "--hash=sha256:" in block, block[:80]


def test_conda_file_lists_the_same_as_the_project() -> None:
    content = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    pip = next(item["pip"] for item in content if isinstance(item, dict))
    lines = [item for item in content if isinstance(item, str)] + [item for item in pip if item != "-e ."]
    found = {canonicalize_name(r.name): str(r.specifier) for r in map(Requirement, lines)}
    assert found.pop("python") == PROJECT["project"]["requires-python"]
    found.pop("pip")
    found.pop("hatchling")
    assert found == {canonicalize_name(r.name): str(r.specifier) for r in BASE}


def test_every_dependency_and_table_is_documented() -> None:
    dependencies = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    undocumented = [r.name for r in [*BASE, *DEV, *BUILD] if not re.search(rf"\b{re.escape(r.name)}\b", dependencies)]
    assert not undocumented
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    contract = (ROOT / "docs" / "data-contract.md").read_text("utf-8")
    for table in TABLES.values():
        assert f"`{table.id}`" in glossary and table.header in glossary
        row = next(line for line in contract.splitlines() if line.startswith(f"| {table.header} |"))
        starred = set(re.findall(r"([^\s|，（）、]+)\\\*", row))
        assert starred == {column.header for column in table if column.required}, table.header
        unnamed = [column.header for column in table if column.header not in row]
        assert not unnamed or table.id == "register"  # the platform's other columns are not listed one by one


def test_every_promise_of_security_names_a_test_that_is_there() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"tests/[\w/]+(?:\.py)?", text))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| 答应")]
    assert all("tests/" in row for row in rows), "a promise without a test"


@pytest.mark.slow
def test_generated_documents_are_current() -> None:
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_wheel_carries_what_the_kit_reads(tmp_path: Path) -> None:
    """Installed without the checkout, it finds its data, templates, notebook and Chinese words in itself."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, capture_output=True, check=True, cwd=tmp_path)
    home = tmp_path / "installed"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(home)
    for folder in ("data", "templates", "notebooks"):
        assert files_below(home / "xueji_lib" / "_home" / folder) == files_below(ROOT / folder)
    command = [
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import xueji_lib.__main__ as m; m.main()",
    ]
    shown = subprocess.run(
        [*command, str(home), "rules", "show", "R102"], capture_output=True, encoding="utf-8", cwd=tmp_path
    )
    assert "efile_days = 7" in shown.stdout and "例 1" in shown.stdout, shown.stderr
    refused = subprocess.run([*command, str(home), "rules"], capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert "用法" in refused.stderr


def files_below(folder: Path) -> set[str]:
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return {name for name in names if ".ipynb_checkpoints" not in name}


def test_the_fast_lane_leaves_out_every_marker_there_is() -> None:
    """And runs in two processes, unless somebody says in how many."""
    assert fast_lane(["-x", "tests"]) == ["-x", "tests"]
    leave, expression, *processes, first = fast_lane(["--fast", "tests"])
    assert (leave, processes, first) == ("-m", ["-n", "2"], "tests")
    assert fast_lane(["--fast", "-n4"]) == ["-m", expression, "-n4"]
    markers = {text.partition(":")[0] for text in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}
    assert set(re.findall(r"\w+", expression)) - {"not", "or"} == markers


# ---- run.py, on a small project of its own: a wheel and a backend made here, no network ----

BACKEND = """
import os, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "xueji-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("xueji.pth", os.getcwd())
        wheel.writestr("xueji-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: xueji\\nVersion: 1\\n")
        wheel.writestr("xueji-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("xueji-1.dist-info/RECORD", "")
    return name
"""
MAIN = "import sys, part\nprint('part', part.VERSION, sys.argv[1:])\nsys.exit(7)\n"


def make_wheel(folder: Path, version: str) -> str:
    """A wheel of ``part``; returns its line for a lock."""
    folder.mkdir(exist_ok=True)
    file = folder / f"part-{version}-py3-none-any.whl"
    info = f"part-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("part.py", f"VERSION = '{version}'\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: part\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        digest = (
            base64.urlsafe_b64encode(hashlib.sha256(f"VERSION = '{version}'\n".encode()).digest()).decode().rstrip("=")
        )
        wheel.writestr(
            f"{info}/RECORD", f"part.py,sha256={digest},\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return f"part=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "学籍 工具"
    (root / "locks").mkdir(parents=True)
    (root / "xueji_lib").mkdir()
    shutil.copy(ROOT / "run.py", root)
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "xueji"\nversion = "1"\n',
        "utf-8",
    )
    (root / "backend.py").write_text(BACKEND, "utf-8")
    (root / "xueji_lib" / "__main__.py").write_text(MAIN, "utf-8")
    (root / "locks" / "base.txt").write_text(make_wheel(root / "wheels", "1.0"), "utf-8")
    return root


def start(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON", "XUEJI_"))}
    command = [sys.executable, str(project / "run.py"), *arguments]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env={**keep, **environment}, cwd=project.parent, timeout=120
    )


@pytest.mark.slow
def test_run_py_installs_once_hands_over_updates_and_repairs(project: Path) -> None:
    first = start(project, "demo", "--x")
    assert first.stdout == "part 1.0 ['demo', '--x']\n", first.stderr
    assert first.returncode == 7
    assert "正在从" in first.stderr and "安装完成" in first.stderr

    second = start(project, "demo")
    assert (second.stdout, second.stderr) == ("part 1.0 ['demo']\n", ""), "nothing to do, nothing said"

    # A new lock is followed.
    (project / "locks" / "base.txt").write_text(make_wheel(project / "wheels", "2.0"), "utf-8")
    assert start(project, "demo").stdout == "part 2.0 ['demo']\n"

    # Killed in the middle of an installation: a file is half there, and pip believes it whole.
    venv = project / ".venv"
    (venv / "xueji-installed.json").unlink()
    (venv / "xueji-installing").touch()
    next(venv.rglob("part.py")).write_text("VERSION = ")
    repaired = start(project, "demo")
    assert repaired.stdout == "part 2.0 ['demo']\n", repaired.stderr
    assert "上次安装中断了" in repaired.stderr

    # The folder was moved: the environment's own paths are wrong now.
    moved = project.rename(project.with_name("搬走"))
    assert start(moved, "demo").stdout == "part 2.0 ['demo']\n"


@pytest.mark.slow
def test_run_py_refuses_a_file_that_is_not_the_locked_one(project: Path) -> None:
    make_wheel(project / "wheels", "1.0")
    lock = project / "locks" / "base.txt"
    lock.write_text(re.sub(r"[0-9a-f]{64}", "0" * 64, lock.read_text("utf-8")), "utf-8")
    refused = start(project, "demo")
    assert refused.returncode == 3
    assert refused.stdout == "" and "安装没有完成" in refused.stderr and "Traceback" not in refused.stderr
    missing = start(project, "demo", XUEJI_WHEELS=str(project / "没有"))
    assert missing.returncode == 3 and "XUEJI_WHEELS" in missing.stderr
