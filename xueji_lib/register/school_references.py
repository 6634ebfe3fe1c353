"""Which school of the directory a cell names: by its name or its 学校标识码, exactly, after normalising.

Source: docs/reading-conditions.md, 6 and 11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xueji_lib.register.identity import clean_titles


def named_schools(texts: Iterable[object], ids: Sequence[object], names: Sequence[object]) -> npt.NDArray[np.int64]:
    """Per text the position of the school it names, -1 where it names none of these. ``ids`` and ``names``: the
    directory's, in its order. A name that two schools share names neither."""
    school_of_name = pd.Series(np.arange(len(ids)), index=_clean(names))
    school_of_name = school_of_name[~school_of_name.index.duplicated(keep=False) & (school_of_name.index != "")]
    school_of_name = pd.concat([school_of_name, pd.Series(np.arange(len(ids)), index=[str(i) for i in ids])])
    school_of_name = school_of_name[~school_of_name.index.duplicated(keep="last")]
    codes, distinct = pd.factorize(np.array([_text(text) for text in texts], dtype=object))
    school_of_text = school_of_name.reindex(_clean(distinct)).fillna(-1).to_numpy(dtype=np.int64)
    return np.append(school_of_text, -1)[codes]


def school_groups(central: Iterable[object], ids: Sequence[object], names: Sequence[object]) -> npt.NDArray[np.int64]:
    """Per school of the directory a number that all schools of one 中心校 share, and no others: those that name the
    same 所属中心校, and that 中心校 itself. A school without one is a group of its own."""
    named = named_schools(central, ids, names)
    group = np.arange(len(ids))
    while True:  # as often as centres are chained
        pointing = np.flatnonzero(named >= 0)
        low = group.copy()
        np.minimum.at(low, named[pointing], group[pointing])
        low[pointing] = np.minimum(low[pointing], low[named[pointing]])
        if (low == group).all():
            return group
        group = low


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _clean(names: Iterable[object]) -> list[str]:
    cleaned: list[str] = clean_titles(pa.array([_text(name) for name in names], pa.string())).to_pylist()
    return cleaned
