"""The staff make a survey, see what is answered, and tell what is done about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from hubs.models import Hub
from surveys.enums import Kind
from surveys.models import Question, Survey, WrittenAnswer
from tests.conftest import signed_in
from tests.surveys.conftest import AT, answered, ask, make_survey, option

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LIST, ADD = "/admin/surveys/survey/", "/admin/surveys/survey/add/"


def change(survey: Survey) -> str:
    return reverse("admin:surveys_survey_change", args=[survey.pk])


def results_page(survey: Survey) -> str:
    return reverse("admin:surveys_survey_results", args=[survey.pk])


def filled_in(hub: Hub, *questions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return what a browser sends for a survey with these questions; those with an `id` are there already."""
    data = {
        "hub": hub.pk, "slug": "house", "title_sv": "Huset", "title_fi": "Talo", "title_en": "The house",
        "opens_at_0": "2026-11-24", "opens_at_1": "08:00:00", "closes_at_0": "2026-12-24", "closes_at_1": "00:00:00",
        "findings-TOTAL_FORMS": 0, "findings-INITIAL_FORMS": 0, "questions-TOTAL_FORMS": len(questions),
        "questions-INITIAL_FORMS": sum("id" in question for question in questions), **fields,
    }  # fmt: skip
    for number, question in enumerate(questions):
        given = {"kind": "choice", "order": number, "text_sv": "Hur ofta?", **question}
        data |= {f"questions-{number}-{name}": value for name, value in given.items()}
    return data


def errors_of(response: Any) -> list[dict[str, list[str]]]:
    formset = response.context["inline_admin_formsets"][0].formset
    return [dict(errors) for errors in formset.errors]


def test_an_editor_makes_a_survey_with_options_line_by_line(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    lines = {"options_sv": "Ofta\r\n\r\n  Sällan ", "options_fi": "Usein\r\nHarvoin"}
    data = filled_in(kalajarvi, lines, {"kind": "scale", "text_sv": "Hur lätt?"}, {"kind": "text", "text_sv": "Vad?"})

    response = as_kalajarvi_editor.post(ADD, data)

    assert response.status_code == 302, errors_of(response)
    choice, scale, text = Question.objects.all()
    assert list(choice.options.values_list("text_sv", "text_fi")) == [("Ofta", "Usein"), ("Sällan", "Harvoin")]
    assert (scale.options.count(), text.options.count()) == (5, 0)
    assert not Survey.objects.get().is_published


def folded(page: Any) -> dict[str, bool]:
    """Tell of each inline, and of what comes after the survey, whether it is folded."""
    parts = {each.formset.prefix: "collapse" in each.classes for each in page.context["inline_admin_formsets"]}
    return {**parts, "after": "collapse" in list(page.context["adminform"])[2].classes}


def test_the_form_shows_what_there_is_to_do_and_folds_the_rest(
    as_kalajarvi_editor: Client, survey: Survey, how_often: Question
) -> None:
    assert folded(as_kalajarvi_editor.get(ADD)) == {"questions": False, "findings": True, "after": True}
    answered(survey, {how_often.pk: [option(how_often, 1)]})
    assert folded(as_kalajarvi_editor.get(change(survey))) == {"questions": True, "findings": True, "after": True}
    Survey.objects.update(closes_at=AT)
    assert folded(as_kalajarvi_editor.get(change(survey))) == {"questions": True, "findings": False, "after": False}


@pytest.mark.parametrize(
    ("question", "field", "words"),
    [
        ({"options_sv": "Ja"}, "options_sv", "at least two"),
        ({"options_sv": "Ja\nJa"}, "options_sv", "are the same"),
        ({"options_sv": "a" * 121 + "\nb"}, "options_sv", "120 characters"),
        ({"options_sv": "Ja\nNej", "options_fi": "Kyllä"}, "options_fi", "as many lines"),
        ({"kind": "scale", "options_sv": "Ja\nNej"}, "options_sv", "Leave it empty"),
    ],
    ids=["one", "twice", "long", "other number", "of a scale"],
)
def test_options_that_cannot_be_are_refused(
    as_kalajarvi_editor: Client, kalajarvi: Hub, question: dict[str, str], field: str, words: str
) -> None:
    User.objects.update(language="en")

    response = as_kalajarvi_editor.post(ADD, filled_in(kalajarvi, question))

    (errors,) = errors_of(response)
    assert errors.keys() == {field}
    assert words in errors[field][0]
    assert not Survey.objects.exists()


def test_a_survey_that_ends_before_it_begins_is_refused_in_words(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    response = as_kalajarvi_editor.post(ADD, filled_in(kalajarvi, closes_at_0="2026-11-20"))
    assert response.context["adminform"].form.errors
    assert not Survey.objects.exists()


def test_a_survey_whose_results_are_out_is_not_opened_again(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    ended = {"opens_at": AT - timedelta(days=9), "closes_at": AT - timedelta(days=2)}
    survey = make_survey(kalajarvi, **ended, results_published_at=AT - timedelta(days=1), what_we_do_sv="Ja.")

    response = as_kalajarvi_editor.post(change(survey), filled_in(kalajarvi))

    assert response.context["adminform"].form.errors.keys() == {"closes_at"}


def test_wording_can_be_corrected_once_somebody_has_answered(
    as_kalajarvi_editor: Client, survey: Survey, how_often: Question
) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]})
    kept = {"id": how_often.pk, "survey": survey.pk, "text_sv": "Hur ofta?", "options_sv": "Ofta\nSällan"}

    response = as_kalajarvi_editor.post(change(survey), filled_in(survey.hub, kept))

    assert response.status_code == 302, errors_of(response)
    assert list(how_often.options.values_list("text_sv", flat=True)) == ["Ofta", "Sällan"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"options_sv": "Ofta\nSällan\nAldrig"}, "options_sv"),
        ({"options_sv": "Seldom\nOften"}, "options_sv"),
        ({"kind": "several"}, "kind"),
    ],
    ids=["another option", "changed places", "another kind"],
)
def test_the_meaning_of_a_question_stays_once_somebody_has_answered(
    as_kalajarvi_editor: Client, survey: Survey, how_often: Question, changes: dict[str, str], field: str
) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]})
    kept = {"id": how_often.pk, "survey": survey.pk, "options_sv": "Ofta\nSällan", **changes}

    response = as_kalajarvi_editor.post(change(survey), filled_in(survey.hub, kept))

    assert [errors.keys() for errors in errors_of(response)] == [{field}]
    assert how_often.options.count() == 2


def test_questions_are_not_added_or_removed_once_somebody_has_answered(
    as_kalajarvi_editor: Client, survey: Survey, how_often: Question
) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)]})
    kept = {"id": how_often.pk, "survey": survey.pk, "options_sv": "Ofta\nSällan", "DELETE": "on"}

    as_kalajarvi_editor.post(change(survey), filled_in(survey.hub, kept, {"kind": "text"}))

    assert list(survey.questions.all()) == [how_often]


def test_editors_reach_the_surveys_of_their_hub_only(
    as_kalajarvi_editor: Client, survey: Survey, iso_omena: Hub
) -> None:
    foreign = make_survey(iso_omena)

    assert list(as_kalajarvi_editor.get(LIST).context["cl"].result_list) == [survey]
    addresses = [change(foreign), results_page(foreign)]
    addresses += [reverse(f"admin:surveys_survey_{name}", args=[foreign.pk]) for name in ("counts", "written")]
    assert {as_kalajarvi_editor.get(address).status_code for address in addresses} == {404}
    assert as_kalajarvi_editor.post(ADD, filled_in(iso_omena)).status_code == 200
    assert Survey.objects.count() == 2


def test_somebody_who_edits_no_hub_reaches_none(survey: Survey, resident: User) -> None:
    resident.is_staff = True
    resident.save()
    assert signed_in(resident).get(results_page(survey)).status_code in (403, 404)


def test_an_editor_deletes_only_what_nobody_has_answered(
    as_kalajarvi_editor: Client, as_city_administrator: Client, survey: Survey, how_often: Question
) -> None:
    address = reverse("admin:surveys_survey_delete", args=[survey.pk])
    answered(survey, {how_often.pk: [option(how_often, 1)]})

    assert as_kalajarvi_editor.post(address, {"post": "yes"}).status_code == 403
    assert as_city_administrator.post(address, {"post": "yes"}).status_code == 302
    assert not Survey.objects.exists()


# --- Results -----------------------------------------------------------------------------------------


def test_results_are_published_when_the_city_has_something_to_say(
    as_kalajarvi_editor: Client, survey: Survey, clock: Any
) -> None:
    as_kalajarvi_editor.post(results_page(survey), {"action": "publish"})
    survey.refresh_from_db()
    assert survey.results_published_at is None, "it is still open"

    clock.move_to(AT + timedelta(days=11))
    as_kalajarvi_editor.post(results_page(survey), {"action": "publish"})
    survey.refresh_from_db()
    assert survey.results_published_at is None, "nothing is said"

    Survey.objects.update(what_we_do_sv="Vi köper ett piano.")
    as_kalajarvi_editor.post(results_page(survey), {"action": "publish"})
    survey.refresh_from_db()
    assert survey.results_published_at == AT + timedelta(days=11)

    as_kalajarvi_editor.post(results_page(survey), {"action": "withdraw"})
    survey.refresh_from_db()
    assert survey.results_published_at is None


def test_what_people_have_written_is_read_hidden_and_deleted(
    as_kalajarvi_editor: Client, survey: Survey, missing: Question
) -> None:
    answered(survey, {missing.pk: "Call me <b>now</b>"})
    written = WrittenAnswer.objects.get()
    assert "Call me &lt;b&gt;now" in as_kalajarvi_editor.get(results_page(survey)).content.decode()

    as_kalajarvi_editor.post(results_page(survey), {"action": "hide", "written": written.pk})
    assert as_kalajarvi_editor.get(results_page(survey)).context["hidden"] == [written]

    as_kalajarvi_editor.post(results_page(survey), {"action": "delete", "written": written.pk})
    assert not WrittenAnswer.objects.exists()


@pytest.mark.parametrize("forged", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_forged_choice_changes_nothing(
    as_kalajarvi_editor: Client, survey: Survey, missing: Question, forged: str
) -> None:
    answered(survey, {missing.pk: "A piano"})

    assert as_kalajarvi_editor.post(results_page(survey), {"action": "delete", "written": forged}).status_code == 302
    assert WrittenAnswer.objects.count() == 1


def test_the_written_answers_of_another_survey_are_out_of_reach(
    as_kalajarvi_editor: Client, survey: Survey, iso_omena: Hub
) -> None:
    foreign = make_survey(iso_omena)
    answered(foreign, {ask(foreign, Kind.TEXT).pk: "A piano"})

    as_kalajarvi_editor.post(results_page(survey), {"action": "delete", "written": WrittenAnswer.objects.get().pk})

    assert WrittenAnswer.objects.exists()


def test_the_files_open_in_a_spreadsheet_and_carry_nothing_out(
    as_kalajarvi_editor: Client, survey: Survey, how_often: Question, missing: Question
) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)], missing.pk: "=1+1; ja"})
    answered(survey, {missing.pk: "hidden"})
    WrittenAnswer.objects.filter(text="hidden").update(is_hidden=True)

    counts, written = (
        as_kalajarvi_editor.get(reverse(f"admin:surveys_survey_{name}", args=[survey.pk])).content.decode()
        for name in ("counts", "written")
    )

    assert counts.startswith("\ufeff")
    assert counts.splitlines()[1:] == ["Fråga choice?;Often;1;100;1", "Fråga choice?;Seldom;0;0;1"]
    assert written.splitlines()[1:] == ['Fråga text?;2026-11-24;"\'=1+1; ja"']


def test_the_front_page_tells_which_surveys_wait_for_an_answer(
    as_kalajarvi_editor: Client, survey: Survey, clock: Any
) -> None:
    assert as_kalajarvi_editor.get("/admin/").context["to_do"] == []

    clock.move_to(AT + timedelta(days=11))

    ((address, _words),) = as_kalajarvi_editor.get("/admin/").context["to_do"]
    assert list(as_kalajarvi_editor.get(address).context["cl"].result_list) == [survey]


def test_pages_hold_no_inline_script_or_style(
    as_kalajarvi_editor: Client, survey: Survey, how_often: Question, missing: Question
) -> None:
    answered(survey, {how_often.pk: [option(how_often, 1)], missing.pk: "A piano"})
    for address in (LIST, ADD, change(survey), results_page(survey)):
        html = as_kalajarvi_editor.get(address).content.decode()
        assert not any(each in html for each in ("style=", "<style", "<script>", "onclick=")), address
