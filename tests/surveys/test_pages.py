from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from hubs.models import Hub
from surveys.device import SIGNER
from surveys.enums import Kind
from surveys.models import Choice, Finding, Question, Response, Survey, WrittenAnswer
from surveys.results import results
from tests import cast
from tests.pages.client import Fetch
from tests.surveys.conftest import AT, answered, ask, make_survey, option

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
FORM = "/en/hubs/kalajarvi/surveys/house/"
RESULTS = f"{FORM}results/"


def tell(survey: Survey, **fields: Any) -> Survey:
    """End the survey and publish its results."""
    Survey.objects.filter(pk=survey.pk).update(
        closes_at=AT - timedelta(hours=2),
        results_published_at=AT - timedelta(hours=1),
        what_we_do_en="We buy a piano.",
        **fields,
    )
    return Survey.objects.get(pk=survey.pk)


# --- Answering ---------------------------------------------------------------------------------------


def test_the_form_shows_each_kind_of_question(
    page: Fetch, how_often: Question, what_for: Question, how_easy: Question, missing: Question
) -> None:
    shown = page(FORM)

    assert shown.h1 == "The house"
    assert shown.texts("legend") == ["Question choice?", "Question several?", "Question scale?"]
    assert [len(shown.all("input", name=f"q{each.pk}")) for each in (how_often, what_for, how_easy)] == [2, 3, 5]
    assert "1 hard" in shown.main
    assert "5 easy" in shown.main
    assert len(shown.all("textarea", name=f"q{missing.pk}")) == 1
    assert "4 questions. Answer by Friday 4 December at 12:00." in shown.main


def test_an_answer_is_counted_and_thanked_for(
    client: Client, page: Fetch, how_often: Question, missing: Question
) -> None:
    response = client.post(FORM, {f"q{how_often.pk}": option(how_often, 2), f"q{missing.pk}": "A piano"})

    assert response.status_code == 302
    assert page(response.url).h1 == "Thank you for answering"
    assert Choice.objects.get().option.text_en == "Seldom"
    assert WrittenAnswer.objects.get().text == "A piano"
    assert Response.objects.get().language == "en"


def test_one_device_answers_once(client: Client, page: Fetch, how_often: Question) -> None:
    for number in (1, 2):
        assert client.post(FORM, {f"q{how_often.pk}": option(how_often, number)}).status_code == 302

    assert Response.objects.count() == 1
    assert page(FORM).h1 == "Thank you for answering"
    assert b"<textarea" not in client.get("/fi/hubs/kalajarvi/surveys/house/").content


def test_the_cookie_is_the_same_on_every_device_and_ends_with_the_survey(how_often: Question, survey: Survey) -> None:
    cookies = []
    for browser in (Client(), Client()):
        answer = browser.post(FORM, {f"q{how_often.pk}": option(how_often, 1)})
        cookies.append(answer.cookies[f"survey-{survey.pk}"])

    assert cookies[0].value == cookies[1].value
    assert cookies[0]["max-age"] == timedelta(days=10).total_seconds()
    assert (cookies[0]["httponly"], cookies[0]["samesite"]) == (True, "Lax")
    assert "sessionid" not in browser.cookies


def test_a_cookie_that_somebody_has_made_up_says_nothing(
    client: Client, page: Fetch, survey: Survey, how_often: Question
) -> None:
    client.cookies[f"survey-{survey.pk}"] = f"survey-{survey.pk}"
    assert page(FORM).h1 == "The house"


def test_the_cookie_of_one_survey_says_nothing_of_another(
    client: Client, page: Fetch, survey: Survey, how_often: Question
) -> None:
    client.cookies[f"survey-{survey.pk}"] = SIGNER.sign(f"survey-{survey.pk + 1}")
    assert page(FORM).h1 == "The house"


def test_without_cookies_the_same_form_still_counts_once(page: Fetch, how_often: Question) -> None:
    key = page(FORM).all("input", name="key")[0].attributes["value"]
    for _ in range(2):
        Client().post(FORM, {"key": key, f"q{how_often.pk}": option(how_often, 1)})
    assert Response.objects.count() == 1


def test_a_shared_address_of_the_thanks_leads_to_the_questions(page: Fetch, how_often: Question) -> None:
    assert page(f"{FORM}?answered=").links["To the questions"] == FORM


def test_what_was_filled_in_survives_an_error(
    page: Fetch, survey: Survey, how_often: Question, missing: Question
) -> None:
    must = ask(survey, Kind.CHOICE, "Yes", "No", is_required=True)
    key = "the-key-of-the-form"

    shown = page(FORM, data={"key": key, f"q{how_often.pk}": option(how_often, 2), f"q{missing.pk}": "A piano"})

    assert shown.title.startswith("Error:")
    assert shown.links["Answer the question “Question choice?”"] == f"#id_q{must.pk}_0"
    (ticked,) = [each for each in shown.all("input", name=f"q{how_often.pk}") if "checked" in each.attributes]
    assert ticked.attributes["value"] == str(option(how_often, 2))
    assert shown.all("textarea")[0].text == "A piano"
    assert shown.all("input", name="key")[0].attributes["value"] == key
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Answer at least one question."),
        ({"homepage": "https://casino.example", "text": "x"}, "Please send it again."),
        ({"text": "a" * 1001}, "at most 1000 characters"),
        ({"text": "a\x00b"}, "Null characters are not allowed."),
        ({"choice": "0"}, "0 is not one of the available choices"),
    ],
    ids=["nothing", "program", "long", "null", "unknown-option"],
)
def test_bad_input_says_what_to_do(
    page: Fetch, how_often: Question, missing: Question, data: dict[str, str], words: str
) -> None:
    names = {"text": f"q{missing.pk}", "choice": f"q{how_often.pk}"}

    shown = page(FORM, data={names.get(name, name): value for name, value in data.items()})

    assert words in shown.main
    assert not Response.objects.exists()


def test_nobody_answers_without_end(page: Fetch, how_often: Question) -> None:
    for _ in range(60):
        assert Client().post(FORM, {f"q{how_often.pk}": option(how_often, 1)}).status_code == 302

    page(FORM, status=429, data={f"q{how_often.pk}": option(how_often, 1)})
    assert Response.objects.count() == 60


def test_a_form_without_its_token_is_refused(how_often: Question) -> None:
    assert Client(enforce_csrf_checks=True).post(FORM, {}).status_code == 403


def test_a_text_that_is_only_there_in_another_language_says_so(page: Fetch, kalajarvi: Hub) -> None:
    survey = make_survey(kalajarvi, "swedish", title_fi="", title_en="", introduction_sv="Svara!")
    ask(survey, Kind.CHOICE, "Ja", "Nej", text_en="", text_fi="")

    shown = page("/en/hubs/kalajarvi/surveys/swedish/")

    assert "This text is only available in Swedish." in shown.main
    assert [each.text for each in shown.all("span", lang="sv")].count("Fråga choice?") == 1


def test_nobody_is_thanked_for_answering_what_is_over(page: Fetch, clock: Any, how_often: Question) -> None:
    clock.move_to(AT + timedelta(days=10))
    assert "It can no longer be answered." in page(f"{FORM}?answered=").main


# --- Before, after, and for the staff only -----------------------------------------------------------


def test_before_it_begins_it_says_when(page: Fetch, kalajarvi: Hub) -> None:
    make_survey(kalajarvi, opens_at=AT + timedelta(days=2))

    shown = page(FORM)

    assert "It can be answered from Thursday 26 November." in shown.main
    assert page(FORM, status=410, data={}).h1 == "The house"


def test_an_answer_that_comes_too_late_is_told_so(page: Fetch, clock: Any, how_often: Question) -> None:
    clock.move_to(AT + timedelta(days=10))

    shown = page(FORM, status=410, data={f"q{how_often.pk}": option(how_often, 1)})

    assert "they have not been counted" in shown.main
    assert not Response.objects.exists()
    assert "It can no longer be answered." in page(FORM).main


@pytest.mark.parametrize("changes", [{"is_published": False}, {"hub__is_published": False}], ids=["survey", "hub"])
def test_what_is_not_published_is_not_there(
    page: Fetch, as_resident: Client, survey: Survey, changes: dict[str, bool]
) -> None:
    if "is_published" in changes:
        Survey.objects.update(is_published=False)
    else:
        Hub.objects.update(is_published=False)
    for path in (FORM, f"{FORM}?preview=", RESULTS):
        page(path, status=404)
        page(path, status=404, as_=as_resident)


def test_the_staff_of_the_hub_try_the_form_before_it_is_published(
    page: Fetch, as_kalajarvi_editor: Client, survey: Survey, how_often: Question
) -> None:
    Survey.objects.update(is_published=False)

    assert "So residents will see it." in page(FORM, as_=as_kalajarvi_editor).main
    tried = page(FORM, as_=as_kalajarvi_editor, data={f"q{how_often.pk}": option(how_often, 1)})

    assert "The form works" in tried.main
    assert not Response.objects.exists()


def test_the_staff_of_another_hub_do_not(page: Fetch, as_kalajarvi_editor: Client, iso_omena: Hub) -> None:
    make_survey(iso_omena, is_published=False)
    page("/en/hubs/iso-omena/surveys/house/", status=404, as_=as_kalajarvi_editor)


@pytest.mark.parametrize("path", ["hubs/nowhere/surveys/house/", "hubs/kalajarvi/surveys/nothing/"])
def test_what_does_not_exist_is_a_helpful_404(page: Fetch, survey: Survey, path: str) -> None:
    page(f"/en/{path}", status=404)


# --- Results -----------------------------------------------------------------------------------------


def test_a_survey_may_be_called_as_a_page_of_a_listing_is(page: Fetch, how_often: Question) -> None:
    Survey.objects.update(slug="sign")

    assert page("/en/hubs/kalajarvi/surveys/sign/").h1 == "The house"


def test_results_before_they_are_out_lead_to_when_they_come(client: Client, page: Fetch, survey: Survey) -> None:
    assert client.get(RESULTS).url == FORM


def test_a_survey_that_is_over_leads_to_its_results(client: Client, page: Fetch, survey: Survey) -> None:
    tell(survey)
    assert client.get(FORM).url == RESULTS


def test_results_that_nobody_has_given_are_no_zeros(page: Fetch, survey: Survey, how_often: Question) -> None:
    tell(survey)

    shown = page(RESULTS).main

    assert "There are no answers." in shown
    assert "0 " not in shown
    assert "Too few" not in shown


def test_results_are_counts_and_shares_with_what_is_done(
    page: Fetch, survey: Survey, how_often: Question, what_for: Question, missing: Question
) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)], what_for.pk: [option(what_for, 1), option(what_for, 2)]}, 4)
    answered(
        survey, {how_often.pk: [option(how_often, 2)], what_for.pk: [option(what_for, 1)], missing.pk: "Secret"}, 3
    )
    tell(survey)

    shown = page(RESULTS)

    assert "7 people answered. The survey was open from 23 November 2026 to 24 November 2026." in shown.main
    assert "We buy a piano." in shown.main
    assert [row.text for row in shown.all("tr")] == [
        "Answer Share Number", "Often 57% 4", "Seldom 43% 3",
        "Answer Share Number", "Library 100% 7", "Health 57% 4", "Rooms 0% 0",
    ]  # fmt: skip
    assert [bar.attributes["width"] for bar in shown.all("rect", class_="share")][:2] == ["57.14", "42.86"]
    assert "Secret" not in shown.html


def test_too_few_answers_are_not_shown_one_by_one(page: Fetch, survey: Survey, how_often: Question) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]}, 4)
    tell(survey)

    shown = page(RESULTS)

    assert "4 answers. Too few answers to show them one by one." in shown.main
    assert shown.all("table") == []


def test_five_answers_are_shown(page: Fetch, survey: Survey, how_often: Question) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]}, 5)
    tell(survey)

    assert "Too few answers" not in page(RESULTS).main


def test_a_scale_has_a_mean_in_the_readers_custom(page: Fetch, survey: Survey, how_easy: Question) -> None:
    for value in (1, 2, 5, 5, 5, 4):
        answered(survey, {how_easy.pk: [option(how_easy, value)]})
    tell(survey)

    assert "On average 3.7 of 5." in page(RESULTS).main
    with translation.override("fi"):
        (result,) = results(Survey.objects.for_page().get())
        assert result.mean == "3,7"


def test_findings_of_a_survey_made_elsewhere_name_their_source(page: Fetch, survey: Survey) -> None:
    Finding.objects.create(survey=survey, share=57, text_en="have benefited")
    tell(survey, answered_elsewhere=125, source="https://www.example.org/results", is_example=True)

    shown = page(RESULTS)

    assert "125 people answered." in shown.main
    assert shown.texts("li")[-1:] != []
    assert "57% have benefited" in shown.main
    assert shown.links["www.example.org"] == "https://www.example.org/results"


def test_results_take_the_same_number_of_queries_for_one_question_and_for_four(
    kalajarvi: Hub, survey: Survey, how_often: Question
) -> None:
    long = make_survey(kalajarvi, "long")
    many = [ask(long, kind, *(["A", "B"] if kind in (Kind.CHOICE, Kind.SEVERAL) else [])) for kind in Kind]
    for each in (how_often, *many[:3]):
        answered(each.survey, {each.pk: [option(each, 1)]})

    numbers = []
    for slug in ("house", "long"):
        with CaptureQueriesContext(connection) as queries:
            results(Survey.objects.for_page().get(slug=slug))
        numbers.append(len(queries))

    assert numbers == [6, 6]


def test_published_results_are_in_the_sitemap(client: Client, kalajarvi: Hub, survey: Survey) -> None:
    tell(make_survey(kalajarvi, "old"))

    sitemap = client.get("/sitemap.xml").content.decode()

    assert "/fi/hubs/kalajarvi/surveys/old/results/" in sitemap
    assert "surveys/house/" not in sitemap


# --- On the hub's page -------------------------------------------------------------------------------


def test_the_hub_tells_what_can_be_answered_and_the_latest_result(
    page: Fetch, kalajarvi: Hub, survey: Survey, how_often: Question
) -> None:
    old = tell(make_survey(kalajarvi, "old", **cast.three_languages("title", "Förr", "Ennen", "Before")))
    Finding.objects.create(survey=old, share=57, text_en="have benefited")

    shown = page("/en/hubs/kalajarvi/")

    assert shown.links["The house"] == FORM
    assert "1 question. Answer by Friday 4 December at 12:00. You need no account." in shown.main
    assert shown.links["Before"] == "/en/hubs/kalajarvi/surveys/old/results/"
    assert "57% have benefited" in shown.main


def test_nobody_is_asked_what_they_think_where_nothing_can_be_answered(
    page: Fetch, survey: Survey, how_often: Question
) -> None:
    tell(survey)

    shown = page("/en/hubs/kalajarvi/")

    assert shown.links["The house"] == RESULTS
    assert "What came out" in shown.texts("h2")
    assert "Tell us what you think" not in shown.main


def test_a_hub_without_surveys_says_nothing_of_them(page: Fetch, kalajarvi: Hub, iso_omena: Hub) -> None:
    make_survey(iso_omena)
    make_survey(kalajarvi, is_published=False)
    make_survey(kalajarvi, "later", opens_at=AT + timedelta(days=1))
    assert "Tell us what you think" not in page("/en/hubs/kalajarvi/").main
