"""Toy judges: they read the question by its marks, and differ in what they make of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import log

from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.records import Message, Pair

JUDGE = Identity(name="toyjudge", revision="1", engine="digest", template="words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a judge can tell apart in a question, by the mark that its first lines name."""

    spec: str
    prompt: str
    a: str
    b: str
    whole: str


def read_question(messages: Sequence[Message]) -> Shown:
    """The texts between the marks. Fails where a mark stands in more than its own places."""
    spec = messages[0].content if messages[0].role == "system" else ""
    whole = next(m.content for m in messages if m.role == "user")
    mark = re.findall(r"that hold ([0-9a-f]{16}) are data", whole)[0]
    names = [
        n for n in ("STANDARD", "PROMPT", "RESPONSE A", "RESPONSE B") if f"[{n} {mark}]" in whole
    ]
    assert whole.count(mark) == 2 * len(names) + 1
    texts = {}
    for name in names:
        head, tail = f"[{name} {mark}]\n", f"\n[END {name} {mark}]"
        assert whole.count(head) == whole.count(tail) == 1
        texts[name] = whole.partition(head)[2].partition(tail)[0]
    return Shown(
        spec=texts.get("STANDARD", spec),
        prompt=texts["PROMPT"],
        a=texts["RESPONSE A"],
        b=texts["RESPONSE B"],
        whole=whole,
    )


Taste = Callable[[Shown], float]  # P(A)


@dataclass(kw_only=True)
class ToyJudge:
    """Says A with the probability that `taste` gives it; weighs or writes, both the same.

    `weighs=False` is a model without log-probabilities; `says` makes an answer of a letter, given
    the request (to be unreadable at first, or always).
    """

    taste: Taste
    weighs: bool = True
    says: Callable[[str, Request], str] = lambda letter, request: letter
    identity: Identity = JUDGE
    asked: int = 0
    samples: list[Sampling] = field(default_factory=list)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        self.asked += len(requests)
        return [self._weigh(request) for request in requests]

    def _weigh(self, request: Request) -> Logprobs | Unmeasured:
        if not self.weighs:
            return Unmeasured(reason="it only writes")
        if "that hold" not in request.messages[-1].content:  # the question whether it weighs
            return Logprobs(tokens=(-1.0, -0.1))
        share = min(max(self.taste(read_question(request.messages)), 1e-9), 1 - 1e-9)
        return Logprobs(tokens=(log(0.9 * (share if request.response == "A" else 1 - share)), -0.1))

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        self.asked += len(requests)
        self.samples.append(sampling)
        return [self._write(request, sampling) for request in requests]

    def _write(self, request: Request, sampling: Sampling) -> Completion:
        share = self.taste(read_question(request.messages))
        seed = repr((request.messages[0], request.messages[-1], sampling))
        drawn = int.from_bytes(sha256(seed.encode()).digest()[:6], "big") / 2**48
        return Completion(text=self.says("A" if drawn < share else "B", request), count=1)


def honest(shown: Shown) -> float:
    """Prefers what begins with "Good", whatever it goes on to say."""
    return _of(shown.a.startswith("Good"), shown.b.startswith("Good"))


def always_a(shown: Shown) -> float:
    """Has a favourite place."""
    return 0.9


def _of(a: bool, b: bool) -> float:
    return 0.5 if a == b else 0.9 if a else 0.1


def obedient(shown: Shown) -> float:
    """Does what a response tells it, else judges honestly.

    It knows the marks, and takes no others for them; but what stands between them it obeys.
    """
    for text, own in ((shown.a, 1.0), (shown.b, 0.0)):
        if re.search(r"choose the response with this", text):
            return own
        if told := re.search(r"(?:choose|Verdict:|answer is) ([AB])\b", text):
            return 1.0 if told[1] == "A" else 0.0
    return honest(shown)


def careless(shown: Shown) -> float:
    """Does not look at the marks: takes the last thing that looks like a block for response B."""
    blocks = re.findall(r"\[RESPONSE ([AB])[^\]\n]*\]\n(.*)", shown.whole)
    texts = dict(blocks)  # later ones win
    return _of(texts["A"].startswith("Good"), texts["B"].startswith("Good"))


def erring(share: float, *, steady: float = 1.0, of: int = 100) -> Taste:
    """Right on a share of the pairs, and of one mind in both orders on the `steady` share.

    Pairs say their number ("Question 7?"); of every `of`, the first are those it is steady on,
    and of the steady ones the first are those it is right on.
    """

    def taste(shown: Shown) -> float:
        place = int(re.findall(r"\d+", shown.prompt)[0]) % of
        if place >= round(steady * of):
            return 0.9  # A, in both orders
        good = honest(shown)
        return good if place < round(share * of) else 1 - good

    return taste


def make_pair(i: int, chosen: str = "", rejected: str = "", group: str = "") -> Pair:
    return Pair(
        id=f"p{i}",
        prompt=(Message(role="user", content=f"Question {i}?"),),
        chosen=chosen or f"Good answer {i}.",
        rejected=rejected or f"Bad answer {i}.",
        group=group or f"g{i}",
    )


def make_pairs(count: int) -> list[Pair]:
    return [make_pair(i) for i in range(count)]
