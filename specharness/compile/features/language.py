"""Which language a text is written in, or that nobody can tell."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENGLISH = frozenset({"en"})
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
    "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_ENOUGH = 1000  # characters that are looked at: more changes no verdict and costs time
_SURE = 0.5  # the posterior from which a verdict counts; "Paris." and "42" stay far below


def language_of(prose: str) -> str | None:
    """The ISO 639-1 code of the likeliest of `LANGUAGES`, None where no language reaches 0.5.

    From py3langid's naive Bayes model over byte n-grams (Lui and Baldwin 2012), which is part of
    that package. Short texts, names and numbers alone give None.

    >>> language_of("Das ist ein kurzer Satz über Hunde."), language_of("42")
    ('de', None)
    """
    if not prose.strip():
        return None
    code, confidence = _identifier().classify(prose[:_ENOUGH])
    return str(code) if confidence >= _SURE else None


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - half a second

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
