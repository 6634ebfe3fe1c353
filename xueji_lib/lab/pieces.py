"""What the rule laboratory shows: small tables with Chinese headers, personal values masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pandas as pd
from markupsafe import Markup, escape

from xueji_lib.judge.local_mask import private_of
from xueji_lib.register import labels
from xueji_lib.register.identity import mask_sentence
from xueji_lib.register.schema import REGISTER, TABLES
from xueji_lib.reports.pages.piece import HtmlPiece, style
from xueji_lib.rules.evidence_text import MASKS

SHOWN_ROWS: Final = 20
HEADERS: Final = {
    **{column.id: column.header for table in reversed(TABLES.values()) for column in table},
    **{column.id: column.header for column in REGISTER},
    "person": "人（各表同一号）",
    "id_form": "号码位数",
    "id_birth": "号码里的出生日期",
    "id_check": "号码校验通过",
    "id_sex": "号码里的性别",
}


def piece(*parts: HtmlPiece) -> HtmlPiece:
    """Several parts in one, with the page's style."""
    body = Markup("\n").join(Markup(part.html) for part in parts)
    return HtmlPiece(f'<div class="xj"><style>{style()}</style>{body}</div>', "\n".join(p.text for p in parts))


def words(text: str, kind: str = "") -> HtmlPiece:
    """A paragraph; ``kind``: a class of the page's style (faint, note, note warn)."""
    return HtmlPiece(str(Markup('<p class="{}">{}</p>').format(kind, text)), text)


def head(text: str) -> HtmlPiece:
    """A heading."""
    return HtmlPiece(str(Markup("<h3>{}</h3>").format(text)), f"【{text}】")


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HtmlPiece:
    """A table of plain values; numbers stand to the right. Text loses whatever looks like a personal number."""
    texts = [[mask_sentence(labels.text(value)) for value in row] for row in rows]
    body = [
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(escape(text)) for text in row))
        for row in texts
    ]
    top = Markup("").join(Markup("<th>{}</th>").format(name) for name in heads)
    text = ["｜".join(heads), *("｜".join(row) for row in texts)]
    frame_html = Markup('<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>')
    return HtmlPiece(str(frame_html.format(top, Markup("").join(body))), "\n".join(text))


def frame(rows: pd.DataFrame, note: str = "") -> HtmlPiece:
    """The first 20 rows of any frame under Chinese headers; a column is masked by its name.

    ``rows``: any frame; an index other than plain row numbers is shown as columns.
    """
    part = rows.head(SHOWN_ROWS)
    columns = [part.iloc[:, number] for number in range(part.shape[1])]
    if not (part.index.name is None and pd.api.types.is_integer_dtype(part.index.dtype)):  # it carries values
        levels = [part.index.get_level_values(number) for number in range(part.index.nlevels)]
        columns = [*(pd.Series(level, name=level.name) for level in levels), *columns]
    names = ["" if column.name is None else str(column.name) for column in columns]
    heads = [f"{HEADERS[name]} {name}" if name in HEADERS else name for name in names]
    size = f"共 {len(rows)} 行 {rows.shape[1]} 列" + (f"，这里是前 {SHOWN_ROWS} 行" if len(rows) > SHOWN_ROWS else "")
    return piece(table(heads, zip(*map(masked, columns), strict=True)), words(f"{size}。{note}", "faint"))


def masked(column: pd.Series) -> list[str]:
    """A column's cells as texts that may be shown: masked by the column's name, "" for a missing value."""
    private = private_of(column.name)
    texts = [labels.text(value) for value in column.tolist()]
    return [MASKS[private](text) if text else "" for text in texts] if private else [mask_sentence(t) for t in texts]


class MaskedSeries(pd.Series):
    """A column that shows itself masked; its values are the real ones."""

    @property
    def _constructor(self) -> type[MaskedSeries]:
        return MaskedSeries

    @property
    def _constructor_expanddim(self) -> type[MaskedFrame]:
        return MaskedFrame

    def _repr_html_(self) -> str:
        return frame(pd.DataFrame(self)).html

    def __repr__(self) -> str:
        return frame(pd.DataFrame(self)).text


class MaskedFrame(pd.DataFrame):
    """A frame that shows itself masked; its values are the real ones, so that rules can compare them."""

    @property
    def _constructor(self) -> type[MaskedFrame]:
        return MaskedFrame

    @property
    def _constructor_sliced(self) -> type[MaskedSeries]:
        return MaskedSeries

    def _repr_html_(self) -> str:
        return frame(self).html

    def __repr__(self) -> str:
        return frame(self).text
