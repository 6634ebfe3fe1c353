"""Segments as release 0.1.0 wrote them: which cells are unknown stood in two masks, a bit a column by its position.

``COLUMNS`` is the order of the columns of 0.1.0, for good: nothing of today's schema may change what an old mask means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xueji_lib.register.schema import Table
from xueji_lib.register.unknown_cells import UNKNOWN, columns_of, text_of
from xueji_lib.store.at_rest import PARSED, arrow_schema, coded, labels
from xueji_lib.store.digests import Plain, bounds

MASKS: Final = ("_u0", "_u1")
"""64-bit words; bit ``i % 64`` of word ``i // 64`` is set where the cell of column ``i`` is unknown."""

_HEADCOUNT: Final = """
    school_id grade class_no name sex id_number register_no presence situation whereabouts moved_date school_note
    measure check_date checker"""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    table: tuple(names.split())
    for table, names in {
        "schools": """
            school_id school_name school_kind area township principal vice_principal registrar registrar_since phone""",
        "classes": "school_id grade class_no head_teacher seats reserved_seats",
        "register": """
            school_id name sex birth_date id_type id_number register_no grade class_no entry_month status ethnicity
            hukou_place boarding left_behind orphan disability in_regular_class migrant_child address phone
            member1_name member1_relation member1_relation_note member1_address member1_hukou_place member1_phone
            member1_is_guardian member1_id_type member1_id_number member1_ethnicity member1_workplace member1_post
            member2_name member2_relation member2_relation_note member2_address member2_hukou_place member2_phone
            member2_is_guardian member2_id_type member2_id_number member2_ethnicity member2_workplace member2_post
            birth_place native_place nationality overseas health political_status hukou_kind entry_mode postal_address
            home_address postcode only_child preschool needs_aid receives_aid martyr_child distance commute school_bus
            former_name id_valid_until blood_type talent auxiliary_no seat_no origin email homepage paid_place""",
        "headcount": _HEADCOUNT,
        "rollcalls": _HEADCOUNT,
        "explanations": _HEADCOUNT,
        "transfers": """
            school_id direction name id_number register_no grade class_no from_school to_school reason migrant_child
            apply_date from_opinion_date to_opinion_date centre_date result refusal_reason from_submit_date
            to_submit_date platform_done_date arrival_date originals form visits signer remark""",
        "suspensions": """
            school_id name id_number register_no grade class_no reason sudden apply_date written_request form diagnosis
            diagnosis_hospital hospital_level medical_record receipts force_majeure_office school_review_date
            centre_date submit_date start_date end_date extend_date resume_apply_date recovery_proof recovery_hospital
            original_form resume_date platform_resume_date resume_grade resume_class""",
        "changes": """
            school_id name id_number register_no field before after household_date booklet booklet_copy cancellation
            apply_date approve_date platform_date""",
        "dropouts": """
            school_id name id_number register_no township category found_date visits last_visit_date reported_date
            notice_date return_by_date outcome returned_date""",
        "custody": "school_id school_year registrar registrar_since vice_principal pledge_date trainings",
        "disclosures": "school_id given_date receiver content approval_no approval_date",
        "reports": """
            school_id term report_date on_register at_school registered_absent present_unregistered""",
        "residents": "name sex id_number township guardian schooling",
        "complaints": "received_date school_id category content verified",
        "replies": "school_id finding_id measure person done_date school_note",
    }.items()
}


def is_digest(text: str) -> bool:
    """A digest as 0.1.0 wrote it (``content_digests``); later ones have another mark between rows and digits."""
    return "-" in text


def with_texts(part: pa.Table, table: str) -> pa.Table:
    """Rows of a segment with the texts of what is unknown (``register.unknown_cells``) in the place of the masks."""
    masks = [part.column(mask).to_numpy() for mask in MASKS]
    codes = np.zeros(part.num_rows, dtype=np.int64)
    for mask in masks:
        of_mask, distinct = pd.factorize(mask)
        codes, _ = pd.factorize(codes * max(len(distinct), 1) + of_mask)
    _, examples = np.unique(codes, return_index=True)
    texts = [
        text_of(c for i, c in enumerate(COLUMNS[table]) if int(masks[i // 64][row]) >> (i % 64) & 1) for row in examples
    ]
    return part.drop_columns(list(MASKS)).append_column(UNKNOWN, labels(codes, texts))


def content_digests(table: Table, arrow: pa.Table) -> dict[str, str]:
    """School → the digest that 0.1.0 worked out of its rows: of all columns in their order, masks, parsed numbers.

    ``arrow``: a whole table with texts, sorted by school. Left out is a school that says something in a column which
    0.1.0 did not have: there was no digest for that.
    """
    names, edges = bounds(table, arrow)
    columns = COLUMNS[table.id]
    arrays = {name: _column(arrow, table, name) for name in columns}
    arrays |= dict(zip(MASKS, _masks(arrow, columns), strict=True))
    for column in PARSED:
        if column in columns:
            arrays |= {parsed: arrow.column(parsed) for parsed in PARSED[column] if parsed in arrow.column_names}
    digests = [hashlib.blake2b(digest_size=16) for _ in names]
    for array in arrays.values():
        values = Plain.of(array)
        for i, digest in enumerate(digests):
            for piece in values.bytes_of(edges[i], edges[i + 1]):
                digest.update(piece)
    more = _says_more(arrow, table)
    return {
        name: f"{edges[i + 1] - edges[i]}-{digests[i].hexdigest()}"
        for i, name in enumerate(names)
        if not more[edges[i] : edges[i + 1]].any()
    }


def _column(arrow: pa.Table, table: Table, name: str) -> pa.ChunkedArray:
    """A column of 0.1.0; unknown throughout where today's table has none like it."""
    if name in arrow.column_names:
        return arrow.column(name)
    field = arrow_schema(table).field(name) if name in arrow_schema(table).names else pa.field(name, pa.large_string())
    return pa.chunked_array([pa.nulls(arrow.num_rows, field.type)])


def _masks(arrow: pa.Table, columns: tuple[str, ...]) -> list[pa.ChunkedArray]:
    codes, texts = coded(arrow.column(UNKNOWN))
    words = np.zeros((len(MASKS), len(texts)), dtype=np.uint64)
    for n, text in enumerate(texts):
        named = columns_of(text)
        for bit, column in enumerate(columns):
            if column in named or column not in arrow.column_names:  # what today's table lacks is unknown throughout
                words[bit // 64, n] |= np.uint64(1) << np.uint64(bit % 64)
    return [pa.chunked_array([pa.array(word[codes])]) for word in words]


def _says_more(arrow: pa.Table, table: Table) -> npt.NDArray[np.bool_]:
    """Rows that say something in a column which 0.1.0 did not have."""
    codes, texts = coded(arrow.column(UNKNOWN))
    since = {c.id for c in table if c.id in arrow.column_names} - set(COLUMNS[table.id])
    says_more: npt.NDArray[np.bool_] = np.array([bool(since - columns_of(text)) for text in texts], dtype=bool)[codes]
    return says_more
