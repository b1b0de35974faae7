"""Long texts made small enough for a page: words become numbers, numbers are deflated.

Deflate alone looks back 32 kB, so it meets most words of a large suite as if they were new. A
vocabulary for the whole suite first takes 36 MB of English answers to 11 MB, deflate alone to 18.
"""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from zlib import DEFLATED, compressobj

_TOKEN = re.compile(rb" ?[A-Za-z]+|[\xc2-\xf4][\x80-\xbf]+|.", re.DOTALL)
_SHORT = 128  # words of one byte; the others take two, the first with its high bit set
_MOST = _SHORT + 128 * 256
_CHUNK = 1 << 20  # bytes at a time, so that the tokens of a large suite need little memory


def pack(text: str) -> str:
    r"""Pack text without newlines (JSON on one line has none) as base64 of raw deflate.

    What is deflated: the vocabulary, commonest words first and each ended by a newline; an empty
    line; then the text as places in the vocabulary. Place p below 128 is the byte p, and any other
    is the two bytes 128 + (p - 128) // 256 and (p - 128) % 256. report.js unpacks it.
    """
    data = text.encode()
    assert b"\n" not in data
    counts = Counter[bytes]()
    for tokens in _tokens(data):
        counts.update(tokens)
    vocabulary = _vocabulary(counts)
    codes = _codes(vocabulary, counts)
    deflate = compressobj(6, DEFLATED, -15, 9)
    parts = [deflate.compress(b"".join(word + b"\n" for word in vocabulary) + b"\n")]
    for tokens in _tokens(data):
        parts.append(deflate.compress(b"".join(map(codes.__getitem__, tokens))))
    return b64encode(b"".join([*parts, deflate.flush()])).decode()


def _tokens(data: bytes) -> Iterator[list[bytes]]:
    for start in range(0, len(data), _CHUNK):
        yield _TOKEN.findall(data, start, start + _CHUNK)


def _vocabulary(counts: Counter[bytes]) -> list[bytes]:
    """Words that are there twice or more, and the letters of the others, commonest first."""
    common = [word for word, n in counts.most_common(_MOST - 256) if n > 1 or len(word) == 1]
    ranked = Counter({word: counts[word] for word in common})
    for word in counts.keys() - ranked.keys():
        ranked.update(_letters(word))
    return [word for word, _ in sorted(ranked.items(), key=lambda item: (-item[1], item[0]))]


def _codes(vocabulary: Sequence[bytes], words: Iterable[bytes]) -> dict[bytes, bytes]:
    """What each word is written as; one that is not in the vocabulary is spelt out."""
    codes = {word: _code(place) for place, word in enumerate(vocabulary)}
    spelt = {w: b"".join(map(codes.__getitem__, _letters(w))) for w in words if w not in codes}
    return codes | spelt


def _code(place: int) -> bytes:
    if place < _SHORT:
        return bytes([place])
    high, low = divmod(place - _SHORT, 256)
    return bytes([_SHORT + high, low])


def _letters(word: bytes) -> list[bytes]:
    return [word[i : i + 1] for i in range(len(word))]
