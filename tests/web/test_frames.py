"""Frames of a page's websocket: all that a page sends passes, nothing passes that jupyter_server would choke on."""

from __future__ import annotations

import json
import struct
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)

from xueji_lib.web.door.frames import LARGEST_JSON, MOST_BUFFERS, V1, is_sound


def parts(**content: Any) -> dict[str, Any]:
    """A message as a page's script makes it."""
    header = {"msg_id": uuid.uuid4().hex, "session": uuid.uuid4().hex, "username": "", "version": "5.2"}
    header |= {"msg_type": "comm_msg", "date": "2026-11-20T08:00:00Z"}
    return {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}


def v1(message: dict[str, Any], buffers: list[bytes]) -> bytes:
    texts = [json.dumps(message[name]).encode() for name in ("header", "parent_header", "metadata", "content")]
    return bytes(serialize_msg_to_ws_v1([*texts, *buffers], message["channel"]))  # type: ignore[no-untyped-call]


def older(message: dict[str, Any], buffers: list[bytes]) -> str | bytes:
    return bytes(serialize_binary_message(message | {"buffers": buffers})) if buffers else json.dumps(message)  # type: ignore[no-untyped-call]


@given(st.dictionaries(st.text(), st.text()), st.lists(st.binary(), max_size=4))
def test_what_a_page_sends_passes(content: dict[str, str], buffers: list[bytes]) -> None:
    assert is_sound(v1(parts(data=content), buffers), V1)
    assert is_sound(older(parts(data=content), buffers), None)


@pytest.mark.parametrize(
    ("frame", "subprotocol"),
    [
        (struct.pack("!i", 150_000_000) + b"x" * 16, None),
        (struct.pack("!i", -1) + b"x" * 16, None),
        ((2**62).to_bytes(8, "little"), V1),
        ((6).to_bytes(8, "little") + b"\xff" * 48, V1),
        (b"", V1),
        (b"", None),
        ("", None),
        ("{", None),
        ("[" * 100_000, None),
        ("[]", None),
        ("{}", None),
        (json.dumps(parts()), V1),
        (json.dumps(parts() | {"channel": "elsewhere"}), None),
        (json.dumps(parts() | {"channel": []}), None),
        (json.dumps(parts() | {"header": None}), None),
        (json.dumps(parts() | {"header": {"msg_type": 3}}), None),
        (json.dumps(parts(text="x" * LARGEST_JSON)), None),
        (v1(parts(), [b""] * (MOST_BUFFERS + 1)), V1),
        (v1(parts(), [])[:-1], V1),
    ],
)
def test_what_no_page_sends_does_not(frame: str | bytes, subprotocol: str | None) -> None:
    assert not is_sound(frame, subprotocol)


@st.composite
def broken(draw: st.DrawFn) -> tuple[bytes, str | None]:
    """A frame of either shape, cut, spliced, or with bytes changed, more often in the counts in front."""
    shape = draw(st.sampled_from([V1, None]))
    message = parts(data=draw(st.text(max_size=20)))
    whole = bytearray(v1(message, [b"abc"]) if shape else bytes(older(message, [b"abc"])))  # type: ignore[arg-type]
    for place, value in draw(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=4)):
        whole[place % len(whole)] = value
    return bytes(whole[draw(st.integers(0, 3)) : len(whole) - draw(st.integers(0, 40))]), shape


@settings(max_examples=2_000, deadline=None)
@given(broken())
@pytest.mark.slow
def test_whatever_passes_jupyter_reads(frame: tuple[bytes, str | None]) -> None:
    data, shape = frame
    if is_sound(data, shape):
        if shape:
            channel, texts = deserialize_msg_from_ws_v1(data)  # type: ignore[no-untyped-call]
            assert channel in ("shell", "control", "stdin", "iopub") and json.loads(texts[0])["msg_type"]
        else:
            assert deserialize_binary_message(data)["header"]["msg_type"]  # type: ignore[no-untyped-call]
