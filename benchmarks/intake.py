"""How much processor time an intake takes beside reading the same files alone, with the processes it starts.

Bounds, each a ratio of processor time within one run, children included: 300 registers (80,000 students, xlsx, xls and
text, some with the platform's 71 columns) at most 1.3 times bare calamine and csv into frames; an awkward inbox (merged
cells, headers in two rows, dirt in numbers) at most 2; a bad code in every row at most 2.5. Two cores at least 1.6
times as fast as one by the clock; at most 400 MiB a worker. What a fresh process imports before is not counted; what
the reading processes import is.

    python -m benchmarks.intake [--schools 300] [--students 267] [--keep FOLDER] [--times 3]
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import os
import random
import resource
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import python_calamine
import xlsxwriter
import xlwt

from benchmarks.measure import machine, took
from xueji_lib import intake
from xueji_lib.intake.reading import Limits
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.identity import check_digit
from xueji_lib.store import Store

TERM = "2026-2027-1"
FORMS = ("xlsx", "xlsx71", "xls", "csv", "gbk")
FEW = "学校标识码 姓名 性别 出生日期 身份证件号 全国学籍号 年级 班级 民族 现住址 成员1姓名 成员1联系电话".split()
MANY = [column.header for column in schema.REGISTER]
DIRECTORY = "学校标识码 学校名称 办学类型 城乡类别 所属乡镇".split()


def student(rng: random.Random, school: str, number: int) -> dict[str, str]:
    birth = f"{rng.randint(2014, 2019)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    head = f"640381{birth}{number % 1000:03d}"
    own = head + check_digit(head)
    name = "".join(chr(rng.randint(0x4E00, 0x9000)) for _ in range(3))
    place = f"宁夏示范县城关镇第{rng.randint(1, 999)}号"
    values = dict.fromkeys(MANY, "否") | {
        "学校标识码": school,
        "姓名": name,
        "性别": rng.choice("男女"),
        "出生日期": f"{birth[:4]}-{birth[4:6]}-{birth[6:]}",
        "身份证件类型": "居民身份证",
        "身份证件号": own,
        "全国学籍号": "G" + own,
        "年级": str(number % 6 + 1),
        "班号": str(number % 5 + 1),
        "入学年月": "202009",
        "学生状态": "在读",
        "民族": rng.choice(["汉族", "回族"]),
        "就读方式": "走读",
        "成员1姓名": name[::-1],
        "成员1身份证件类型": "居民身份证",
        "成员2身份证件类型": "居民身份证",
        "成员1身份证件号": own,
        "成员2身份证件号": own,
    }
    values |= {h: place for h in MANY if "址" in h or "所在地" in h}
    values |= {h: f"138{rng.randint(0, 99_999_999):08d}" for h in MANY if "电话" in h}
    return values | {"班级": f"{number % 5 + 1}班"}


def write(file: Path, form: str, rows: list[list[str]], merged: bool = False) -> None:
    """``merged``: the school's code is one cell over all rows, as forms have it (xlsx alone)."""
    if form.startswith("xlsx"):
        with xlsxwriter.Workbook(str(file.with_suffix(".xlsx"))) as book:
            sheet = book.add_worksheet("名册")
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
            if merged:
                sheet.merge_range(2, 0, len(rows) - 1, 0, rows[2][0])
    elif form == "xls":
        book = xlwt.Workbook(encoding="utf-8")
        sheet = book.add_sheet("名册")
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(place, column, value)
        book.save(str(file.with_suffix(".xls")))
    else:
        text = io.StringIO()
        csv.writer(text, delimiter="\t" if form == "gbk" else ",").writerows(rows)
        suffix, encoding = (".xls", "gb18030") if form == "gbk" else (".csv", "utf-8-sig")
        file.with_suffix(suffix).write_bytes(text.getvalue().encode(encoding))


def make(folder: Path, schools: int, students: int, kind: str) -> None:
    """``kind``: 平常, 别扭 (merged cells, two-row headers, dirt) or 每行一处错 (a code outside its set in each row)."""
    rng = random.Random(7)
    directory = [DIRECTORY]
    for n in range(schools):
        school, form = f"2164{n:06d}", FORMS[n % len(FORMS)]
        directory.append([school, f"示范县第{n}小学", "小学", "镇区", f"第{n % 9}镇"])
        heads = MANY if form == "xlsx71" else FEW
        people = [student(rng, school, number) for number in range(students)]
        for person in people if kind == "每行一处错" else ():
            person["性别"] = "不知"
        for person in people if kind == "别扭" else ():
            person["身份证件号"] = f"身份证：{person['身份证件号']}。"
        rows = [heads, *([p[h] for h in heads] for p in people)]
        if kind == "别扭":
            top = [h[:3] if h.startswith("成员") else h for h in heads]
            low = [h[3:] if h.startswith("成员") else "" for h in heads]
            rows = [top, low, *rows[1:]]
        write(folder / f"{school}名册", form, rows, merged=kind == "别扭")
    write(folder / "学校名录", "csv", directory)


def read_bare(folder: Path) -> int:
    """calamine's and csv's lists straight into frames, and nothing else."""
    rows = 0
    for file in sorted(folder.iterdir()):
        data = file.read_bytes()
        if data[:2] in (b"PK", b"\xd0\xcf"):
            cells = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        else:
            fake = file.suffix == ".xls"
            text = data.decode("gb18030" if fake else "utf-8-sig")
            cells = list(csv.reader(io.StringIO(text), delimiter="\t" if fake else ","))
        rows += len(pd.DataFrame(cells[1:], columns=cells[0]))
    return rows


def take_in(folder: Path, jobs: int = 0) -> int:
    with tempfile.TemporaryDirectory() as place:
        report = intake.run(folder, Store(Path(place) / "store"), TERM, Calendar.load(), limits=Limits(jobs=jobs))
        return int(report.to_dict()["rows"]["accepted"])


@dataclass(frozen=True)
class Measure:
    """``cpu``, ``wall``: seconds; ``worker``: MiB of the largest process it started."""

    cpu: float
    wall: float
    rows: int
    worker: float


def _measured(job: Callable[[Path], int], folder: Path, cores: int, out: Any) -> None:
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    done = took(lambda: job(folder))
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    out.put(Measure(done.cpu, done.wall, done.value, worker))


def measure(job: Callable[[Path], int], folder: Path, cores: int = 0) -> Measure:
    """In a fresh process, on so many cores (0: all)."""
    context = multiprocessing.get_context("spawn")
    out: Any = context.SimpleQueue()
    process = context.Process(target=_measured, args=(job, folder, cores, out))
    process.start()
    result: Measure = out.get()
    process.join()
    return result


BOUNDS = {"平常": 1.3, "别扭": 2.0, "每行一处错": 2.5}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=300)
    parser.add_argument("--students", type=int, default=267)
    parser.add_argument("--times", type=int, default=3, help="各量几遍，交替着量，取最小的")
    parser.add_argument("--keep", type=Path, help="写好的文件放在这里，下次接着用")
    options = parser.parse_args(argv)
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        for kind, bound in BOUNDS.items():
            folder = (options.keep or Path(place)) / kind
            folder.mkdir(parents=True, exist_ok=True)
            if not any(folder.iterdir()):
                make(folder, options.schools, options.students, kind)
            pairs = [(measure(read_bare, folder), measure(take_in, folder)) for _ in range(options.times)]
            bare, whole = (min(column, key=lambda m: m.cpu) for column in zip(*pairs, strict=True))
            print(
                f"{kind}：只读成表 {bare.cpu:.2f} 秒，收件 {whole.cpu:.2f} 秒（处理器时间，{whole.rows} 行），", end=""
            )
            print(f"{whole.cpu / bare.cpu:.2f} 倍（上限 {bound}）；读取进程最大 {whole.worker:.0f} MiB（上限 400）")
        folder = (options.keep or Path(place)) / "平常"
        pairs = [(measure(take_in, folder, 1), measure(take_in, folder, 2)) for _ in range(options.times)]
        one, two = (min(m.wall for m in column) for column in zip(*pairs, strict=True))
        print(f"一个核 {one:.2f} 秒，两个核 {two:.2f} 秒：快 {one / two:.2f} 倍（下限 1.6）")


if __name__ == "__main__":
    main()
