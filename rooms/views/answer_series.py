"""The page behind the link in the mail to an editor: all requests of a series are answered at once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import roles
from rooms import booking as verbs
from rooms.enums import BookingState
from rooms.forms.coming import AnswerSeriesForm
from rooms.links import SeriesLink, read_series_link
from rooms.models import Booking, Series
from rooms.views.links import opened_by
from rooms.views.missing import Missing
from rooms.wording import moment_words, when_words


@opened_by(read_series_link)
def answer_series_by_link(request: HttpRequest, link: SeriesLink, at: datetime) -> HttpResponse:
    """Approve or decline all that waits, in the name of the editor whom the mail went to."""
    if not roles.edits_hub(link.editor, link.hub):
        raise Missing(_("This link belonged to somebody who no longer answers requests of this service centre."))
    dates = list(link.series.bookings.filter(room__hub=link.hub).for_list().order_by("starts_at"))
    waiting = [booking for booking in dates if booking.state_at(at) == BookingState.REQUESTED]
    answer = request.GET.get("done")
    if answer in ("approve", "decline") and not waiting:
        context = {"is_approved": answer == "approve", "reference": link.series.reference}
        return render(request, "rooms/answered_series.html", context)
    if not (waiting and link.is_alive_at(at)):
        return render(request, "rooms/series_link_gone.html", {"reference": link.series.reference}, status=410)
    form = AnswerSeriesForm(request.POST or None, initial={"sequence": link.series.sequence})
    if request.method == "POST" and form.is_valid():
        if (answered := _answer(link, form, at)) is not None:
            return redirect(f"{request.path}?done={answered}")
        return render(request, "rooms/answer_series.html", _context(link, form, waiting), status=409)
    return render(request, "rooms/answer_series.html", _context(link, form, waiting))


def _answer(link: SeriesLink, form: AnswerSeriesForm, at: datetime) -> str | None:
    """Give the answer and return it, or put into the form why it cannot be given."""
    answer = form.cleaned_data["answer"]
    verb: Callable[..., Series] = verbs.approve_series if answer == "approve" else verbs.decline_series
    reason, seen = form.cleaned_data["reason"], form.cleaned_data["sequence"]
    try:
        verb(series=link.series, actor=link.editor, at=at, reason=reason, hub=link.hub, sequence=seen)
    except verbs.Refused as refused:
        is_about_reason = all(each.field == "reason" for each in refused.reasons)
        form.add_error("reason" if is_about_reason else None, str(refused))
        return None
    return str(answer)


def _context(link: SeriesLink, form: AnswerSeriesForm, waiting: Sequence[Booking]) -> dict[str, object]:
    link.series.refresh_from_db()
    deadline = min(booking.expires_at or booking.starts_at for booking in waiting)
    return {
        "form": form,
        "sequence": link.series.sequence,
        "series": link.series,
        "editor": link.editor,
        "booking": waiting[0],
        "hub": link.hub,
        "dates": [
            {"when": when_words((each.starts_at, each.ends_at)), "room": each.room, "booking": each} for each in waiting
        ],
        "deadline": moment_words(deadline),
    }
