"""From what people write to what is compared: words, their stems, and spellings that count as the same.

Texts and questions pass the same functions. Pure: no database, no settings.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

LANGUAGES = ("sv", "fi", "en")
# Counts up when stems come out otherwise: the sweep then writes every document anew.
VERSION = 1

SNOWBALL = {"sv": "swedish", "fi": "finnish", "en": "english"}
LONGEST_WORD = 60
TOKEN = re.compile(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)*")
HYPHENS = re.compile(r"[-\u2010\u2011]")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
# “FPA:s”, “HUS:n”, “doctor’s”: what follows is an ending.
ENDING = re.compile(r"(?<=\w)(?::[a-zåäö]{1,4}|['’]s)\b", re.IGNORECASE)

NUMBER = re.compile(r"\+?[\d(][\d ()./\u00a0-]{4,}")  # at least as long as a postal code
# Words that say nothing by themselves, of all three languages: nobody tells in which one they ask.
STOP_WORDS = """
    och eller i på av för till från med om är en ett den det de som var när hur vad vem finns kan man jag du vi vill
    ska att hos vid min mitt mina ha har något någon
    ja tai on ovat missä milloin mistä mihin mitä miten kuka voi voiko saa saako olla se ne että kun jos minä haluan
    tarvitsen kanssa varten sekä myös ei onko mikä
    the a an of in on at to for and or is are with from by where when how what who do does i you my me can there it
    need want get find
"""
# What visitors want to know of a place, not which place: every page tells it.
ASIDE = {
    "sv": """öppet öppen öppna öppnar öppettid öppettider stänger stängt stängd tid tider tidsbokning telefon
        telefonnummer nummer adress kontakt kontaktuppgifter idag dag imorgon morgon nu ikväll måndag tisdag onsdag
        torsdag fredag lördag söndag""",
    "fi": """auki aukioloaika aukioloajat aukiolo avoinna kiinni suljettu aika ajan ajanvaraus puhelinnumero puhelin
        numero osoite yhteystiedot tänään huomenna nyt illalla maanantai maanantaina tiistai tiistaina keskiviikko
        keskiviikkona torstai torstaina perjantai perjantaina lauantai lauantaina sunnuntai sunnuntaina""",
    "en": """open opening hours closed closes opens time times appointment phone telephone number address contact today
        tomorrow now tonight monday tuesday wednesday thursday friday saturday sunday""",
}


@dataclass(frozen=True, slots=True)
class Word:
    written: str  # as it stands in the text
    plain: str  # in small letters, without hyphens
    parts: tuple[str, ...] = ()  # of a word with hyphens


def words(text: str) -> list[Word]:
    """Split a text into words; “vuokra-asunto” is one, and remembers its parts."""
    cleaned = ENDING.sub("", INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    return [word for token in TOKEN.findall(cleaned) if (word := _word(token)) is not None]


def _word(token: str) -> Word | None:
    parts = tuple(HYPHENS.split(token.casefold()))
    plain = "".join(parts)[:LONGEST_WORD]
    return Word(token[:LONGEST_WORD], plain, parts if len(parts) > 1 else ()) if plain else None


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Take the marks off letters: “tandläkare” and “tandlakare” are the same, though not as good as the same."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=60_000)
def term(word: str, language: str) -> str:
    """Return what a word is found by: its stem in a language, without marks."""
    return fold(ROOTS[language](word.casefold()))


def number(text: str) -> str:
    """Return the figures of a telephone number as one calls it at home, whatever stands between them; else nothing."""
    if not NUMBER.fullmatch(text.strip()):
        return ""
    return re.sub(r"^(?:00358|358)(?=[1-9])", "0", re.sub(r"\D", "", text))


def is_stop_word(word: str) -> bool:
    return word in stop_words()


@cache
def stop_words() -> frozenset[str]:
    return frozenset(STOP_WORDS.split())


def is_aside(word: str) -> bool:
    return any(term(word, language) in asides(language) for language in LANGUAGES)


@cache
def asides(language: str) -> frozenset[str]:
    return frozenset(term(word, language) for word in ASIDE[language].split())


def content_words(text: str) -> list[Word]:
    """Return the words that say something; all of them where none does."""
    found = words(text)
    return [word for word in found if not is_stop_word(word.plain)] or found


def phrase(text: str, language: str) -> str:
    """Return the key by which a whole name is found; the sign keeps it apart from the terms of words."""
    return f"={' '.join(term(word.plain, language) for word in content_words(text))}"[:100]


# --- Stems -------------------------------------------------------------------------------------

_here = threading.local()  # a stemmer keeps the word it works on


def snowball(word: str, language: str) -> str:
    stemmers = _here.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = snowballstemmer.stemmer(SNOWBALL[language])
    return str(stemmers[language].stemWord(word))


def english_root(word: str) -> str:
    return snowball(word, "en")


DEFINITE = re.compile(r"(?<=\w{4})ets?$|(?<=\w{3})ans?$")
AFTER_R = re.compile(r"(?<=\w{3}r)ns?$")
LATIN = re.compile(r"(?<=\w{4}i)um$")
DOUBLED = re.compile(r"([mn])\1$")
DROPPED = re.compile(r"(?<=\w{2}[^aeiouyåäö])el$")


def swedish_root(word: str) -> str:
    """Take off what Snowball leaves: “servicetorg|et”, “hyr|an”, “mötesrum|met”, “laboratori|um”; “cirkel, cirklar”."""
    stem = snowball(AFTER_R.sub("", DEFINITE.sub("", word)), "sv")
    return DROPPED.sub("l", DOUBLED.sub(r"\1", LATIN.sub("", stem)))


LAST_VOWELS = re.compile(r"(?<=\w{3})[aeiouyäö]+$")
# Snowball knows no gradation: “asunto, asunnon”, “hoito, hoidon”, “keskus, keskukseen”, “-lainen, -laiset”.
ALIKE = (
    (re.compile(r"tt([oö])m$"), r"t\1"),
    (re.compile(r"((?:l|n|v|t)[aä]i|mi)(?:n|s|st|sn)$"), r"\1n"),
    (re.compile(r"ks$"), "s"),
    (re.compile(r"(?<=[aouyöäei][uy])(?:t|d)$"), "s"),
)
GRADES = (
    (re.compile(r"(?<=[lnr])t$|(?<=m)p$|(?<=n)[kg]$"), ""),
    (re.compile(r"d$"), "t"),
    (re.compile(r"([kptnlrm])\1$"), r"\1"),
)


def finnish_root(word: str) -> str:
    stem = snowball(word, "fi")
    for pattern, same in ALIKE:
        stem = pattern.sub(same, stem)
    stem = LAST_VOWELS.sub("", stem)
    for pattern, same in GRADES:
        if len(stem) > 3:
            stem = pattern.sub(same, stem)
    return stem


ROOTS = {"sv": swedish_root, "fi": finnish_root, "en": english_root}


# --- Showing -----------------------------------------------------------------------------------


def pieces(text: str, language: str, terms: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Cut a text into pieces, each with whether it is a word that was searched for."""
    end = 0
    for found in TOKEN.finditer(text):
        word = _word(found.group())
        if word is None or not ({term(part, language) for part in (word.plain, *word.parts)} & terms):
            continue
        if found.start() > end:
            yield text[end : found.start()], False
        yield found.group(), True
        end = found.end()
    if end < len(text):
        yield text[end:], False
