"""Words that mean the same, as the staff have grouped them."""

from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

from servicetorg.models import SynonymGroup
from servicetorg.search import analyser
from servicetorg.search.analyser import LANGUAGES, Word

LONGEST = 4  # words of a phrase


class Synonym(NamedTuple):
    language: str
    key: str  # the term of a word, or the key of a phrase
    word: str


type Members = tuple[tuple[str, str], ...]  # the words of a group, each with its language


class Thesaurus:
    def __init__(self, groups: tuple[Members, ...]) -> None:
        self.groups: list[list[Synonym]] = []
        self.groups_of: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, members in enumerate(groups):
            self.groups.append([Synonym(language, key_of(word, language), word) for language, word in members])
            for language, word in members:
                self.groups_of[language, phrase_of(word, language)].append(number)
        # What may have been meant by a misspelt word: each single word, by how it looks without marks.
        single = [each.word for group in self.groups for each in group if " " not in each.word]
        self.spellings = {analyser.fold(word): word for word in single}

    def synonyms(self, words: list[Word]) -> list[Synonym]:
        """Return what means the same as these words, in whichever language they are."""
        found: dict[Synonym, None] = {}
        for language in LANGUAGES:
            for number in self.groups_of.get((language, terms_of(words, language)), ()):
                found |= dict.fromkeys(self.groups[number])
        return list(found)


def thesaurus() -> Thesaurus:
    """Read every group, in one query: some hundred short rows, right from the moment one is saved."""
    return thesaurus_of(tuple(tuple(group.members()) for group in SynonymGroup.objects.order_by("pk")))


@lru_cache(maxsize=2)
def thesaurus_of(groups: tuple[Members, ...]) -> Thesaurus:
    return Thesaurus(groups)


def phrase_of(text: str, language: str) -> str:
    return terms_of(analyser.content_words(text), language)


def terms_of(words: list[Word], language: str) -> str:
    return " ".join(analyser.term(word.plain, language) for word in words)


def key_of(text: str, language: str) -> str:
    """Return what the index knows a word by, or a phrase as a whole: its words alone may mean anything."""
    found = phrase_of(text, language)
    return f"={found}"[:100] if " " in found else found
