"""The rules against a hand-written plain-pandas script of ten of the same checks, side by side in one run.

Both start from tables in memory. Prints the ratio for the same ten checks, for all checks scaled by their number,
the memory above the tables, and the growth to 1.2 million students (``--large``).
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from xueji_lib import demo, intake
from xueji_lib.county import County, required_columns
from xueji_lib.judge.engine import judge
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register import identity, schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.inspection import Yardstick
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store

TEN = ("R202", "R205", "R206", "R209", "R303", "R403", "R505", "R705", "R706", "R711")
CALENDAR, POLICY, CATALOGUE = Calendar.load(), Policy.load(), catalogues.load()
Frames = dict[str, pd.DataFrame]


# ---- the script a careful office would write ----


def plain_script(t: Frames) -> int:
    """Ten checks on plain pandas, vectorised, strings parsed where they are needed. Returns how many rows it lists."""
    reg, hc, tr, su, ch = t["register"], t["headcount"], t["transfers"], t["suspensions"], t["changes"]
    as_of = pd.Timestamp(demo.AS_OF)
    number = reg["id_number"]
    found = [reg[number.notna() & number.duplicated(keep=False)]]  # R202
    proper = number.str.fullmatch(r"\d{17}[\dX]").fillna(False).astype(bool)
    digits = reg[proper].copy()
    total = sum(
        digits["id_number"].str[i].astype(int) * w
        for i, w in enumerate((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    )
    check = (total % 11).map(dict(enumerate("10X98765432")))
    born = pd.to_datetime(digits["id_number"].str[6:14], format="%Y%m%d", errors="coerce")
    bad = (check != digits["id_number"].str[17]) | born.isna()
    found += [reg[number.notna() & ~proper], digits[bad]]  # R205
    sex = np.where(digits["id_number"].str[16].astype(int) % 2 == 1, "男", "女")
    found.append(digits[~bad & ((born != digits["birth_date"]) | (sex != digits["sex"].astype(object)))])  # R206
    day = pd.Timestamp(2026, 8, 31)
    birth, grade = reg["birth_date"], reg["grade"].astype(float)
    age = day.year - birth.dt.year - ((birth.dt.month > 8) & (birth.dt.month <= 12)).astype(int)
    found.append(reg[(age < grade + 4) | (age >= grade + 8)])  # R209
    ids = ch[ch["field"] == "身份证件号"]
    found.append(ids[ids.groupby("register_no")["register_no"].transform("size") > 1])  # R303
    nothing = su[["extend_date", "resume_apply_date", "resume_date", "platform_resume_date"]].isna().all(axis=1)
    found.append(su[(su["end_date"] < as_of) & nothing])  # R403
    late = (tr["apply_date"] < "2026-08-31") | (tr["apply_date"] > "2026-09-11")
    found.append(tr[(tr["result"] == "同意") & late])  # R505
    found.append(reg[reg[required_columns(POLICY)].isna().any(axis=1)])  # R705
    enrolled = reg[reg["status"] == "在读"]
    sizes = enrolled.groupby(["school_id", "grade", "class_no"], observed=True).size()
    found.append(sizes[sizes >= 56])  # R706
    keys = ["school_id", "id_number"]
    known = hc[hc["id_number"].notna()]
    both = known.merge(reg[[*keys, "name"]], on=keys, how="left", suffixes=("", "_reg"))
    rest = hc[hc["id_number"].isna()].merge(
        reg[["school_id", "grade", "class_no", "name", "register_no"]],
        on=["school_id", "grade", "class_no", "name"],
        how="left",
        suffixes=("", "_reg"),
    )
    for part, mark in ((both, "name_reg"), (rest, "register_no_reg")):  # R711
        mismatch = (part["presence"] == "不在校") == part[mark].notna()
        found.append(
            part[mismatch & part["school_note"].isna() & ~part["situation"].isin(["休学", "请假", "特教就读"])]
        )
    return sum(len(f) for f in found)


# ---- ours ----


def load(store: Store) -> Frames:
    wanted = list(
        dict.fromkeys(
            "school_id name sex birth_date id_type id_number register_no grade class_no entry_month status ethnicity "
            "member1_name member1_phone".split()
            + required_columns(POLICY)
        )
    )
    frames = {
        name: store.read(demo.TERM, name, columns=wanted if name == "register" else None)
        for name in schema.TABLES
        if store.has(demo.TERM, name)
    }
    frames["previous_register"] = store.read(demo.PREVIOUS_TERM, "register", columns=wanted)
    return frames


def ours(frames: Frames, catalogue: Catalogue) -> int:
    rejected = pd.DataFrame({"table": [], "school_id": [], "code": [], "rows": []})
    earlier = frames["changes"].iloc[:0].assign(_term="")
    yardstick = Yardstick(CALENDAR.term(demo.TERM), demo.AS_OF, POLICY, CALENDAR)
    county = County(yardstick, frames, earlier, rejected)
    return len(judge(county, catalogue, Path(tempfile.gettempdir())).findings)


def ten_of(catalogue: Catalogue) -> Catalogue:
    """The ten checks alone."""
    return Catalogue(catalogue.edition, {rule: catalogue[rule] for rule in TEN}, ())


def grown(frames: Frames, times: int) -> Frames:
    """The county ``times`` over: other school ids, other numbers, other birthdays (else every child would have a
    namesake of the same day in every copy, and a finding of R203)."""
    big: Frames = {}
    for name, frame in frames.items():
        copies = []
        for i in range(times):
            copy = frame.copy()
            if "school_id" in copy:
                copy["school_id"] = copy["school_id"].astype(str).str[:4] + f"{i:02d}" + copy["school_id"].str[-4:]
            for column, prefix in (("id_number", f"{i:02d}"), ("register_no", f"G{i:02d}")):
                if column in copy and i:
                    copy[column] = prefix + copy[column].str[len(prefix) :]
            for column in ("birth_date", "id_birth"):
                if column in copy:
                    copy[column] += pd.Timedelta(days=i)
            if "id_number" in copy:
                copy["id_key"] = identity.keys(copy["id_number"].astype(object).where(copy["id_number"].notna(), None))
            if "register_no" in copy:
                texts = copy["register_no"].astype(object).where(copy["register_no"].notna(), None)
                copy["register_key"] = identity.keys(texts)
            copies.append(copy)
        whole = pd.concat(copies, ignore_index=True)
        for column in frame.columns[frame.dtypes == "category"]:
            whole[column] = whole[column].astype("category")
        if "school_id" in whole:
            whole["school_id"] = whole["school_id"].astype("category")
        big[name] = whole
    return big


# ---- measuring ----


def seconds(calls: list[Callable[[], object]], runs: int) -> list[list[float]]:
    """Seconds of each call in each run. The calls take turns, so that a noisy minute strikes them all alike; one
    round before is not counted."""
    times: list[list[float]] = [[] for _ in calls]
    for run in range(runs + 1):
        for i, call in enumerate(calls):
            gc.collect()
            started = time.perf_counter()
            call()
            if run:
                times[i].append(time.perf_counter() - started)
    return times


def ratio(ours_: list[float], theirs: list[float], scale: float = 1.0) -> float:
    """The median of the ratios round by round."""
    return statistics.median(a / (b * scale) for a, b in zip(ours_, theirs, strict=True))


def peak_mib(call: Callable[[], object]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def county_store(folder: Path, schools: int) -> Store:
    demo.make(folder, schools=schools, seed=2026)
    store = Store(folder / "store")
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(folder / "inbox" / term, store, term, CALENDAR, now=dt.datetime(2026, 11, 20))
    return store


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="also 15 times the county (1.2 million students)")
    parser.add_argument("--store", type=Path, help="the store of a demo county, instead of making one")
    options = parser.parse_args(argv)
    ten = ten_of(CATALOGUE)
    with tempfile.TemporaryDirectory() as folder:
        frames = load(Store(options.store) if options.store else county_store(Path(folder), options.schools))
        students = len(frames["register"])
        script, ours_ten, ours_all = seconds(
            [lambda: plain_script(frames), lambda: ours(frames, ten), lambda: ours(frames, CATALOGUE)], options.runs
        )
        scale = len(CATALOGUE.entries) / len(TEN)
        middle = statistics.median
        print(f"## Rules, {students:,} students (median of {options.runs} runs)\n")
        print("| what | plain pandas, s | ours, s | ratio | bound |")
        print("|---|---|---|---|---|")
        print(
            f"| the same {len(TEN)} checks | {middle(script):.3f} | {middle(ours_ten):.3f} "
            f"| {ratio(ours_ten, script):.2f} | 1.5 |"
        )
        print(
            f"| all {len(CATALOGUE.entries)} checks, the script's time scaled by their number "
            f"| {middle(script) * scale:.3f} | {middle(ours_all):.3f} | {ratio(ours_all, script, scale):.2f} | 1.5 |"
        )
        print(f"\nPeak above the tables: {peak_mib(lambda: ours(frames, CATALOGUE)):.0f} MiB (bound 1024)")
        if options.large:
            big = grown(frames, 15)
            small, large = seconds([lambda: ours(frames, CATALOGUE), lambda: ours(big, CATALOGUE)], 2)
            print(
                f"\n{len(big['register']):,} students: {middle(large):.1f} s, {ratio(large, small):.1f} times the "
                f"{students:,} (bound 16)"
            )


if __name__ == "__main__":
    main()
