"""Sources: links, citations, attributions and quotations."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, per_hundred
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.lexicon import lexicon

_feature = partial(Feature, family="sources", unit="count", dead=DeadZone(relative=0.2))
_URL = re.compile(r"https?://|(?<![\w/.@])www\.\w")
_CITATION = re.compile(
    r"(?<!= )\[[1-9]\d{0,2}(?:[,–-]\s?\d{1,3}){0,3}\](?!\()"
    r"|\((?:[^()\d]{2,60},? )?(?:19|20)\d\d[a-z]?\)"
    r"|\bet al\b|\bdoi:|\barxiv\b|\bisbn\b|\[\^\w+\]"
)
_QUOTED = re.compile(r"\"[^\"\n]{3,300}\"|“[^”\n]{3,300}”|«[^»\n]{3,300}»|„[^“”\n]{3,300}[“”]")
_ATTRIBUTIONS = lexicon(
    "according to, study, studies, research shows, research suggests, researchers, survey, "
    "source, sources, published in, reported by, reports that, experts say, data from, "
    "as stated in, as described in, referenced, references, cited by, journal, findings"
)


def _links(exchange: Exchange) -> float:
    """An address that is the text of a link counts once."""
    marks, prose = exchange.response.marks, exchange.response.prose
    bare = len(_URL.findall(prose)) - sum(len(_URL.findall(text)) for text in marks.links)
    return float(len(marks.links) + bare)


FEATURES = (
    _feature(
        name="links",
        title="links",
        about="Markdown links and addresses in the prose.",
        reading=_links,
        ways=Ways(
            more="Link to pages where the user can read on.",
            less="Give few links.",
            at_least="Link to at least {n} pages.",
            at_most="Give at most {n} links.",
            none="Do not give links.",
        ),
    ),
    _feature(
        name="citations",
        title="citations",
        about='References such as "[3]", "(Smith, 2020)", "et al.", footnotes, DOIs.',
        reading=lambda e: float(len(_CITATION.findall(e.response.plain))),
        ways=Ways(
            more="Cite a source for each claim.",
            less="Cite few sources.",
            at_least="Cite at least {n} sources.",
            at_most="Cite at most {n} sources.",
            none="Do not cite sources.",
        ),
    ),
    _feature(
        name="attributions",
        title="attributions",
        about='"according to", "study", "researchers" and the like per 100 words (English).',
        unit="per 100 words",
        reading=lambda e: per_hundred(_ATTRIBUTIONS.count(e.response), e.response),
        languages=ENGLISH,
        dead=DeadZone(absolute=0.2, relative=0.1),
        ways=Ways(
            more="Say who found or reported what you state.",
            less="State things yourself rather than by reference to others.",
            none="Do not refer to studies, experts or other sources.",
        ),
    ),
    _feature(
        name="quotations",
        title="quotations",
        about="Passages of three and more characters between double quotation marks.",
        reading=lambda e: float(len(_QUOTED.findall(e.response.prose))),
        ways=Ways(
            more="Quote the words in question.",
            less="Quote little.",
            at_most="Use at most {n} quotations.",
            none="Do not use quotation marks.",
        ),
    ),
)
