"""A badge: the verdict, and how many pairs the specs move the right way."""

import json
from html import escape

from specharness.report import words
from specharness.runfile import GateVerdict, Run

LABEL = "specs"
_COLOURS: dict[GateVerdict | None, str] = {  # white on them has a contrast of at least 4.5
    "PASS": "#1a7f37",
    "FAIL": "#b42318",
    "UNVERIFIABLE": "#7a3e9d",
    "UNPROVEN": "#8a5a00",
    None: "#57606a",
}
_WIDTH, _HEIGHT, _PAD = 7.0, 20, 6  # of a character at 11 px, of the badge, beside texts (px)


def render_badge(run: Run) -> str:
    """The worst verdict and the preferred share as SVG: no script, no font, nothing fetched."""
    message = badge_message(run)
    left, right = (round(_WIDTH * len(text)) + 2 * _PAD for text in (LABEL, message))
    colour = _COLOURS[words.worst(run)]
    told = escape(f"{LABEL}: {message}. {words.headline(run)}")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}"'
            f' role="img" aria-label="{told}">',
            f"<title>{told}</title>",
            f'<rect width="{left + right}" height="{_HEIGHT}" rx="3" fill="{colour}"/>',
            f'<path d="M3 0H{left}V{_HEIGHT}H3A3 3 0 0 1 0 {_HEIGHT - 3}V3A3 3 0 0 1 3 0"'
            ' fill="#444c56"/>',
            '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
            _text(LABEL, _PAD, left - 2 * _PAD),
            _text(message, left + _PAD, right - 2 * _PAD),
            "</g>",
            "</svg>",
        ]
    )


def render_shields(run: Run) -> str:
    """The same as the JSON that shields.io reads from an endpoint (schema version 1)."""
    data = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": badge_message(run),
        "color": _COLOURS[words.worst(run)].removeprefix("#"),
    }
    return json.dumps(data)


def badge_message(run: Run) -> str:
    """The worst verdict, and the share of all suites' pairs that the specs move the right way."""
    measured = sum(suite.preferred_head.n for suite in run.suites)
    liked = sum(suite.preferred_head.count for suite in run.suites)
    verdict = words.worst(run) or "no suite"
    return f"{verdict} {words.percent(liked / measured)}" if measured else verdict


def _text(text: str, x: int, width: int) -> str:
    """Text stretched to a width, so that it fits whatever font is there."""
    return f'<text x="{x}" y="14" textLength="{width}">{escape(text)}</text>'
