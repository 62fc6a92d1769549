import pytest

from services.matching import Field, Match, Text, fold, match

TEXTS = [
    Text(Field.NAME, "sv", "Kalajärvi närbibliotek"),
    Text(Field.NAME, "fi", "Kalajärven kirjasto"),
    Text(Field.KEYWORDS, "fi", "lainata, kirjat, omatoimi"),
    Text(Field.SUMMARY, "en", "Borrow books and read newspapers"),
]


@pytest.mark.parametrize(
    "query",
    [
        "närbibliotek",
        "NÄRBIBLIOTEK",
        "narbibliotek",
        "bibliotek",
        "kirjasto",
        "kirjastoon",
        "books read",
        "  kalajärvi  ",
        "kirjasto!",
        "”omatoimi” (kirjat)",
    ],
)
def test_words_are_met(query: str) -> None:
    assert match(query, TEXTS, "sv") is not None


@pytest.mark.parametrize("query", ["", " ", "zebra", "'; --", "kirjasto zebra", "☃", "\0"])
def test_words_are_missed(query: str) -> None:
    assert match(query, TEXTS, "sv") is None


def test_the_whole_name_wins() -> None:
    exact, part = match("Kalajärven kirjasto", TEXTS, "sv"), match("kalajärven", TEXTS, "sv")

    assert exact is not None
    assert part is not None
    assert exact < part


def test_it_says_in_which_language_it_was_found() -> None:
    assert match("omatoimi", TEXTS, "sv") == Match(rank=15, language="fi")


def test_the_readers_language_counts_more() -> None:
    both = [Text(Field.NAME, "fi", "Stage"), Text(Field.NAME, "sv", "Stage")]

    assert match("stage", both, "sv") == Match(rank=-100, language="sv")


def test_folding_makes_all_spellings_alike() -> None:
    assert fold("Hälsostation") == fold("HÄLSOSTATION") == fold("halsostation") == fold("ha\u0308lsostation")
