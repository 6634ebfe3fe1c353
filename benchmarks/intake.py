"""How long an intake takes beside reading the same files alone.

The bound: the whole intake of 300 registers (80,000 students, xlsx, xls and text, some with the platform's 71
columns) takes at most 1.5 times as long as pandas needs to read the files into frames (calamine and csv readers),
and less than 2 GiB of memory. Seconds include what a fresh process loads on first use, not the imports.

    python benchmarks/intake.py [--schools 300] [--students 267] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import python_calamine
import xlsxwriter
import xlwt

from xueji_lib import intake
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


def write(file: Path, form: str, rows: list[list[str]]) -> None:
    if form.startswith("xlsx"):
        with xlsxwriter.Workbook(str(file.with_suffix(".xlsx"))) as book:
            sheet = book.add_worksheet("名册")
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
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


def make(folder: Path, schools: int, students: int) -> None:
    rng = random.Random(7)
    directory = [DIRECTORY]
    for n in range(schools):
        school, form = f"2164{n:06d}", FORMS[n % len(FORMS)]
        directory.append([school, f"示范县第{n}小学", "小学", "镇区", f"第{n % 9}镇"])
        heads = MANY if form == "xlsx71" else FEW
        people = [student(rng, school, number) for number in range(students)]
        write(folder / f"{school}名册", form, [heads, *([p[h] for h in heads] for p in people)])
    write(folder / "学校名录", "csv", directory)


def read_alone(folder: Path) -> int:
    """Files into frames of text by pandas' own readers (calamine, csv), and nothing else."""
    rows = 0
    for file in sorted(folder.iterdir()):
        data = io.BytesIO(file.read_bytes())
        fake = file.suffix == ".xls"
        if data.getvalue()[:2] in (b"PK", b"\xd0\xcf"):
            frame = pd.read_excel(data, engine="calamine", dtype=str)
        else:
            encoding, separator = ("gb18030", "\t") if fake else ("utf-8-sig", ",")
            frame = pd.read_csv(data, dtype=str, encoding=encoding, sep=separator)
        rows += len(frame)
    return rows


def read_bare(folder: Path) -> int:
    """The same without pandas' care: calamine's and csv's lists straight into frames."""
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


def take_in(folder: Path) -> int:
    with tempfile.TemporaryDirectory() as place:
        store = Store(Path(place) / "store")
        report = intake.run(folder, store, TERM, Calendar.load())
        if report.problems:
            raise SystemExit("\n".join(report.lines()))
        return int(report.to_dict()["rows"]["accepted"])


def _measured(
    job: Callable[[Path], int], folder: Path, out: multiprocessing.SimpleQueue[tuple[float, int, float]]
) -> None:
    start = time.perf_counter()
    rows = job(folder)
    out.put((time.perf_counter() - start, rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measure(job: Callable[[Path], int], folder: Path) -> tuple[float, int, float]:
    """Seconds, rows and peak MiB, in a process of its own; the best of three."""
    context = multiprocessing.get_context("spawn")
    results = []
    for _ in range(3):
        out: multiprocessing.SimpleQueue[tuple[float, int, float]] = context.SimpleQueue()
        process = context.Process(target=_measured, args=(job, folder, out))
        process.start()
        process.join()
        results.append(out.get())
    return min(results)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=300)
    parser.add_argument("--students", type=int, default=267)
    parser.add_argument("--keep", type=Path, help="写好的文件放在这里，下次接着用")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as place:
        folder = options.keep or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            make(folder, options.schools, options.students)
        bare, rows, memory = measure(read_bare, folder)
        print(f"只转成表：{rows} 行，{bare:.2f} 秒，内存 {memory:.0f} MiB")
        alone, rows, memory = measure(read_alone, folder)
        print(f"只读文件：{rows} 行，{alone:.2f} 秒，内存 {memory:.0f} MiB")
        whole, rows, memory = measure(take_in, folder)
        print(f"收件全程：{rows} 行，{whole:.2f} 秒，内存 {memory:.0f} MiB")
        print(f"是只读文件的 {whole / alone:.2f} 倍（上限 1.5），只转成表的 {whole / bare:.2f} 倍")


if __name__ == "__main__":
    main()
