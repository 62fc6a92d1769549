"""What hubs, listings and rooms are found by, kept up to date by one sweep.

`refresh()` compares the texts of everything that is published with what was indexed, and writes anew
what has changed. It is run after each change in the admin (`middleware.py`), by `tend`, by `load_demo`
and by `manage.py index_search`, and may be run by anyone, any number of times, in parallel.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import IntEnum
from itertools import batched
from typing import Any, NamedTuple
from zlib import crc32

from django.db import transaction
from django.utils import translation

from hubs.models import Hub
from rooms.enums import RoomKind
from rooms.models import Room
from services.models import Listing
from servicetorg.models import Kind, SearchDocument, SearchTerm
from servicetorg.search import analyser
from servicetorg.search.analyser import LANGUAGES

BATCH = 100  # documents in a transaction: SQLite lets nobody else write meanwhile


class Weight(IntEnum):
    """How much it says of a thing to be found in this of its texts."""

    NAME = 100
    KEYWORD = 75
    BUILDING = 70
    KIND = 65
    EQUIPMENT = 60
    CATEGORY = 45
    PROVIDER = 40
    PLACE = 22
    SUMMARY = 20
    DETAILS = 12


# For who has asked for exactly this, and nothing but this.
WHOLE_NAME, WHOLE_SERVICE, WHOLE_PLACE, WHOLE_WORDS = 1000, 300, 500, 60
OF_SEVERAL_WORDS = 0.6  # “boka” says less than the search words “boka lokal”
# So that “room for a party” finds a hall.
WORDS_FOR_A_ROOM = {"sv": "lokal rum utrymme", "fi": "tila huone", "en": "room space"}
A_MODIFIER = 0.7  # the first part of a word with hyphens; the last one is what the thing is


class Text(NamedTuple):
    words: str
    weight: int
    whole: int = 0  # what it is worth to be all that was asked for; a list with commas is worth it each


type Texts = dict[str, list[Text]]  # by language
type Address = tuple[str, int]  # kind and primary key


def refresh() -> int:
    """Bring the index up to what is published now. Return how many documents were written or removed."""
    texts = dict(published_texts())
    checksums = {address: checksum(found) for address, found in texts.items()}
    known = {(kind, key): found for kind, key, found in SearchDocument.objects.values_list("kind", "key", "checksum")}
    changed = [address for address in texts if known.get(address) != checksums[address]]
    gone = known.keys() - texts.keys()
    for addresses in batched(changed, BATCH):
        write({address: texts[address] for address in addresses}, checksums)
    for kind in Kind.values:
        if keys := [key for of_kind, key in gone if of_kind == kind]:
            SearchDocument.objects.filter(kind=kind, key__in=keys).delete()
    return len(changed) + len(gone)


def tend(*, at: datetime) -> int:
    return refresh()


@transaction.atomic
def write(texts: dict[Address, Texts], checksums: dict[Address, int]) -> None:
    """Write these documents. Locks them in the order of their ids, so that two sweeps wait for each other."""
    new = [SearchDocument(kind=kind, key=key) for kind, key in texts]
    SearchDocument.objects.bulk_create(new, ignore_conflicts=True)
    keys = [key for _kind, key in texts]
    locked = SearchDocument.objects.select_for_update().filter(key__in=keys).order_by("pk")
    documents = [document for document in locked if (document.kind, document.key) in texts]
    SearchTerm.objects.filter(document__in=documents).delete()
    SearchTerm.objects.bulk_create(
        (
            SearchTerm(document=document, language=language, term=term, word=word, weight=weight)
            for document in documents
            for language, found in texts[document.kind, document.key].items()
            for term, (word, weight) in terms(found, language).items()
        ),
        batch_size=500,
    )
    for document in documents:
        document.checksum = checksums[document.kind, document.key]
    SearchDocument.objects.bulk_update(documents, ["checksum"])


def checksum(texts: Texts) -> int:
    return crc32(json.dumps([analyser.VERSION, texts], ensure_ascii=False).encode())


def terms(texts: Iterable[Text], language: str) -> dict[str, tuple[str, int]]:
    """Return the terms of the texts, each with the word it stands for and the most that it is worth."""
    found: dict[str, tuple[str, int]] = {}

    def add(term: str, word: str, weight: float) -> None:
        if term and weight > found.get(term, ("", 0))[1]:
            found[term] = (word[:160], round(weight))

    for text in texts:
        weighed = text.weight * density(text.words) if text.weight <= Weight.SUMMARY else text.weight
        for entry in text.words.split(",") if text.whole == WHOLE_WORDS else [text.words]:
            several = analyser.content_words(entry)
            weight = weighed * (OF_SEVERAL_WORDS if text.whole == WHOLE_WORDS and len(several) > 1 else 1)
            for word in several:
                add(analyser.term(word.plain, language), word.written, weight)
                for part in word.parts:
                    share = 1 if part == word.parts[-1] else A_MODIFIER
                    add(analyser.term(part, language), word.written, weight * share)
            if text.whole and several:
                add(analyser.phrase(entry, language), entry.strip(), text.whole)
    return found


def density(text: str) -> float:
    """A word says more in a short text: up to twice as much as in a long one."""
    return 1 + 4 / (4 + len(analyser.content_words(text)))


# --- The texts ---------------------------------------------------------------------------------


def published_texts() -> Iterator[tuple[Address, Texts]]:
    """Yield what is published and what it says. Four queries."""
    for hub in Hub.objects.for_list():
        yield (Kind.HUB, hub.pk), in_languages(hub_texts, hub)
    for listing in Listing.objects.for_list():
        yield (Kind.LISTING, listing.pk), in_languages(listing_texts, listing)
    for room in Room.objects.published().for_list():
        yield (Kind.ROOM, room.pk), in_languages(room_texts, room)


def in_languages(texts_of: Any, thing: Any) -> Texts:
    found = {language: [text for text in texts_of(thing, language) if text.words] for language in LANGUAGES}
    return {language: texts for language, texts in found.items() if texts}


def said(thing: Any, field: str, language: str) -> str:
    return getattr(thing, f"{field}_{language}") or ""


def hub_texts(hub: Hub, language: str) -> Iterator[Text]:
    yield Text(said(hub, "name", language), Weight.NAME, WHOLE_NAME)
    yield Text(said(hub, "building", language), Weight.BUILDING, WHOLE_PLACE)
    yield Text(said(hub, "district", language), Weight.BUILDING, WHOLE_PLACE)
    yield Text(said(hub, "street", language), Weight.CATEGORY, WHOLE_PLACE)
    yield Text(said(hub, "stop", language), Weight.PLACE)
    yield Text(hub.postal_code, Weight.PLACE)
    yield Text(said(hub, "locality", language), Weight.DETAILS)
    yield Text(analyser.number(hub.phone), Weight.BUILDING)
    yield Text(said(hub, "summary", language), Weight.SUMMARY)
    with translation.override(language):
        yield from (Text(label, Weight.PLACE) for label in hub.feature_labels)


def listing_texts(listing: Listing, language: str) -> Iterator[Text]:
    yield Text(said(listing, "name", language), Weight.NAME, WHOLE_NAME)
    yield Text(said(listing.service, "name", language), Weight.NAME, WHOLE_SERVICE)
    yield Text(said(listing.service, "keywords", language), Weight.KEYWORD, WHOLE_WORDS)
    yield Text(said(listing.service.category, "name", language), Weight.CATEGORY, WHOLE_WORDS)
    yield Text(said(listing.provider, "name", language), Weight.PROVIDER, WHOLE_WORDS)
    yield Text(said(listing, "summary", language), Weight.SUMMARY)
    yield Text(said(listing, "audience", language), Weight.DETAILS)
    yield Text(said(listing, "details", language), Weight.DETAILS)
    yield Text(analyser.number(listing.phone), Weight.BUILDING)
    yield from place_texts(listing.hub, language)


def room_texts(room: Room, language: str) -> Iterator[Text]:
    yield Text(said(room, "name", language), Weight.NAME, WHOLE_NAME)
    with translation.override(language):
        yield Text(str(RoomKind(room.kind).label), Weight.KIND, WHOLE_WORDS)
    yield Text(WORDS_FOR_A_ROOM[language], Weight.DETAILS)
    for piece in room.equipment.all():
        yield Text(said(piece, "name", language), Weight.EQUIPMENT, WHOLE_WORDS)
    yield Text(said(room, "summary", language), Weight.SUMMARY)
    yield from place_texts(room.hub, language)


def place_texts(hub: Hub, language: str) -> Iterator[Text]:
    for field in ("name", "building", "district"):
        yield Text(said(hub, field, language), Weight.PLACE)
