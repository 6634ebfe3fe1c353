"""The command line as a user meets it: Chinese throughout, one line for a mistake, the right exit status."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from xueji_lib.cli import chinese as chinese_cli
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import LOCALE, run
from xueji_lib.cli.chinese_help import Context, width, wrap
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.identity import check_digit

MESSAGES = LOCALE / "zh_CN" / "LC_MESSAGES"
PHONE = "13995012345"
ID = "64042220150312001" + check_digit("64042220150312001")


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A real process, from the arguments to the exit status."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("XUEJI_")}
    return subprocess.run(
        [sys.executable, "-m", "xueji_lib", *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**plain, "LANG": "en_US.UTF-8", "LANGUAGE": "en", "PYTHONUTF8": "1", **environment},
        timeout=120,
    )


def csv(file: Path, *lines: str, encoding: str = "gb18030") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two schools, taken in by the command itself."""
    home = tmp_path_factory.mktemp("数据 仓")
    csv(
        home / "inbox" / "名录.csv",
        "学校标识码,学校名称,办学类型,城乡类别,所属乡镇",
        "2164000001,白崖乡中心小学,小学,乡村,白崖乡",
        "2164000002,白崖乡第二小学,小学,乡村,白崖乡",
    )
    csv(
        home / "inbox" / "名册.csv",
        "学校标识码,姓名,性别,出生日期,身份证件号,全国学籍号,年级,班号",
        f"2164000001,马丽,女,2015-03-12,{ID},G{ID},6,1",
    )
    done = call("intake", str(home / "inbox"), "--term", "2026-2027-1", "--store", str(home / "store"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["accepted"] == 3, "JSON and nothing else on stdout"
    assert next((home / "store" / "reports").glob("*.xlsx")).stat().st_size
    return home / "store"


# ---- Chinese throughout ----


def commands() -> Iterator[tuple[str, click.Context]]:
    def walk(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, click.Context]]:
        context = Context(command, info_name=name, parent=parent)
        yield context.command_path, context
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                yield from walk(found, child, context)

    return walk(xueji, "xueji", None)


def test_help_of_every_command_is_chinese_and_fits_the_screen() -> None:
    chinese_cli.speak_chinese()
    # What may stand in Latin letters: commands, options, file names, values, names of products.
    latin = re.compile(
        r"--[a-z-]+|xueji[\w-]*|XUEJI_STORE|[\w/.-]*\.(?:csv|xlsx|yaml|md|ipynb|html|json)|JupyterLab|Ctrl-C|JSON|CSV|Frictionless|Parquet|DuckDB|pandas|papermill|R101|stock|warm|<=x<=|postgresql\+psycopg|XUEJI_CASEBOOK|tcp://|\blocal\b|nginx|Caddy|HTTPS|Cookie|inspector|principal|director|school|township|county|\bterm\b|\bout\b"
    )
    names = {word for path, _ in commands() for word in path.split()[-1].split("-")}
    for path, context in commands():
        text = context.command.get_help(context)
        left = [word for word in re.findall(r"[A-Za-z]{2,}", latin.sub("", text)) if word not in names]
        assert not left, f"{path}: {left}"
        assert max(map(width, text.splitlines())) <= 80, path
        assert "--store" in text
        assert all(isinstance(p, click.Option) or p.metavar for p in context.command.params), path


def click_words() -> Iterator[tuple[str, ...]]:
    """Every text that the installed click gives to gettext."""
    for file in Path(click.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                if texts:
                    yield tuple(texts)


def test_every_word_of_click_has_its_chinese_and_the_compiled_catalogue_is_current() -> None:
    with (MESSAGES / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_CN")
    known = {several(m.id): m for m in catalogue if m.id}
    # Words for programmers, who read them in English.
    internal = re.compile("Could not determine name|No options defined|defined twice|same flag|Arguments take exactly")
    missing = [words for words in click_words() if words not in known and not internal.search(words[0])]
    assert not missing
    for words, message in known.items():
        translated = several(message.string)
        fields = [set(re.findall(r"\{\w+|%\(\w+\)", text)) for text in (*words, *translated)]
        assert all(text for text in translated)
        assert set().union(*fields[len(words) :]) <= set().union(*fields[: len(words)]), words
    with (MESSAGES / "messages.mo").open("rb") as file:
        compiled = {several(m.id): several(m.string) for m in read_mo(file) if m.id}
    current = {words: several(message.string) for words, message in known.items()}
    assert compiled == current, "run: pybabel compile -d xueji_lib/locale -l zh_CN"


def several(text: str | Sequence[str]) -> tuple[str, ...]:
    """A message without plural is one text."""
    return (text,) if isinstance(text, str) else tuple(text)


def test_lines_break_where_chinese_lines_may() -> None:
    assert wrap("审核报告（audit.html）和台账。", 12) == ["审核报告", "（audit.html）", "和台账。"]
    assert all(not line.startswith(("，", "。", "）")) for line in wrap("一二三，四五六。（七）八" * 9, 11))


# ---- mistakes ----


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        ((), 2, "用法"),
        (("nosuch",), 2, "没有 'nosuch' 这个命令"),
        (("intak",), 2, "是不是想用 'intake'"),
        (("intake",), 2, "缺少选项 '--term'"),
        (("intake", "--term", "2026-2027-1"), 2, "收件夹"),
        (("intake", "x"), 2, "缺少选项 '--term'"),
        (("check", "--term", "2026-2027-1", "--out", "o", "--as-of", "2026-02-30"), 2, "'2026-02-30' 不是日期"),
        (("batch", "--term", "2026-2027-1", "--jobs", "0"), 2, "超出范围"),
        (("rules", "show", "R999"), 2, "没有 R999"),
        (("rules", "export", "目录.doc"), 2, ".xlsx"),
        (("templates", "o", "--term", "2026-2027-1"), 2, "--school"),
        (("check", "--term", "2031-2032-1", "--out", "o"), 2, "现有：2025-2026-2、2026-2027-1"),
        (("check", "--term", "2026-2027-1", "--out", "o", "--store", "没有"), 3, "没有"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    arguments: tuple[str, ...], status: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert run(xueji, arguments) == status
    assert says in err.getvalue()
    assert out.getvalue() == "" and not list(tmp_path.iterdir()), "nothing is made"
    if arguments:
        assert err.getvalue().count("\n") == 1
    assert not re.search(r"Traceback|Error|Usage|Missing|Invalid", err.getvalue())


@pytest.mark.slow
def test_unknown_school_and_term_name_what_there_is(store: Path) -> None:
    missed = call("check", "--store", str(store), "--term", "2026-2027-1", "--out", "o", "--school", "中心小学")
    assert missed.returncode == 2
    assert "2164000001 白崖乡中心小学" in missed.stderr
    other = call("--store", str(store), "check", "--term", "2025-2026-2", "--out", "o")
    assert other.returncode == 2 and "2026-2027-1" in other.stderr


def test_a_bug_is_one_line_with_a_reference_and_a_masked_log(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    @click.pass_obj
    def broken(app: chinese_cli.CommonOptions) -> None:
        app.store = store
        raise RuntimeError(f"马丽 {ID} {PHONE}")

    assert run(broken, []) == 1
    said = capsys.readouterr()
    reference = re.search(r"E-\w+", said.err)
    assert reference and said.err.count("\n") == 1 and said.out == ""
    log = (store / "logs" / f"{reference[0]}.txt").read_text("utf-8")
    assert "RuntimeError" in log and "broken" in log
    for text in (said.err, log):
        assert not any(secret in text for secret in (ID, PHONE))


def test_a_file_held_by_excel_is_no_bug(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XUEJI_STORE", str(store))
    (tmp_path / "out" / "2026-2027-1" / "findings.csv").mkdir(parents=True)  # in the way, as a held file is
    status = run(xueji, ["check", "--term", "2026-2027-1", "--as-of", "2026-11-20", "--out", str(tmp_path / "out")])
    assert status in (2, 3)
    assert "findings.csv" in capsys.readouterr().err


# ---- what the commands do ----


@pytest.mark.slow
def test_check_writes_findings_and_coverage(store: Path, tmp_path: Path) -> None:
    done = call(
        "--store",
        str(store),
        "check",
        "--term",
        "2026-2027-1",
        "--as-of",
        "2026.11.20",
        "--out",
        str(tmp_path),
        "--timings",
    )
    assert (done.returncode, done.stderr) == (0, "正在逐条核查全县\n")
    made = tmp_path / "2026-2027-1"
    findings, coverage = (made / name for name in ("findings.csv", "coverage.csv"))
    assert findings.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "R206" in findings.read_text("utf-8-sig"), "a girl whose number says boy"
    assert ID not in findings.read_text("utf-8-sig")
    of_schools = [entry for entry in catalogues.load().entries.values() if not entry.of_county]
    assert coverage.read_text("utf-8-sig").count("2164000002,") == len(of_schools)
    assert re.search(r"R206 +\d+\.\d 毫秒", done.stdout)


def test_rules_are_listed_shown_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(xueji, ["rules", "list"]) == 0
    listed = capsys.readouterr().out
    whole = catalogues.load()
    assert re.findall(r"^  (R\d{3})  ", listed, re.M) == list(whole.entries)
    assert re.findall(r"^  (S\d{3})  ", listed, re.M) == [question.id for question in whole.questions]
    assert run(xueji, ["rules", "show", "r102"]) == 0
    shown = capsys.readouterr().out
    assert "efile_days = 7" in shown and "二(二)4 一周内完成电子档案" in shown and "转学台账" in shown
    for suffix in ("csv", "xlsx", "yaml", "md"):
        file = tmp_path / f"目录.{suffix}"
        assert run(xueji, ["rules", "export", str(file)]) == 0
        first = file.read_bytes()
        assert run(xueji, ["rules", "export", str(file)]) == 0
        assert file.read_bytes() == first


def test_exported_yaml_is_a_catalogue(tmp_path: Path) -> None:
    """A county starts its own edition from it."""
    import yaml

    from xueji_lib.register import catalogue
    from xueji_lib.support import paths

    run(xueji, ["rules", "export", str(tmp_path / "c.yaml")])
    made = yaml.safe_load((tmp_path / "c.yaml").read_text("utf-8"))
    kept = yaml.safe_load(paths.data("catalogue", "2020-154.yaml").read_text("utf-8"))
    assert made == kept
    assert catalogue.load().edition == made["edition"]


def test_demo_refuses_a_folder_that_is_not_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "重要.xlsx").write_bytes(b"x")
    assert run(xueji, ["demo", "--dir", str(tmp_path), "--no-serve"]) == 2
    assert "空文件夹" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["重要.xlsx"]


@pytest.mark.slow
def test_demo_makes_takes_in_and_judges_a_county(tmp_path: Path, store: Path) -> None:
    arguments = ("demo", "--schools", "6", "--dir", str(tmp_path / "演示"), "--no-serve")
    real = tmp_path / "真的台账.sqlite"
    done = call(*arguments, XUEJI_STORE=str(store), XUEJI_CASEBOOK=f"sqlite:///{real.as_posix()}")
    assert done.returncode == 0, done.stderr
    assert not real.exists(), "made-up findings do not come to lie among real ones"
    made = tmp_path / "演示" / "out" / "2026-2027-1"
    assert len(list((made / "schools").glob("*/audit.html"))) == 6
    assert (made / "county.xlsx").is_file()
    assert (tmp_path / "演示" / "store").is_dir()
    said = done.stderr.splitlines()
    assert said.index("正在逐条核查全县") < said.index(next(line for line in said if line.startswith("逐校出结果 0/6")))
    untouched = call("--store", str(store), "check", "--term", "2026-2027-1", "--out", str(tmp_path / "o"))
    assert "2164000002" in (tmp_path / "o" / "2026-2027-1" / "coverage.csv").read_text("utf-8-sig"), untouched.stderr


@pytest.mark.slow
def test_help_is_quick() -> None:
    best = min(_seconds("--help") for _ in range(3))
    bare = min(_seconds("-c") for _ in range(3))
    assert best - bare < 0.3


def _seconds(what: str) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-c", "import click"] if what == "-c" else [sys.executable, "-m", "xueji_lib", what]
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - started
