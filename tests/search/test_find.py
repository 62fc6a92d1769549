import pytest
from django.utils import translation

from hubs.models import Hub
from rooms.models import Room
from services.models import Listing
from servicetorg.models import Kind, SynonymGroup
from servicetorg.search import index
from servicetorg.search.find import Answer, search
from servicetorg.search.question import How
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_synonyms(db: None) -> None:
    SynonymGroup.objects.all().delete()


@pytest.fixture
def dentist(iso_omena: Hub) -> Listing:
    names = cast.three_languages("name", "Tandklinik", "Hammashoitola", "Dental clinic")
    keywords = cast.three_languages("keywords", "tandläkare, tandvård", "hammaslääkäri, hammas", "dentist")
    return cast.make_listing(
        iso_omena, "dentist", service=cast.make_service("dental-clinic", **names, **keywords), **names
    )


def names(answer: Answer) -> list[str]:
    return [hit.thing.name_en for hit in answer.hits]


def test_hubs_services_and_rooms_are_found(library: Listing, hall: Room) -> None:
    assert names(search("Kalajärvi")) == ["Kalajärvi Service Centre", "Kalajärvi Library", "Hall"]
    assert names(search("hall")) == ["Hall"]
    assert names(search("hall", [Kind.LISTING])) == []


def test_an_exact_name_comes_first(library: Listing) -> None:
    cast.make_room(library.hub, "books", **cast.three_languages("name", "Bibliotek", "Nurkka", "Corner"))
    cast.make_listing(library.hub, "cafe", service=cast.make_service("cafe"), name_sv="Bibliotekets kafé")

    assert search("bibliotek").hits[0].thing.name_sv == "Bibliotek"


def test_a_service_comes_before_the_room_that_is_named_after_it(library: Listing) -> None:
    cast.make_room(library.hub, "corner", **cast.three_languages("name", "Bibliotekets grupprum", "Nurkka", "Corner"))

    assert names(search("bibliotek")) == ["Kalajärvi Library", "Corner"]


def test_a_word_is_found_inside_a_compound_and_a_compound_by_its_parts(library: Listing) -> None:
    Listing.objects.update(summary_sv="Ett närbibliotek", name_sv="Kalajärvi mediatek")

    assert names(search("bibliotek")) == ["Kalajärvi Library"]
    assert names(search("barnbibliotek")) == ["Kalajärvi Library"]


def test_letters_without_their_marks_are_found_and_rank_lower(kalajarvi: Hub) -> None:
    cast.make_room(kalajarvi, "a", name_sv="Sälen", name_fi="A", name_en="With marks")
    cast.make_room(kalajarvi, "b", name_sv="Salen", name_fi="B", name_en="Without marks")

    assert names(search("sälen")) == ["With marks", "Without marks"]
    assert names(search("salen")) == ["Without marks", "With marks"]


def test_a_slip_is_answered_and_said(library: Listing) -> None:
    answer = search("kirjatso")

    assert (names(answer), answer.guess, answer.is_guessed) == (["Kalajärvi Library"], "kirjasto", True)


def test_a_short_word_with_another_letter_is_another_word(library: Listing) -> None:
    Listing.objects.update(summary_en="talk")

    assert names(search("tolk")) == []


def test_all_languages_are_asked_and_the_readers_counts_more(kalajarvi: Hub) -> None:
    cast.make_room(kalajarvi, "a", name_sv="Ett", name_fi="Stage", name_en="Finnish")
    cast.make_room(kalajarvi, "b", name_sv="Stage", name_fi="Yksi", name_en="Swedish")

    with translation.override("sv"):
        assert names(search("stage")) == ["Swedish", "Finnish"]
    with translation.override("fi"):
        assert names(search("stage")) == ["Finnish", "Swedish"]


def test_what_answers_all_of_the_question_is_shown_alone(library: Listing, dentist: Listing) -> None:
    assert names(search("bibliotek kalajärvi")) == ["Kalajärvi Library"]


def test_where_nothing_answers_all_of_it_the_telling_word_decides(library: Listing, dentist: Listing) -> None:
    assert names(search("tandläkare kalajärvi"))[0] == "Dental clinic"


def test_a_word_that_nothing_answers_is_named(library: Listing) -> None:
    assert search("bibliotek zebra").missed == ("zebra",)
    assert search("zebra").missed == ()


def test_questions_about_the_hours_of_a_place_ask_for_the_place(library: Listing, dentist: Listing) -> None:
    assert names(search("är biblioteket öppet på söndag")) == ["Kalajärvi Library"]


@pytest.mark.parametrize(
    "query", ["09 816 21000", "0981621000", "+358 9 816 21000", "(09) 816-21000", "00358 981621000"]
)
def test_a_telephone_number_finds_who_answers_it(library: Listing, dentist: Listing, query: str) -> None:
    Listing.objects.filter(pk=library.pk).update(phone="09 816 21000")
    index.refresh()

    assert names(search(query)) == ["Kalajärvi Library"]


@pytest.mark.parametrize("query", ["Ruskaniitty", "Ruskaåsen 9", "02970"])
def test_an_address_finds_the_house(library: Listing, query: str) -> None:
    assert names(search(query)) == ["Kalajärvi Service Centre"]


def test_a_synonym_counts_from_the_moment_it_is_saved_in_all_languages(dentist: Listing) -> None:
    assert names(search("gaddare")) == []

    SynonymGroup.objects.create(words_sv="tandläkare, gaddare", words_en="dentist")

    match = search("gaddare").hits[0].matches[0]
    assert (match.written, match.word, match.how) == ("gaddare", "tandläkare", How.SYNONYM)


def test_a_phrase_may_be_a_synonym_and_its_words_alone_are_not(dentist: Listing) -> None:
    SynonymGroup.objects.create(words_fi="suun terveydenhuolto, hammashoitola")

    assert names(search("suun terveydenhuolto")) == ["Dental clinic"]
    assert names(search("terveydenhuolto")) == []


def test_a_match_says_which_word_and_language_it_was(dentist: Listing) -> None:
    match = search("hammaslääkärille").hits[0].matches[0]

    assert (match.word, match.language, match.how) == ("hammaslääkäri", "fi", How.WORD)


def test_a_word_that_nearly_everything_carries_finds_what_is_called_so(kalajarvi: Hub) -> None:
    for number in range(12):
        cast.make_room(kalajarvi, f"room-{number}", name_en=f"Room {number}")

    assert names(search("servicetorg")) == ["Kalajärvi Service Centre"]


@pytest.mark.parametrize("model", [Hub, Listing, Room])
def test_what_is_no_longer_published_is_not_found(library: Listing, hall: Room, model: type) -> None:
    index.refresh()
    model.objects.update(is_published=False)

    assert not [hit for hit in search("kalajärvi").hits if isinstance(hit.thing, model)]


@pytest.mark.parametrize("query", ["", " ", "'; --", "☃", "\0", "=", "=kirjasto", "%", "a" * 10_000, "a b " * 3000])
def test_nothing_breaks_it(library: Listing, query: str) -> None:
    assert search(query).hits in ([], search("kirjasto").hits)


def test_an_unfinished_word_finds_what_begins_so(library: Listing) -> None:
    assert names(search("kir", unfinished=True)) == ["Kalajärvi Library"]
    assert names(search("bibliotek kal", unfinished=True)) == ["Kalajärvi Library"]
