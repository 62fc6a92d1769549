"""Facts of accessibility: yes, no, a number, or not known; never a “no” that nobody has said."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from hubs.accessibility import OF_HUBS, OF_ROOMS, Fact, accessibility_facts, validate_hub_answers
from hubs.forms import AnswersField
from hubs.models import Hub
from rooms.models import Room


def fact(place: Hub | Room, key: str) -> Fact:
    with translation.override("en"):
        return next(each for each in accessibility_facts(place) if each.key == key)


def test_about_twenty_facts_are_asked_of_a_house() -> None:
    assert 18 <= len(OF_HUBS) <= 24
    assert len({question.key for question in OF_HUBS}) == len(OF_HUBS)
    assert len({question.key for question in OF_ROOMS}) == len(OF_ROOMS)


@pytest.mark.parametrize(
    ("answers", "words", "is_there"),
    [
        ({"lift": True}, "There is a lift.", True),
        ({"lift": False}, "There is no lift.", False),
        ({}, "", False),
    ],
    ids=["yes", "no", "not known"],
)
def test_an_answer_is_told_as_a_sentence(answers: dict[str, Any], words: str, is_there: bool) -> None:
    found = fact(Hub(accessibility=answers), "lift")

    assert (found.words, found.is_known, found.is_there) == (words, bool(answers), is_there)


def test_a_number_is_told_with_its_unit() -> None:
    words = "The narrowest door on the way to the services is 90 centimetres wide."

    assert fact(Hub(accessibility={"door_width": 90}), "door_width").words == words


def test_a_room_tells_what_its_own_column_says_first() -> None:
    room = Room(is_wheelchair_accessible=False, accessibility={"hearing_loop": True})

    assert [each.key for each in accessibility_facts(room) if each.is_known] == ["wheelchair", "hearing_loop"]
    assert fact(room, "wheelchair").words == "You do not get to the room with a wheelchair."


@pytest.mark.parametrize(
    "answers",
    [
        [],
        None,
        {"ramp": True},
        {"lift": "yes"},
        {"lift": 1},
        {"door_width": True},
        {"door_width": 0},
        {"door_width": -1},
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_refused(answers: Any) -> None:
    with pytest.raises(ValidationError):
        validate_hub_answers(answers)


def test_the_form_gives_back_what_it_shows() -> None:
    field = AnswersField(OF_HUBS)
    answers = {"step_free_entrance": False, "door_width": 85, "lift": True}

    shown = field.widget.decompress(answers)

    assert field.clean(shown) == answers
    assert not field.has_changed(answers, shown)


def test_what_is_left_open_is_not_kept() -> None:
    field = AnswersField(OF_HUBS)

    assert field.clean([""] * len(OF_HUBS)) == {}
    assert field.clean([]) == {}
    assert not field.has_changed({}, [""] * len(OF_HUBS))
