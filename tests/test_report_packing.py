"""Packed texts come back as they were; report.js reads what `unpack` here reads."""

import json
from base64 import b64decode
from random import Random
from zlib import compress, decompressobj

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.report import packing
from specharness.report.packing import pack


def unpack(packed: str) -> str:
    """The format as `pack` describes it."""
    inflate = decompressobj(-15)
    data = inflate.decompress(b64decode(packed)) + inflate.flush()
    assert inflate.eof
    end = -1 if data.startswith(b"\n") else data.index(b"\n\n")
    vocabulary = data[: end + 1].split(b"\n")[:-1]
    codes = iter(data[end + 2 :])
    places = (c if c < 128 else 128 + 256 * (c - 128) + next(codes) for c in codes)
    return b"".join(vocabulary[place] for place in places).decode()


@given(st.text().map(lambda text: json.dumps(text, ensure_ascii=False)))
def test_every_text_comes_back(text: str) -> None:
    assert unpack(pack(text)) == text


@pytest.mark.parametrize("text", ["", "a", "é", "the the then", "x " * 999, "日本語 日本語", "😀"])
def test_small_texts_come_back(text: str) -> None:
    assert unpack(pack(text)) == text


def test_more_words_than_the_vocabulary_holds() -> None:
    number = 40_000
    text = " ".join(
        "x" + chr(97 + i % 26) * (i % 7) + hex(i).translate(LETTERS) for i in range(number)
    )
    twice = f"{text} {text}"
    assert unpack(pack(twice)) == twice


LETTERS = str.maketrans("0123456789", "ghijklmnop")


def test_a_character_on_the_edge_of_a_chunk_comes_back() -> None:
    text = "a" * (packing._CHUNK - 1) + "é" + "日" * packing._CHUNK
    assert unpack(pack(text)) == text


def test_long_texts_of_many_words_become_a_third() -> None:
    draw = Random(1)
    letters = [chr(c) for c in range(97, 123)]
    words = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(20_000)]
    common = [1 / rank for rank in range(1, 20_001)]  # as in a language (Zipf's law)
    text = " ".join(draw.choices(words, common, k=200_000))
    deflated = 4 / 3 * len(compress(text.encode(), 9))
    assert len(pack(text)) < 0.36 * len(text)
    assert len(pack(text)) < 0.75 * deflated


def test_it_is_the_same_every_time_and_small() -> None:
    text = "Use plain words, and say what the reader has to do next. " * 50
    assert pack(text) == pack(text)
    assert len(pack(text)) < len(text) / 10
