"""A resource as CSV and Parquet, and datapackage.json, which describes them all (Frictionless Data Package 1).

The same data give the same bytes: no time and no path of this machine is written.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from xueji_lib.exchange.table_schema import BOOLEAN, DATE, INTEGER, Resource, TableField
from xueji_lib.register import labels
from xueji_lib.reports.csv_files import safe
from xueji_lib.support.version import __version__

DESCRIPTOR: Final = "datapackage.json"
NAME: Final = "xueji"
_DIALECT: Final = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}
_TYPES: Final = {INTEGER: pa.int64(), BOOLEAN: pa.bool_(), DATE: pa.date32()}


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A resource, and the CSV that was made of it: size in bytes, SHA-256, rows."""

    resource: Resource
    size: int
    sha256: str
    rows: int

    @classmethod
    def of(cls, resource: Resource, content: bytes) -> WrittenTable:
        return cls(resource, len(content), hashlib.sha256(content).hexdigest(), len(resource.frame))


def as_csv(resource: Resource) -> bytes:
    """UTF-8 without BOM, CRLF, a header of field names. A text that a spreadsheet would take for a formula has an
    apostrophe in front, as in findings.csv."""
    columns = {field.name: _texts(resource.frame[field.name], field) for field in resource.fields}
    texts = pd.DataFrame(columns, columns=list(columns))
    return texts.to_csv(index=False, lineterminator="\r\n").encode()


def as_parquet(resource: Resource) -> bytes:
    """Typed columns, texts as they are; each column's metadata holds its Chinese title."""
    arrays = [_array(resource.frame[field.name], field) for field in resource.fields]
    fields = [
        pa.field(field.name, array.type, metadata={"title": field.title})
        for field, array in zip(resource.fields, arrays, strict=True)
    ]
    written = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), written, compression="zstd")
    return written.getvalue()


def descriptor(inspection: dict[str, Any], tables: Sequence[WrittenTable]) -> dict[str, Any]:
    """datapackage.json. ``inspection``: as in findings.json."""
    return {
        "profile": "tabular-data-package",
        "name": NAME,
        "title": f"学籍核查 {inspection['term']}，检查基准日 {inspection['as_of']}",
        "description": (
            "学籍检查工具箱导出的表册和核查结果。证件号、电话、住址、出生日期都打了码。疑点不是结论，经督查人员认定属实才作数；"
            "没有查成的（coverage 的 status）绝不等于没有问题。"
            "文本以 = + - @ 开头的，前面加了一个 '，免得电子表格当公式。"
        ),
        "version": __version__,
        "xueji": inspection,
        "resources": [_described(table) for table in tables],
    }


def _described(table: WrittenTable) -> dict[str, Any]:
    resource = table.resource
    return {
        "profile": "tabular-data-resource",
        "name": resource.name,
        "title": resource.title,
        "description": resource.description,
        "path": f"tables/{resource.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": _DIALECT,
        "bytes": table.size,
        "hash": f"sha256:{table.sha256}",
        "rows": table.rows,
        "schema": resource.schema(),
    }


def _texts(column: pd.Series, field: TableField) -> npt.NDArray[np.object_]:
    """A column's cells as text, (n,); each distinct value is converted once."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    if field.type == BOOLEAN:
        distinct = ["" if labels.is_blank(value) else str(bool(value)).lower() for value in values]
    elif field.type == INTEGER:
        distinct = ["" if labels.is_blank(value) else str(int(value)) for value in values]
    else:
        distinct = [safe(labels.text(value)) for value in values]
    return np.array(distinct, dtype=object)[codes]


def _array(column: pd.Series, field: TableField) -> pa.Array:
    """The cells, typed; what is missing or empty is null."""
    if field.type == DATE:
        days = [None if labels.is_blank(value) else labels.text(value) for value in column]
        return pa.array(days, pa.string()).cast(_TYPES[DATE])
    if field.type in _TYPES:
        return pa.array(column.astype("object").where(column.notna(), None), _TYPES[field.type])
    texts = column.astype("object").where(column.notna(), None)
    return pa.array([labels.text(value) or None for value in texts], pa.string())
