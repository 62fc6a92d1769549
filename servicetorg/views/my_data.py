"""What is stored about the one who is signed in: to read, to take along, to delete.

Here and not in accounts, which knows nothing of rooms.
"""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import DeleteAccountForm
from accounts.models import User
from rooms.booking import Refused
from rooms.enums import BookingState, EventKind
from rooms.models import Booking, Watch
from rooms.privacy import bookings_of, delete_account, stored_about, stored_watches, watches_of
from rooms.waiting import OfferEntry, WatchEntry
from rooms.wording import event_words, moment_words, money, state_tag, when_words
from servicetorg.reports.privacy import forget_reporter, reports_of, stored_reports

SHOWN = (
    "name",
    "email",
    "phone",
    "people",
    "booker_kind",
    "organisation",
    "purpose",
    "message",
    "staff_note",
    "reason",
)


class ResidentRequest(HttpRequest):
    """What login_required lets through."""

    user: User


@never_cache
@login_required
@require_safe
def my_data(request: ResidentRequest) -> HttpResponse:
    at = timezone.now()
    context = {
        "account": account_facts(request.user),
        "bookings": [booking_facts(booking, at) for booking in bookings_of(request.user)],
        "watches": [watch_facts(watch, at) for watch in watches_of(request.user)],
        "reports": [(report, capfirst(moment_words(report.made_at))) for report in reports_of(request.user)],
        "days": settings.RETENTION_DAYS,
        "can_delete": is_residents(request.user),
    }
    return render(request, "account/my_data.html", context)


@never_cache
@login_required
@require_safe
def my_data_file(request: ResidentRequest) -> HttpResponse:
    person = request.user
    stored = {
        "made_at": timezone.now(),
        "site": settings.SITE_NAME,
        "account": {
            "email": person.email,
            "name": person.name,
            "phone": person.phone,
            "language": person.language,
            "joined_at": person.joined_at,
            "last_signed_in_at": person.last_login,
            "is_staff": person.is_staff,
            "calendar_address_renewed": person.calendar_version,
            "confirmed_addresses": list(EmailAddress.objects.filter(user=person).values_list("email", flat=True)),
        },
        "bookings": stored_about(person),
        "watches": stored_watches(person),
        "reports": stored_reports(person),
    }
    return JsonResponse(
        stored,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_my_account(request: ResidentRequest) -> HttpResponse:
    at = timezone.now()
    form = DeleteAccountForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            address = request.user.email
            delete_account(resident=request.user, at=at)
            forget_reporter(address)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            logout(request)
            messages.success(request, _("Your account has been deleted. We have sent you a last mail that says so."))
            return redirect("home")
    coming = Booking.objects.filter(resident=request.user).live_at(at).filter(ends_at__gt=at).exclude(people=None)
    context = {
        "form": form,
        "can_delete": is_residents(request.user),
        "coming": [
            {"room": booking.room, "when": when_words((booking.starts_at, booking.ends_at))}
            for booking in coming.for_list().order_by("starts_at")
        ],
    }
    return render(request, "account/delete.html", context)


def is_residents(person: User) -> bool:
    return not (person.is_staff or person.is_superuser or person.is_city_administrator)


def account_facts(person: User) -> list[tuple[str, str]]:
    """Return labels and values; what is empty is said to be so."""
    facts = [
        (_("E-mail address"), person.email),
        (_("Name"), person.name),
        (_("Phone number"), person.phone),
        (_("Language"), str(person.get_language_display())),
        (_("Account made"), moment_words(person.joined_at)),
        (_("Last signed in"), moment_words(person.last_login) if person.last_login else ""),
    ]
    return [(label, value or _("Not stored")) for label, value in facts]


def booking_facts(booking: Booking, at: datetime) -> dict[str, Any]:
    facts = []
    for name in SHOWN:
        field = Booking._meta.get_field(name)
        display = getattr(booking, f"get_{name}_display", None)
        value = display() if display else getattr(booking, name)
        facts.append((capfirst(str(getattr(field, "verbose_name", name))), value))
    facts.append((_("Price"), money(booking.price_cents) if booking.price_cents else _("Free of charge")))
    return {
        "booking": booking,
        "when": capfirst(when_words((booking.starts_at, booking.ends_at))),
        "tag": pgettext("booking state", "Offered to you") if is_offered(booking, at) else state_tag(booking, at)[0],
        "facts": [(label, value) for label, value in facts if value not in ("", None)],
        "events": [(capfirst(moment_words(event.at)), event_words(event, booking)) for event in booking.events.all()],
    }


def is_offered(booking: Booking, at: datetime) -> bool:
    """Say whether it is a time that became free and is kept for them, and nothing that they have begun."""
    events = {event.kind for event in booking.events.all()}
    return EventKind.OFFERED in events and booking.state_at(at) == BookingState.HELD


def watch_facts(watch: Watch, at: datetime) -> dict[str, Any]:
    return {
        "entry": WatchEntry(watch, at),
        "made": moment_words(watch.created_at),
        "stopped": moment_words(watch.stopped_at) if watch.stopped_at else "",
        "offers": [OfferEntry(offer, at) for offer in watch.offers.all()],
    }
