"""The same ten checks said to another validator. Runs in a throw-away environment that has pandas and that tool only:

    python ten_checks.py pandas|pandera|great_expectations FOLDER

FOLDER holds the tables as Parquet. Every check is the flags that plain pandas computes; the tool is asked to hold its
table against them and to name the rows that fail. Prints the median seconds of five warm runs and how many rows failed.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
AS_OF = pd.Timestamp(2026, 11, 20)
Tables = dict[str, pd.DataFrame]
Flags = dict[str, dict[str, pd.Series]]


def flags(t: Tables) -> Flags:
    """Table → check → a row is in order."""
    reg, su, ch, tr, hc = t["register"], t["suspensions"], t["changes"], t["transfers"], t["headcount"]
    number = reg["id_number"]
    proper = number.str.fullmatch(r"\d{17}[\dX]").fillna(False).astype(bool)
    digits = number.where(proper, "0" * 18)
    total = sum(digits.str[i].astype(int) * w for i, w in enumerate(WEIGHTS))
    sound = proper & ((total % 11).map(dict(enumerate("10X98765432"))) == digits.str[17])
    born = pd.to_datetime(digits.str[6:14], format="%Y%m%d", errors="coerce")
    sex = digits.str[16].astype(int).mod(2).map({1: "男", 0: "女"})
    grade, birth = reg["grade"].astype(float), reg["birth_date"]
    age = 2026 - birth.dt.year - ((birth.dt.month > 8) & (birth.dt.month <= 12)).astype(int)
    changed = ch["register_no"].where(ch["field"] == "身份证件号")
    nothing = su[["extend_date", "resume_apply_date", "resume_date", "platform_resume_date"]].isna().all(axis=1)
    late = (tr["apply_date"] < "2026-08-31") | (tr["apply_date"] > "2026-09-11")
    size = reg[reg["status"] == "在读"].groupby(["school_id", "grade", "class_no"])["name"].transform("size")
    met = hc["id_number"].isin(number[number.notna()])
    explained = hc["school_note"].notna() | hc["situation"].isin(["休学", "请假", "特教就读"])
    return {
        "register": {
            "R202": number.isna() | ~number.duplicated(keep=False),
            "R205": number.isna() | sound,
            "R206": ~sound | ((born == birth) & (sex == reg["sex"])),
            "R209": ~((age < grade + 4) | (age >= grade + 8)),
            "R705": reg[["name", "sex", "birth_date", "grade", "class_no"]].notna().all(axis=1),
            "R706": ~(size.reindex(reg.index).fillna(0) >= 56),
        },
        "changes": {"R303": changed.isna() | (changed.groupby(changed).transform("size") <= 1)},
        "suspensions": {"R403": ~((su["end_date"] < AS_OF) & nothing)},
        "transfers": {"R505": ~((tr["result"] == "同意") & late)},
        "headcount": {"R711": explained | ((hc["presence"] == "不在校") != met)},
    }


def by_pandas(tables: Tables) -> int:
    return sum(len(tables[name][~ok]) for name, checks in flags(tables).items() for ok in checks.values())


def by_pandera(tables: Tables) -> int:
    import pandera.pandas as pa

    failed = 0
    for name, checks in flags(tables).items():
        told = [pa.Check(lambda _, ok=ok: ok, name=rule) for rule, ok in checks.items()]
        try:
            pa.DataFrameSchema(checks=told).validate(tables[name], lazy=True)
        except pa.errors.SchemaErrors as errors:
            failed += len(errors.failure_cases.drop_duplicates(["check", "index"]))
    return failed


def by_great_expectations(tables: Tables) -> int:
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    failed = 0
    for name, checks in flags(tables).items():
        frame = tables[name].assign(**checks)
        asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name=name)
        for rule in checks:
            suite.add_expectation(gx.expectations.ExpectColumnValuesToBeInSet(column=rule, value_set=[True]))
        for result in batch.validate(suite, result_format="COMPLETE").results:
            failed += len(result.result.get("unexpected_index_list") or [])
    return failed


TOOLS: dict[str, Callable[[Tables], int]] = {
    "pandas": by_pandas,
    "pandera": by_pandera,
    "great_expectations": by_great_expectations,
}


def main() -> None:
    tool, folder = TOOLS[sys.argv[1]], Path(sys.argv[2])
    tables = {file.stem: pd.read_parquet(file) for file in folder.glob("*.parquet")}
    seconds, failed = [], 0
    for _ in range(6):
        started = time.perf_counter()
        failed = tool(tables)
        seconds.append(time.perf_counter() - started)
    print(statistics.median(seconds[1:]), failed)


if __name__ == "__main__":
    main()
