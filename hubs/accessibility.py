"""What a house or a room is like for somebody who sits, sees, hears or finds their way differently.

Each fact is asked as a plain question, and its answer told as a sentence. The staff answer yes, no or
a number; what nobody has answered is not known, which is never shown as “no”.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

MOST = 10_000  # of centimetres and metres alike: more is a slip

type Answer = bool | int
type Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that can be asked for: in two sentences where it is yes or no, in one where it is a number."""

    key: str
    label: str | Promise  # in the admin, in the search and where the answer is not known
    yes: Any  # a lazy text; for a number one with a plural
    no: str | Promise = ""
    unit: str | Promise = ""
    only_with: str = ""  # the question that must not be answered “no”

    @property
    def is_number(self) -> bool:
        return bool(self.unit)

    def accepts(self, answer: object) -> bool:
        if self.is_number:
            return isinstance(answer, int) and not isinstance(answer, bool) and 0 < answer <= MOST
        return isinstance(answer, bool)

    def sentence(self, answer: Answer | None) -> str:
        if answer is None:
            return ""
        if self.is_number:
            return str(self.yes % {"number": answer})
        return str(self.yes if answer else self.no)


@dataclass(frozen=True, slots=True)
class Fact:
    """A question with the answer of one place; `value` is None where nobody knows."""

    key: str
    label: str
    value: Answer | None
    words: str

    @property
    def is_known(self) -> bool:
        return self.value is not None

    @property
    def is_there(self) -> bool:
        """Say whether it is told as something that the place has: a number always is."""
        return self.value is not None and self.value is not False


class Place(Protocol):
    """A hub or a room."""

    @property
    def accessibility_questions(self) -> Sequence[Question]: ...

    @property
    def accessibility_answers(self) -> Answers: ...


def accessibility_facts(place: Place) -> list[Fact]:
    """Return every fact that is asked of such a place, in the order in which one comes upon them."""
    answers = place.accessibility_answers
    return [
        Fact(question.key, str(question.label), answer, question.sentence(answer))
        for question in place.accessibility_questions
        if answers.get(question.only_with) is not False
        for answer in [answers.get(question.key)]
    ]


def validate_answers(questions: Sequence[Question], answers: Any) -> None:
    known = {question.key: question for question in questions}
    if not isinstance(answers, dict) or not answers.keys() <= known.keys():
        raise ValidationError(_("Choose from the list of accessibility facts."))
    for key, answer in answers.items():
        if not known[key].accepts(answer):
            message = _("“%(fact)s” is answered by yes or no, or by a number where it is measured.")
            raise ValidationError(message, params={"fact": known[key].label})


OF_HUBS = (
    Question(
        "step_free_entrance",
        _("Step-free entrance"),
        _("You get in without steps."),
        _("There are steps at the entrance."),
    ),
    Question(
        "step_free_way",
        _("Step-free way from the stop"),
        _("The way from the nearest stop to the door is without steps."),
        _("There are steps on the way from the nearest stop to the door."),
    ),
    Question(
        "metres_from_stop",
        _("Distance from the nearest stop"),
        ngettext_lazy(
            "The nearest stop is %(number)d metre from the door.",
            "The nearest stop is %(number)d metres from the door.",
            "number",
        ),
        unit=_("metres"),
    ),
    Question(
        "accessible_parking",
        _("Accessible parking space"),
        _("There is an accessible parking space near the door."),
        _("There is no accessible parking space near the door."),
    ),
    Question(
        "automatic_doors",
        _("Automatic doors"),
        _("The entrance doors open by themselves or by a button."),
        _("You open the entrance doors by hand."),
    ),
    Question(
        "door_width",
        _("Width of the narrowest door"),
        ngettext_lazy(
            "The narrowest door on the way to the services is %(number)d centimetre wide.",
            "The narrowest door on the way to the services is %(number)d centimetres wide.",
            "number",
        ),
        unit=_("centimetres"),
    ),
    Question(
        "one_floor",
        _("Everything on one floor"),
        _("All services are on one floor."),
        _("The services are on several floors."),
    ),
    Question("lift", _("Lift"), _("There is a lift."), _("There is no lift.")),
    Question(
        "roomy_lift",
        _("Lift for a wheelchair and a companion"),
        _("The lift holds a wheelchair and a companion."),
        _("The lift is too small for a wheelchair and a companion."),
        only_with="lift",
    ),
    Question(
        "accessible_toilet",
        _("Accessible toilet"),
        _("There is an accessible toilet."),
        _("There is no accessible toilet."),
    ),
    Question(
        "changing_table",
        _("Place to change nappies"),
        _("There is a place to change nappies."),
        _("There is no place to change nappies."),
    ),
    Question(
        "breastfeeding",
        _("Place to breastfeed in peace"),
        _("There is a place to breastfeed in peace."),
        _("There is no separate place to breastfeed."),
    ),
    Question(
        "hearing_loop",
        _("Induction loop"),
        _("There is an induction loop at the information desk."),
        _("There is no induction loop at the information desk."),
    ),
    Question(
        "tactile_guidance",
        _("Tactile guidance"),
        _("A tactile path leads from the door to the information desk."),
        _("There is no tactile path inside."),
    ),
    Question(
        "contrast",
        _("Marked steps and glass doors"),
        _("Steps and glass doors are marked with contrasting colours."),
        _("Steps and glass doors are not marked with contrasting colours."),
    ),
    Question(
        "clear_signs",
        _("Large signs with symbols"),
        _("The signs are large and have symbols."),
        _("The signs are small or have no symbols."),
    ),
    Question(
        "even_light",
        _("Even light"),
        _("The light is even and does not dazzle."),
        _("The light is uneven or dazzles in places."),
    ),
    Question(
        "quiet_place",
        _("Quiet place to wait"),
        _("There is a quiet place to wait."),
        _("There is no quiet place to wait."),
    ),
    Question(
        "seats",
        _("Seats with armrests"),
        _("There are seats with armrests to rest on."),
        _("There are no seats with armrests."),
    ),
    Question(
        "wheelchair_to_borrow",
        _("Wheelchair to borrow"),
        _("You can borrow a wheelchair."),
        _("There is no wheelchair to borrow."),
    ),
    Question(
        "staff_help",
        _("Help from the staff"),
        _("Somebody from the staff helps you find the way, if you ask."),
        _("There is nobody to help you find the way."),
    ),
    Question(
        "assistance_dogs",
        _("Guide and assistance dogs"),
        _("Guide and assistance dogs are welcome."),
        _("Guide and assistance dogs cannot come in."),
    ),
)

# The first is answered by the room's own column, which the rules of moving a booking read as well.
WHEELCHAIR = Question(
    "wheelchair",
    _("Accessible with a wheelchair"),
    _("You get to the room and move in it with a wheelchair."),
    _("You do not get to the room with a wheelchair."),
)
OF_ROOMS = (
    Question(
        "door_width",
        _("Width of the narrowest door"),
        ngettext_lazy(
            "The narrowest door on the way to the room is %(number)d centimetre wide.",
            "The narrowest door on the way to the room is %(number)d centimetres wide.",
            "number",
        ),
        unit=_("centimetres"),
    ),
    Question(
        "accessible_toilet",
        _("Accessible toilet on the same floor"),
        _("There is an accessible toilet on the same floor."),
        _("There is no accessible toilet on the same floor."),
    ),
    Question(
        "hearing_loop",
        _("Induction loop"),
        _("There is an induction loop in the room."),
        _("There is no induction loop in the room."),
    ),
    Question(
        "microphone",
        _("Microphone"),
        _("There is a microphone, so that everybody hears who speaks."),
        _("There is no microphone."),
    ),
    Question(
        "movable_furniture",
        _("Furniture that can be moved"),
        _("Tables and chairs can be moved to make room."),
        _("Tables and chairs are fixed."),
    ),
    Question(
        "adjustable_table",
        _("Height-adjustable table"),
        _("There is a table whose height can be adjusted."),
        _("There is no table whose height can be adjusted."),
    ),
    Question(
        "seats", _("Seats with armrests"), _("There are seats with armrests."), _("There are no seats with armrests.")
    ),
    Question(
        "even_light",
        _("Even light"),
        _("The light is even and does not dazzle."),
        _("The light is uneven or dazzles in places."),
    ),
    Question(
        "quiet",
        _("Quiet room"),
        _("The room is quiet and does not echo."),
        _("The room echoes, or sounds from outside are heard."),
    ),
)


def validate_hub_answers(answers: Any) -> None:
    validate_answers(OF_HUBS, answers)


def validate_room_answers(answers: Any) -> None:
    validate_answers(OF_ROOMS, answers)
