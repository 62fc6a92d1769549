from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RoomKind(models.TextChoices):
    HALL = "hall", _("hall")
    MEETING = "meeting", _("meeting room")
    TEACHING = "teaching", _("teaching space")
    WORK = "work", _("work space")
    GROUP = "group", _("group room")
    STUDIO = "studio", _("music studio")
    MAKERSPACE = "makerspace", _("makerspace")
    STAGE = "stage", _("stage")
    EXHIBITION = "exhibition", _("exhibition space")


class BookingChannel(models.TextChoices):
    ONLINE = "online", _("booked on this site")
    STAFF = "staff", _("booked through the staff")


class WhoMayBook(models.TextChoices):
    EVERYONE = "everyone", _("everyone")
    RESIDENTS = "residents", _("residents of the municipality")
    ASSOCIATIONS = "associations", _("associations")


class BookerKind(models.TextChoices):
    PRIVATE = "private", _("Private person")
    ASSOCIATION = "association", _("Association or group")
    CITY = "city", _("The city’s own activity")


class PriceGroup(models.TextChoices):
    NORMAL = "normal", pgettext_lazy("price group", "normal price")
    REDUCED = "reduced", pgettext_lazy("price group", "reduced price")
    FREE = "free", pgettext_lazy("price group", "free of charge")


class BookingState(models.TextChoices):
    HELD = "held", pgettext_lazy("booking state", "held while booking")
    REQUESTED = "requested", pgettext_lazy("booking state", "waiting for approval")
    CONFIRMED = "confirmed", pgettext_lazy("booking state", "confirmed")
    USED = "used", pgettext_lazy("booking state", "used")
    RELEASED = "released", pgettext_lazy("booking state", "released, nobody came")
    CANCELLED = "cancelled", pgettext_lazy("booking state", "cancelled")
    DECLINED = "declined", pgettext_lazy("booking state", "not approved")
    EXPIRED = "expired", pgettext_lazy("booking state", "expired")


# Named once, used everywhere. A live booking holds the room until `expires_at`, where it has one:
# HELD and REQUESTED always, CONFIRMED where the room asks for check-in and nobody has checked in.
LIVE_STATES = (BookingState.HELD, BookingState.REQUESTED, BookingState.CONFIRMED)
PERISHABLE_STATES = (BookingState.HELD, BookingState.REQUESTED)
LAPSES_INTO = {
    BookingState.HELD: BookingState.EXPIRED,
    BookingState.REQUESTED: BookingState.EXPIRED,
    BookingState.CONFIRMED: BookingState.RELEASED,
}
ENDED_STATES = (BookingState.RELEASED, BookingState.CANCELLED, BookingState.DECLINED, BookingState.EXPIRED)


class EventKind(models.TextChoices):
    HELD = "held", pgettext_lazy("booking event", "time held")
    OFFERED = "offered", pgettext_lazy("booking event", "offered to somebody who watches")
    REQUESTED = "requested", pgettext_lazy("booking event", "requested")
    CONFIRMED = "confirmed", pgettext_lazy("booking event", "confirmed")
    APPROVED = "approved", pgettext_lazy("booking event", "approved")
    DECLINED = "declined", pgettext_lazy("booking event", "declined")
    CHANGED = "changed", pgettext_lazy("booking event", "changed")
    GIVEN_BACK = "given_back", pgettext_lazy("booking event", "given back")
    SHORTENED = "shortened", pgettext_lazy("booking event", "part given back")
    CANCELLED = "cancelled", pgettext_lazy("booking event", "cancelled by staff")
    CHECKED_IN = "checked_in", pgettext_lazy("booking event", "checked in")
    RELEASED = "released", pgettext_lazy("booking event", "released")
    EXPIRED = "expired", pgettext_lazy("booking event", "expired")
    REMINDED = "reminded", pgettext_lazy("booking event", "reminded")
    USED = "used", pgettext_lazy("booking event", "used")
    TITLED = "titled", pgettext_lazy("booking event", "title shown on the hub’s page")
    UNTITLED = "untitled", pgettext_lazy("booking event", "title taken away")


class MailTo(models.TextChoices):
    RESIDENT = "resident", pgettext_lazy("mail to", "the resident")
    EDITOR = "editor", pgettext_lazy("mail to", "an editor of the hub")
    HUB = "hub", pgettext_lazy("mail to", "the hub’s own address")
