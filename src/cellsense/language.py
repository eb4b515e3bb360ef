"""Tells reviews in other languages from English ones, offline.

A text mostly in another script than Latin is in another language, however short. A Latin one is
English where enough of its words are English function words; else py3langid decides, the fork of
langid.py (Lui and Baldwin 2012, naive Bayes over byte n-grams) whose wheel holds its model:
https://github.com/adbar/py3langid. Texts too short to tell pass as English.
"""

import re
import threading
import unicodedata
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

HEAD = 400  # characters: enough to tell, and long reviews stay cheap
MIN_WORDS = 4  # distinct ones, so that "haha haha haha haha" is none
ENGLISH_SHARE = 0.2  # of the words: this or more is English
MIN_PROBABILITY = 0.9  # of not being English
MIN_CONFIDENCE = 0.4  # in the one language named

_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|[@#]\S+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-zªºÀ-ÖØ-öø-ʯᴀ-ᶿḀ-ỿ]")

# Some are words elsewhere too (German "was"); it's their share that tells.
_ENGLISH_WORDS = """
about after again all always and any at awesome amazing back bad be because been before being best
better bought but buy by can can't could did didn't do does doesn't don't ever every for from get go
good got great had has have here how i'd i'm i've if isn't it it's its just like love made make many
more most much my never nice not of one only our out over please really should so some still than
thanks that the their them then there these they this those time too up use used very was wasn't we
well were what when where which while who why will with won't work works worst would you your
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
# Fewer than py3langid knows: noise and romanised Hindi look like the rare ones.
_LANGUAGES = """
af:Afrikaans ar:Arabic be:Belarusian bg:Bulgarian bn:Bengali ca:Catalan cs:Czech da:Danish de:German
el:Greek en:English es:Spanish et:Estonian fa:Persian fi:Finnish fr:French gu:Gujarati he:Hebrew
hi:Hindi hr:Croatian hu:Hungarian hy:Armenian id:Indonesian is:Icelandic it:Italian ja:Japanese
ka:Georgian kk:Kazakh km:Khmer kn:Kannada ko:Korean lo:Lao lt:Lithuanian lv:Latvian mk:Macedonian
ml:Malayalam mn:Mongolian mr:Marathi ms:Malay my:Burmese ne:Nepali nl:Dutch no:Norwegian pa:Punjabi
pl:Polish pt:Portuguese ro:Romanian ru:Russian si:Sinhala sk:Slovak sl:Slovenian sq:Albanian
sr:Serbian sv:Swedish sw:Swahili ta:Tamil te:Telugu th:Thai tl:Filipino tr:Turkish uk:Ukrainian
ur:Urdu vi:Vietnamese zh:Chinese
"""
_NAMES = dict(entry.split(":") for entry in _LANGUAGES.split())
_NOISE = "zxx"  # py3langid's class for what is no language
_LOADING = threading.Lock()


class Found(NamedTuple):
    """A language that isn't English: its ISO 639-1 code, and how sure it is not to be English."""

    code: str
    probability: float


def other_language(text: str) -> Found | None:
    """Say which other language `text` is in; None where it's English, or can't be told."""
    head = _NOT_PROSE.sub(" ", text[:HEAD]).replace("’", "'")
    if not head.isascii():
        # Turns letters from fancy fonts (𝓵𝓸𝓿𝓮, ｌｏｖｅ) into plain ones.
        head = unicodedata.normalize("NFKC", head)
        if _mostly_other_script(head):
            return _detect(head)[0]
    words = _WORD.findall(head.lower())
    if len({word for word in words if len(word) > 1}) < MIN_WORDS:
        return None
    if sum(word in _ENGLISH for word in words) >= ENGLISH_SHARE * len(words):
        return None
    found, confidence = _detect(" ".join(words))
    sure = found.probability >= MIN_PROBABILITY and confidence >= MIN_CONFIDENCE
    return found if sure else None


def language_name(code: str) -> str:
    """Name a language in English; one that is never found by its code."""
    return _NAMES.get(code, code)


def _mostly_other_script(text: str) -> bool:
    letters = len(_LETTER.findall(text))
    if 2 * len(_LATIN.findall(text)) >= letters:
        return False
    scripts = [_script(sign) for sign in text]
    # Faces such as ಠ_ಠ and ¯\_(ツ)_/¯ hold lone letters of other scripts.
    return any(a and a == b for a, b in pairwise(scripts)) or (
        letters == 1 and not {"CJK", "HANGUL"}.isdisjoint(scripts)
    )


def _script(sign: str) -> str:
    is_letter = unicodedata.category(sign)[0] in "LM" and not _LATIN.match(sign)
    return unicodedata.name(sign, "").partition(" ")[0] if is_letter else ""


def _detect(text: str) -> tuple[Found, float]:
    ranked = dict(_identifier().rank(text))
    unknown = ranked.pop("en") + ranked.pop(_NOISE)
    code, confidence = next(iter(ranked.items()))
    return Found(code, min(1.0, max(0.0, 1.0 - unknown))), confidence


def _identifier() -> "LanguageIdentifier":
    with _LOADING:  # else two threads load the model twice
        return _load()


@cache
def _load() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*_NAMES, _NOISE])
    return identifier
