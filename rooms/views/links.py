"""The pages that signed links in mails open. GET shows and changes nothing; POST acts once.

Whoever holds the link may do what it says, without signing in. A link that does nothing any more
says why: 404 where nobody has signed it, 410 where it is used up or too old.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import roles
from rooms import booking as verbs
from rooms.enums import BookingState
from rooms.forms.coming import AnswerForm
from rooms.links import ForgedError, Link, Purpose, read_link
from rooms.models import Booking
from rooms.rules import can_check_in, check_in_from
from rooms.views.missing import Missing
from rooms.wording import moment_words, state_words, when_words

type LinkView = Callable[[HttpRequest, Link, datetime], HttpResponse]


def by_link(purpose: Purpose) -> Callable[[LinkView], Callable[Concatenate[HttpRequest, ...], HttpResponse]]:
    """Let a view be opened by signed links of one purpose; it is given the link and the moment."""
    return opened_by(partial(read_link, purpose))


def opened_by[Read](
    read: Callable[[str], Read],
) -> Callable[[Callable[[HttpRequest, Read, datetime], HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view be opened by a token that `read` understands; it is given what that says and the moment."""

    def decorate(view: Callable[[HttpRequest, Read, datetime], HttpResponse]) -> Callable[..., HttpResponse]:
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            try:
                said = read(token)
            except ForgedError:
                raise Missing(_("This link is not complete. Open it from the mail again, or copy all of it.")) from None
            return view(request, said, timezone.now())

        return opened

    return decorate


@by_link(Purpose.GIVE_BACK)
def give_back_by_link(request: HttpRequest, link: Link, at: datetime) -> HttpResponse:
    booking = link.booking
    if "done" in request.GET and booking.state == BookingState.CANCELLED:
        return show(request, "rooms/given_back.html", booking, at)
    if not (link.is_alive_at(at) and booking.is_live_at(at)):
        return gone(request, booking, at)
    if request.method == "POST":
        try:
            verbs.give_back(booking=booking, actor=booking.resident, at=at)
        except verbs.Refused:
            booking.refresh_from_db()
            return gone(request, booking, at)
        return redirect(f"{request.path}?done=")
    return show(request, "rooms/give_back_by_link.html", booking, at)


@by_link(Purpose.CHECK_IN)
def check_in_by_link(request: HttpRequest, link: Link, at: datetime) -> HttpResponse:
    booking, refusal = link.booking, ""
    if not (link.is_alive_at(at) and booking.is_live_at(at)):
        return gone(request, booking, at)
    if request.method == "POST":
        try:
            verbs.check_in(booking=booking, actor=booking.resident, at=at)
        except verbs.Refused as refused:
            refusal = str(refused)
        else:
            return redirect(request.path)
    if booking.checked_in_at is None and not can_check_in(booking, at):
        opens_at = moment_words(check_in_from(booking))
        refusal = refusal or _("It is too early to check in. You can do it from %(time)s.") % {"time": opens_at}
    status = 409 if request.method == "POST" else 200
    more = {"refusal": refusal, "is_checked_in": booking.checked_in_at is not None}
    return show(request, "rooms/check_in_by_link.html", booking, at, status=status, **more)


@by_link(Purpose.ANSWER)
def answer_by_link(request: HttpRequest, link: Link, at: datetime) -> HttpResponse:
    """Approve or decline in the name of the editor whom the mail went to."""
    booking, editor = link.booking, link.editor
    if editor is None or not roles.edits_hub(editor, booking.room.hub):
        raise Missing(_("This link belonged to somebody who no longer answers requests of this service centre."))
    if "done" in request.GET and booking.state in (BookingState.CONFIRMED, BookingState.DECLINED):
        return show(request, "rooms/answered.html", booking, at, is_approved=booking.state == BookingState.CONFIRMED)
    is_request = booking.state_at(at) == BookingState.REQUESTED
    if not (link.is_alive_at(at) and link.is_of_this_version and is_request):
        return gone(request, booking, at, for_staff=True)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        verb: Callable[..., Booking] = verbs.approve if form.cleaned_data["answer"] == "approve" else verbs.decline
        try:
            verb(booking=booking, actor=editor, at=at, reason=form.cleaned_data["reason"], sequence=link.sequence)
        except verbs.Refused as refused:
            booking.refresh_from_db()
            if any(reason.field != "reason" for reason in refused.reasons):
                return gone(request, booking, at, for_staff=True)
            form.add_error("reason", str(refused))
        else:
            return redirect(f"{request.path}?done=")
    deadline = moment_words(booking.expires_at) if booking.expires_at else ""
    return show(request, "rooms/answer.html", booking, at, form=form, deadline=deadline, editor=editor)


def show(
    request: HttpRequest, template: str, booking: Booking, at: datetime, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "booking": booking,
        "room": booking.room,
        "when": when_words((booking.starts_at, booking.ends_at)),
        "state": state_words(booking, at),
        **more,
    }
    return render(request, template, context, status=status)


def gone(request: HttpRequest, booking: Booking, at: datetime, *, for_staff: bool = False) -> HttpResponse:
    """Say why the link does nothing any more: used, overtaken or too old."""
    if for_staff and booking.state_at(at) == BookingState.REQUESTED:
        words = _("The request has been changed since this mail was sent. A newer mail has a new link.")
    elif booking.is_live_at(at) and not for_staff:
        words = _("This link is too old. Your bookings are on the page My bookings.")
    else:
        words = state_words(booking, at)
    return show(request, "rooms/link_gone.html", booking, at, status=410, words=words, for_staff=for_staff)
