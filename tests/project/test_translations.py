import json

import polib
import pytest

from servicetorg import translations


@pytest.mark.parametrize(
    "catalogue", translations.catalogues(), ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_the_catalogue_is_complete_and_keeps_every_placeholder(catalogue):
    assert translations.problems(catalogue) == []


def complaints(**entry):
    return translations.complaints(polib.POEntry(**entry))


def test_what_is_wrong_with_an_entry_is_found():
    assert complaints(msgid="Open", msgstr="") == ["untranslated"]
    assert complaints(msgid="Open", msgstr="Öppet", flags=["fuzzy"]) == ["fuzzy"]
    assert complaints(msgid="until %(time)s", msgstr="till %(tid)s") == ["placeholders differ in 'till %(tid)s'"]
    assert complaints(msgid="until {time}", msgstr="till") == ["placeholders differ in 'till'"]
    assert complaints(msgid="Hello,\n", msgstr="Hej,") == ["line breaks at the edges differ in 'Hej,'"]
    assert complaints(msgid="until %(time)s", msgstr="till %(time)s") == []


def test_both_plural_forms_are_wanted_and_the_first_may_do_without_its_number():
    words = {"msgid": "%(n)d room", "msgid_plural": "%(n)d rooms"}
    assert complaints(**words, msgstr_plural={0: "ett rum", 1: "%(n)d rum"}) == []
    assert complaints(**words, msgstr_plural={0: "ett rum", 1: ""}) == ["untranslated"]
    assert complaints(**words, msgstr_plural={0: "%(n)d rum"}) == ["untranslated"]
    assert complaints(**words, msgstr_plural={0: "ett rum", 1: "rum"}) == ["placeholders differ in 'rum'"]


def test_a_changed_catalogue_is_compiled_whole(tmp_path, monkeypatch):
    source = tmp_path / "locale" / "sv" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    file = polib.POFile()
    file.append(polib.POEntry(msgid="Open", msgstr="Öppet"))
    file.save(str(source))
    monkeypatch.setattr(translations, "catalogues", lambda: [source, tmp_path / "missing.po"])
    translations.compile_stale()
    assert polib.mofile(str(source.with_suffix(".mo")))[0].msgstr == "Öppet"
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]


@pytest.mark.parametrize(("language", "words"), [("fi", "(tyhjennä napsauttamalla)"), ("sv", "(klicka för att rensa)")])
def test_the_javascript_of_the_admin_speaks_one_language(as_city_administrator, language, words):
    as_city_administrator.cookies["django_language"] = language
    catalogue = json.loads(as_city_administrator.get("/admin/jsi18n/").text.split("newcatalog = ")[1].split(";\n")[0])
    assert catalogue["(click to clear)"] == words
