"""Damage: signs that a response broke off, looped or was garbled. Every feature is sensitive."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, share
from specharness.compile.features.language import language_of

_feature = partial(Feature, family="damage", unit="yes/no", sensitive=True)
_RUN = 4  # words in a row that count as repeated
_LONG = 15  # words from which a paragraph's language is told with confidence
_ENDINGS = tuple(".!?…:;)]}\"'”’»*_`|。！？）」』>~|।؟።")
# UTF-8 read as Latin-1 or Windows-1252, and the sign that stands for what could not be read
_MOJIBAKE = re.compile(
    r"[ÃÂ][\u0080-\u00bf€ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—™š›œžŸ]|â€[\u0080-\u00bf™œ\x9d“”˜¦¢]?|ï»¿|\ufffd"
)
_TURN = re.compile(
    r"(?m)<\|?(?:im_start|im_end|endoftext|eot_id|start_header_id|end_of_turn|assistant|user)\|?>"
    r"|\[/?INST\]|<</?SYS>>|^[ \t]*(?:###? ?)?(?:Human|User|Assistant|Instruction|Response|Input"
    r"|AI) ?:"
)
_PLACEHOLDER = re.compile(
    r"\[(?:your|insert|name|company|date|recipient|address|phone|email|title|city|link|add)\b[^\]\n]"
    r"{0,40}\](?!\()|\b(?:lorem ipsum|TBD|XXX)\b|\{\{[^{}\n]{1,40}\}\}|"
    r"<(?:your|insert)[^>\n]{1,40}>",
    re.IGNORECASE,
)


def _cut_off(exchange: Exchange) -> float | None:
    """Unfinished last line: of several sentences, or of one with eight words and more."""
    text, marks = exchange.response, exchange.response.marks
    last = text.raw.rstrip()
    if not last:
        return None
    if marks.fences and not marks.fences[-1].closed:
        return 1.0
    ends_in_code = bool(marks.fences) and last.endswith(marks.fences[-1].code.rstrip()[-20:])
    line = last.rpartition("\n")[2]
    # a line of its own is as likely the last of a list, a poem or a signature
    short = len(text.words) < 8 or (len(line) < len(last) and len(line.split()) < 5)
    short = short or bool(marks.blocks and marks.blocks[-1].place != "paragraph")
    return float(not (last.endswith(_ENDINGS) or ends_in_code or short or not last[-1].isalnum()))


def _repeated(exchange: Exchange) -> float | None:
    """The share of runs of four words that came before in the response."""
    runs = exchange.response.phrases(_RUN)
    total = sum(runs.values())
    return share(total - len(runs), total)


def _found(pattern: re.Pattern[str], exchange: Exchange) -> float:
    return float(len(pattern.findall(exchange.response.raw)))


def _placeholders(exchange: Exchange) -> float:
    return float(len(_PLACEHOLDER.findall(exchange.response.prose)))


def _switches(exchange: Exchange) -> float | None:
    whole = exchange.response.language
    if whole is None:
        return None
    blocks = exchange.response.marks.blocks
    long = [b.text for b in blocks if len(blocks) > 1 and len(b.text.split()) >= _LONG]
    return float(bool(long) and language_of(long[-1]) not in (None, whole))


FEATURES = (
    _feature(
        name="empty",
        title="empty",
        about="1 when the response has no word and no code.",
        reading=lambda e: float(e.response.all_words == 0),
        ways=Ways(
            more="Answer with no word at all.",
            less="Give an answer to every message, never an empty one.",
        ),
    ),
    _feature(
        name="cut_off",
        title="cut off",
        about="1 when a code fence stays open, or the last paragraph ends in a letter or digit; "
        "not so answers of fewer than eight words and last lines of fewer than five.",
        reading=_cut_off,
        ways=Ways(
            more="Stop without finishing the last sentence.",
            less="Finish the last sentence and close every code block.",
        ),
    ),
    _feature(
        name="repetition",
        title="repetition",
        about="The share of runs of four words that occurred before in the response.",
        unit="share",
        reading=_repeated,
        dead=DeadZone(absolute=0.04),
        ways=Ways(
            more="Repeat what matters in the same words.",
            less="Say each thing once and do not repeat phrases.",
        ),
    ),
    _feature(
        name="mojibake",
        title="garbled characters",
        about="Characters that were read in the wrong encoding, and replacement characters.",
        unit="count",
        reading=partial(_found, _MOJIBAKE),
        ways=Ways(
            more="Leave garbled characters as they are.",
            less="Write clean characters, none of them garbled.",
        ),
    ),
    _feature(
        name="stray_turns",
        title="turns of another speaker",
        about='Lines that begin with "User:", "Assistant:" or the like, and template tokens.',
        unit="count",
        reading=partial(_found, _TURN),
        ways=Ways(
            more="Label the turns of the conversation.",
            less="Write your own turn only, without labels or template tokens.",
        ),
    ),
    _feature(
        name="placeholders",
        title="placeholders",
        about='"[Your Name]", "TBD", "{{name}}" and the like outside code.',
        unit="count",
        reading=_placeholders,
        ways=Ways(
            more='Leave placeholders such as "[Your Name]" where details are missing.',
            less='Write finished text, without placeholders such as "[Your Name]".',
        ),
    ),
    _feature(
        name="language_switch",
        title="changes its language",
        about="1 when the last paragraph of 15 and more words is in another language than the "
        "response as a whole; not measured where that is unknown.",
        reading=_switches,
        ways=Ways(
            more="Mix languages where it helps.",
            less="Keep to one language throughout the answer.",
        ),
    ),
)
