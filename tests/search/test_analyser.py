import pytest

from servicetorg.search import analyser


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", "bibliotek biblioteket bibliotekets biblioteken"),
        ("sv", "tandläkare tandläkaren tandläkarna"),
        ("sv", "labb labbet"),
        ("sv", "laboratorium laboratoriet"),
        ("sv", "mötesrum mötesrummet mötesrummen"),
        ("sv", "servicetorg servicetorget servicetorgens"),
        ("sv", "hyra hyran"),
        ("sv", "cirkel cirklar"),
        ("fi", "hammaslääkäri hammaslääkärille hammaslääkäriin hammaslääkärit"),
        ("fi", "kirjasto kirjastoon kirjaston kirjastot kirjastossa"),
        ("fi", "neuvola neuvolaan neuvolat neuvolasta"),
        ("fi", "asunto asunnon asunnot asuntoja asunnossa"),
        ("fi", "kotihoito kotihoidon"),
        ("fi", "terveyskeskus terveyskeskukseen"),
        ("fi", "vuokralainen vuokralaiset vuokralaisten"),
        ("fi", "työtön työttömät työttömän"),
        ("fi", "nuori nuoret nuorille nuorten"),
        ("fi", "pöytä pöydät"),
        ("fi", "Kalajärvi Kalajärven Kalajärvellä"),
        ("en", "library libraries"),
        ("en", "vaccination vaccinations"),
    ],
)
def test_inflected_words_have_one_stem(language: str, words: str) -> None:
    assert len({analyser.term(word, language) for word in words.split()}) == 1


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("fi", "kirja", "kirjasto"),
        ("fi", "hammas", "hammaslääkäri"),
        ("sv", "tand", "tandläkare"),
        ("sv", "sal", "salong"),
    ],
)
def test_other_words_have_another(language: str, one: str, other: str) -> None:
    assert analyser.term(one, language) != analyser.term(other, language)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FPA:s", ["fpa"]),
        ("Kelan HUS:n", ["kelan", "hus"]),
        ("doctor’s", ["doctor"]),
        ("vuokra-asunto", ["vuokraasunto"]),
        ("3D-skrivare!", ["3dskrivare"]),
        ("”omatoimi” (kirjat)", ["omatoimi", "kirjat"]),
        ("kl.\u00a08\u2060–\u206020", ["kl", "8", "20"]),
        ("biblio\u00adtek", ["bibliotek"]),
        ("Ｌｉｂｒａｒｙ", ["library"]),
        ("'; -- \0 ☃ 😀", []),
        ("библиотека", ["библиотека"]),
    ],
)
def test_words_are_cut_from_what_is_around_them(text: str, expected: list[str]) -> None:
    assert [word.plain for word in analyser.words(text)] == expected


def test_folding_makes_all_spellings_alike() -> None:
    assert analyser.fold("Hälsostation") == analyser.fold("HÄLSOSTATION") == analyser.fold("ha\u0308lsostation")


def test_small_words_count_only_where_there_is_nothing_else() -> None:
    assert [word.plain for word in analyser.content_words("var finns biblioteket")] == ["biblioteket"]
    assert [word.plain for word in analyser.content_words("var finns")] == ["var", "finns"]


def test_what_was_found_is_marked_in_the_text_as_it_stands() -> None:
    terms = frozenset({analyser.term("kirja", "fi")})

    assert list(analyser.pieces("Lue kirjoja, lainaa.", "fi", terms)) == [
        ("Lue ", False),
        ("kirjoja", True),
        (", lainaa.", False),
    ]
