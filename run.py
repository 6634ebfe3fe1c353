"""学籍检查工具箱的入口：第一次运行时备好 .venv，以后直接交给它。只用 Python 标准库。

python run.py demo                演示（python run.py 加任何 xueji 命令都可以）
python run.py test [pytest 参数]  跑测试；test --fast 只跑快的，两分钟左右
python run.py setup [--dev]       只安装，不运行
python run.py wheels [文件夹]     把要装的组件下载到文件夹（默认 wheels），供不联网的电脑安装
"""

# This file must still parse on Python 3.6, so that an old Python gets the sentence below and not a SyntaxError.
import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "需要 Python 3.11 或更新的版本，现在用的是 {}.{}（{}）。\n"
        "请安装 64 位 Python 3.11—3.13，再用它运行本文件，例如：py -3.12 run.py demo\n".format(
            sys.version_info[0], sys.version_info[1], sys.executable
        )
    )
    sys.exit(2)

import hashlib
import json
import os
import subprocess
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "xueji-installed.json"
LOG = ROOT / "install.log"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


# What pip says once for each line of a lock.
_COUNTED = ("Collecting ", "Processing ", "Ignoring ", "Requirement already satisfied: ")


FAST_LANE = "not (browser or cluster or office or slow)"
"""The markers (pyproject.toml) by which the fast lane is chosen, which takes about two minutes."""


class Failed(Exception):
    """The environment could not be made; the text says what to do."""


def say(text: str) -> None:
    """Progress goes to stderr: stdout belongs to the command (``--json``)."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


# ---- what is installed, what should be ----


def lock_file(kit: str) -> Path:
    return ROOT / "locks" / (kit + ".txt")


def wanted(kit: str) -> str:
    """Fingerprint of what ``kit`` (base or dev) should hold."""
    digest = hashlib.sha256()
    locks = [lock_file(kit), *([lock_file("s3-server")] if kit == "dev" else [])]
    for file in (*locks, ROOT / "pyproject.toml"):
        digest.update(file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def is_ready(kit: str) -> bool:
    """Whether .venv holds ``kit``, whole. dev holds base."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    has = stamp.get("kit")
    return (
        PYTHON.exists()
        and (has == kit or has == "dev")
        and stamp.get("wanted") == wanted(has)
        and stamp.get("root") == str(ROOT)
    )


# ---- installing ----


def wheel_folder() -> "Path | None":
    """The folder of an installation without network, where there is one."""
    named = os.environ.get("XUEJI_WHEELS")
    folder = Path(named) if named else ROOT / "wheels"
    if any(folder.glob("*.whl")):
        return folder.resolve()
    if named:
        raise Failed(f"XUEJI_WHEELS 指的文件夹 {folder} 里没有 .whl 文件")
    return None


def venv_works() -> bool:
    """Whether .venv has a Python that runs, is new enough and has pip."""
    code = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(PYTHON), "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    say(f"正在准备独立的 Python 环境 {VENV}")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if made.returncode or not venv_works():
        LOG.write_text(made.stdout + made.stderr, "utf-8")
        hint = "请关闭正在使用它的窗口后再试" if os.name == "nt" else "Debian、Ubuntu 请先 apt install python3-venv"
        raise Failed(f"建不成 {VENV}。{hint}。详情见 {LOG}")


def pip(*arguments: str, label: str = "", total: int = 0, python: Path = PYTHON) -> None:
    """Run pip in .venv: its talk goes to install.log, a counter to the screen."""
    command = [str(python), "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
    tail: "deque[str]" = deque(maxlen=3)
    done = 0
    with LOG.open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
        )
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            if line.strip() and not line.startswith((" ", "WARNING", "[notice]")):
                tail.append(line.strip())
            if total and line.startswith(_COUNTED):
                done += 1
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r  {label} {min(done, total)}/{total}")
                    sys.stderr.flush()
                elif done % 25 == 0:
                    say(f"  {label} {min(done, total)}/{total}")
            elif total and line.startswith("Installing collected"):
                say(("\n" if sys.stderr.isatty() else "") + "  正在写入磁盘，请稍等")
        status = process.wait()
    if status:
        raise Failed("\n".join(["", "安装没有完成：", *("  " + line for line in tail), f"详情见 {LOG}"]))


def how_many(lock: Path) -> int:
    return sum(1 for line in lock.read_text("utf-8").splitlines() if line[:1].isalnum())


def install(kit: str) -> None:
    """Bring .venv to ``kit``. The stamp comes last: without it, the next start does this again."""
    wheels = wheel_folder()
    lock = lock_file(kit)
    interrupted = VENV / "xueji-installing"
    LOG.write_text("", "utf-8")
    if interrupted.exists():
        say("上次安装中断了，重新来过")
    if interrupted.exists() or not venv_works():
        make_venv()
    STAMP.unlink(missing_ok=True)
    interrupted.touch()
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    total = how_many(lock)
    say(f"正在{f'从 {wheels} ' if wheels else '联网'}安装 {total} 个组件，第一次要几分钟")
    try:
        pip("install", "--require-hashes", *source, "-r", str(lock), label="收集组件", total=total)
        pip("install", "--no-deps", "--no-build-isolation", *source, "-e", str(ROOT))
        if kit == "dev":
            install_server(source)
    except Failed as failure:
        # pip puts a failed installation back: what is there is whole, only not complete.
        interrupted.unlink()
        raise Failed(
            f"{failure}\n没有网络的电脑，请在联网的同类电脑上运行 python run.py wheels，"
            "把得到的 wheels 文件夹拷到本文件旁边再试（见 README“不联网安装”）"
        ) from None
    STAMP.write_text(json.dumps({"kit": kit, "wanted": wanted(kit), "root": str(ROOT)}), "utf-8")
    interrupted.unlink()
    LOG.unlink()
    say("安装完成")


def install_server(source: "list[str]") -> None:
    """The S3 server that tests start has libraries that the kit's own would not go with: it lives apart."""
    server = VENV / "s3-server"
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(server)], capture_output=True).returncode:
        raise Failed(f"建不成 {server}")
    python = server / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    lock = lock_file("s3-server")
    pip(
        "install",
        "--require-hashes",
        *source,
        "-r",
        str(lock),
        label="测试用的存储服务",
        total=how_many(lock),
        python=python,
    )


def prepare(kit: str) -> None:
    """Make .venv ready; two starts at the same time wait for each other."""
    if is_ready(kit):
        return
    with (ROOT / ".venv.lock").open("w") as lock:
        take(lock.fileno())
        if not is_ready(kit):
            holds = STAMP.exists() and '"dev"' in STAMP.read_text("utf-8")
            install("dev" if holds else kit)


def take(lock: int) -> None:
    """Take the lock, waiting as long as another start holds it; it is let go when the file is closed."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(lock, msvcrt.LK_LOCK, 1)
                return
            except OSError:
                say("另一个窗口正在安装，等它完成……")
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)


# ---- handing over ----


def hand_over(arguments: "list[str]") -> int:
    """Run .venv's Python in this one's place; its exit status is ours."""
    command = [str(PYTHON), *arguments]
    if os.name != "nt":
        os.execv(command[0], command)  # does not return
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # Ctrl-C reaches the child as well, and it decides
            continue


def fast_lane(arguments: "list[str]") -> "list[str]":
    """What pytest is told by ``--fast``: the quick tests alone, in two processes unless it says otherwise."""
    rest = [argument for argument in arguments if argument != "--fast"]
    if len(rest) == len(arguments):
        return rest
    processes = [] if any(argument.startswith("-n") for argument in rest) else ["-n", "2"]
    return ["-m", FAST_LANE, *processes, *rest]


def main(arguments: "list[str]") -> int:
    first, rest = (arguments[0] if arguments else ""), arguments[1:]
    try:
        if first == "setup":
            prepare("dev" if "--dev" in rest else "base")
            return 0
        if first == "wheels":
            folder = Path(rest[0] if rest else ROOT / "wheels").resolve()
            if not venv_works():
                make_venv()
            say(f"正在把组件下载到 {folder}（只适用于同样的系统和 Python 版本）")
            lock = lock_file("base")
            options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock), "-d", str(folder)]
            pip("download", *options, label="下载", total=how_many(lock))
            say(f"好了。把 {folder} 连同本项目一起拷到不联网的电脑，那里运行 python run.py 就从它安装")
            return 0
        prepare("dev" if first == "test" else "base")
    except Failed as failure:
        say(str(failure))
        return 3
    except KeyboardInterrupt:
        say("\n安装中断了。再运行一次，会接着装好")
        return 3
    except OSError as error:
        say(f"写不了 {error.filename or ROOT}：{error.strerror}。请检查磁盘空间和文件夹权限")
        return 3
    if first == "test":
        os.chdir(str(ROOT))
        return hand_over(["-m", "pytest", *fast_lane(rest)])
    return hand_over(["-m", "xueji_lib", *arguments])


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
