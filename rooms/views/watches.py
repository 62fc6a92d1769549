"""Waiting for a time that is not free, and answering what is offered.

By signed link from the mail, or signed in: the same question, and GET never answers it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from rooms import booking as verbs
from rooms.enums import BookingState
from rooms.forms.watch import ClaimForm, WatchForm, first_wish
from rooms.links import Link, Purpose, read_watch_link
from rooms.models import Offer, Watch
from rooms.results import Choice, book_url
from rooms.rules import needs_approval
from rooms.views.book import explain
from rooms.views.bookings import ResidentRequest
from rooms.views.links import by_link, opened_by
from rooms.views.missing import Missing
from rooms.waiting import OfferEntry, WatchEntry, free_now, offers_of, read_room_key
from rooms.wording import price_words

TAKEABLE = (BookingState.HELD, BookingState.EXPIRED)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def watch_new(request: HttpRequest) -> HttpResponse:
    """Make a watch. What is free already is shown first, and then again only if it is still wanted."""
    at, asked = timezone.now(), request.POST or request.GET
    if not isinstance(request.user, User):
        return redirect_to_login(with_wish(request))
    room = read_room_key(asked.get("room", ""))
    if request.method != "POST":
        return show_form(request, WatchForm(initial=first_wish(request.GET, room, at), at=at, room=room))
    form = WatchForm(request.POST, at=at, room=room)
    if not form.is_valid():
        return show_form(request, form)
    if request.POST.get("do") != "wait" and (choices := already_free(form, at)):
        return show_form(request, form, choices)
    try:
        made = verbs.start_watch(resident=request.user, **form.wish, language=get_language() or "sv", at=at)
    except verbs.Refused as refused:
        form.add_error(None, str(refused))
        return show_form(request, form)
    messages.success(request, _("You now wait for a free time. We write to you when there is one."))
    return redirect(made)


def show_form(request: HttpRequest, form: WatchForm, choices: Sequence[Choice] = ()) -> HttpResponse:
    return render(request, "rooms/watch_new.html", {"form": form, "choices": choices, "room": form.named_room})


def with_wish(request: HttpRequest) -> str:
    """Return the address that fills in the form anew after the sign-in, with what was sent."""
    sent = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "do"):
        sent.pop(name, None)
    return f"{request.path}?{sent.urlencode(safe=':/')}" if sent else request.get_full_path()


def already_free(form: WatchForm, at: datetime) -> list[Choice]:
    """Return the first times that nobody has to wait for."""
    wish = dict(form.wish)
    equipment = wish.pop("equipment")
    return free_now(Watch(**wish, first_day=timezone.localdate(at)), equipment, at)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = Watch.objects.for_list().filter(reference=reference.upper(), resident=request.user.pk).first()
    if mine is None:
        raise Missing(_("You do not wait for anything under this number. See the page My bookings."))
    if request.method == "POST":
        return answer_watch(request, mine, at)
    entry = WatchEntry(mine, at)
    offers = [each for each in offers_of(request.user, at) if each.offer.watch_id == mine.pk]
    return render(request, "rooms/watch.html", {"entry": entry, "watch": mine, "offers": offers})


def answer_watch(request: HttpRequest, mine: Watch, at: datetime) -> HttpResponse:
    """Stop the watch, or go on with it."""
    if request.POST.get("do") == "stop":
        verbs.stop_watch(watch=mine, at=at)
        messages.success(request, _("You no longer wait for this."))
        return redirect("rooms:my_bookings")
    try:
        verbs.continue_watch(watch=mine, at=at)
    except verbs.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("You now wait for a free time. We write to you when there is one."))
    return redirect(mine)


@opened_by(read_watch_link)
def stop_watch_by_link(request: HttpRequest, watch: Watch, at: datetime) -> HttpResponse:
    entry = WatchEntry(watch, at)
    if request.method == "POST" and entry.is_active:
        verbs.stop_watch(watch=watch, at=at)
        return redirect(f"{request.path}?done=")
    is_done = "done" in request.GET and entry.is_stopped
    status = 200 if entry.is_active or is_done else 410
    return render(request, "rooms/watch_stop.html", {"entry": entry, "watch": watch, "is_done": is_done}, status=status)


# --- What is offered -------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: ResidentRequest, reference: str) -> HttpResponse:
    at = timezone.now()
    mine = Offer.objects.for_list().filter(booking__reference=reference.upper(), watch__resident=request.user.pk)
    if (found := mine.first()) is None:
        raise Missing(_("Nothing was offered to you under this number. See the page My bookings."))
    if found.booking.people is not None:
        return redirect(found.booking)
    return answer_offer(request, found, at, is_by_link=False)


@by_link(Purpose.CLAIM)
def claim_by_link(request: HttpRequest, link: Link, at: datetime) -> HttpResponse:
    """Take or decline in the name of the one who watches: whoever has the link may."""
    found = Offer.objects.for_list().filter(booking=link.booking).first()
    if found is None:
        raise Missing(_("You no longer wait for this time, so you cannot take it any more."))
    entry = OfferEntry(found, at)
    if "done" in request.GET and not entry.is_open:
        return show_offer(request, entry, "rooms/offer_answered.html", 200)
    if not link.is_alive_at(at) or entry.state not in TAKEABLE:
        return show_offer(request, entry, "rooms/offer_gone.html", 410)
    return answer_offer(request, found, at, is_by_link=True)


def answer_offer(request: HttpRequest, offer: Offer, at: datetime, *, is_by_link: bool) -> HttpResponse:
    """Show the offer with what is still to be filled in; take it or decline it."""
    entry, resident = OfferEntry(offer, at), offer.watch.resident
    if request.method == "POST" and request.POST.get("do") == "decline":
        return decline(request, entry, at, is_by_link=is_by_link)
    if request.method != "POST" and not entry.is_open:
        return show_offer(request, entry, "rooms/offer_gone.html", 410)
    usual = {"people": offer.watch.people, "booker_kind": "private"}
    usual |= {} if is_by_link else {"name": resident.name, "phone": resident.phone}
    form = ClaimForm(request.POST or None, initial=usual, room=entry.room, resident=resident, is_by_link=is_by_link)
    if request.method == "POST" and form.is_valid():
        details = form.details(
            email=resident.email, language=get_language() or "sv", name=resident.name, phone=resident.phone
        )
        try:
            booking = verbs.claim_offer(offer=offer, details=details, at=at)
        except verbs.Refused as refused:
            if not any(reason.field in form.fields for reason in refused.reasons):
                return show_offer(request, entry, "rooms/offer_gone.html", 409, refusal=str(refused))
            explain(form, refused.reasons)
        else:
            if is_by_link:
                return redirect(f"{request.path}?done=")
            User.objects.filter(pk=resident.pk).update(name=details.name, phone=details.phone)
            request.session["just_booked"] = booking.reference
            return redirect(booking)
    return show_offer(request, entry, "rooms/offer.html", 200, form=form)


def decline(request: HttpRequest, entry: OfferEntry, at: datetime, *, is_by_link: bool) -> HttpResponse:
    try:
        verbs.decline_offer(offer=entry.offer, at=at)
    except verbs.Refused as refused:
        return show_offer(request, entry, "rooms/offer_gone.html", 409, refusal=str(refused))
    if is_by_link:
        return redirect(f"{request.path}?done=")
    messages.success(request, _("Thank you! The time goes to the next one who waits. You go on waiting for another."))
    return redirect("rooms:my_bookings")


def show_offer(request: HttpRequest, entry: OfferEntry, template: str, status: int, **more: Any) -> HttpResponse:
    booking = entry.booking
    context = {
        "entry": entry,
        "booking": booking,
        "room": entry.room,
        "when": entry.when,
        "price": price_words(entry.room),
        "is_request": needs_approval(entry.room, is_staff=False),
        "book_url": book_url(entry.room, booking.starts_at, booking.ends_at),
        "watch": WatchEntry(entry.offer.watch, timezone.now()),
        **more,
    }
    return render(request, template, context, status=status)
