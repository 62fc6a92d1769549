"""Titles for the hub's page in the admin: the staff look at each before everybody sees it."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rooms import booking as verbs
from rooms.models import Booking


class TitleFilter(admin.SimpleListFilter):
    title = gettext_lazy("title on the hub’s page")
    parameter_name = "title"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", gettext_lazy("to be looked at")), ("shown", gettext_lazy("shown"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> models.QuerySet[Booking]:
        match self.value():
            case "waiting":
                return queryset.filter(pk__in=Booking.objects.with_title_to_look_at(timezone.now()))
            case "shown":
                return queryset.filter(is_title_approved=True)
        return queryset


class WithTitles(admin.ModelAdmin):
    """What the admin of bookings knows about titles: a column with one button to show it and one to take it away."""

    titles_display = ["reference", "title_in_short", "when_in_short", "room", "hub", "name"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(f"<int:booking_id>/{name}/", wrap(partial(self.title_view, name=name)), name=f"rooms_booking_{name}")
            for name in ("show_title", "take_title_away")
        ] + super().get_urls()

    def title_view(self, request: HttpRequest, booking_id: int, name: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        booking = self.get_object(request, str(booking_id))
        if not self.has_change_permission(request, booking):
            raise PermissionDenied
        act: dict[str, Any] = {"booking": booking, "actor": request.user, "at": timezone.now()}
        if name == "show_title":
            done = verbs.show_title(**act, title=request.POST.get("title", ""))
            words = ngettext("The title is shown.", "The title is shown for %(number)s bookings.", len(done))
        else:
            done = verbs.take_title_away(**act)
            words = ngettext("The title is taken away.", "The title is taken off %(number)s bookings.", len(done))
        for each in done:
            self.log_change(request, each, words % {"number": 1})
        if done:
            self.message_user(request, words % {"number": len(done)}, messages.SUCCESS)
        else:
            self.message_user(request, _("The title has changed meanwhile. Look at it again."), messages.WARNING)
        return HttpResponseRedirect(f"{reverse('admin:rooms_booking_changelist')}?title=waiting")

    def titles_to_do(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Tell the front page how many titles nobody has looked at."""
        waiting = Booking.objects.with_title_to_look_at(timezone.now())
        number = waiting.filter(self.within_reach(request)).count()  # type: ignore[attr-defined]  # RoleScopedAdmin's
        words = ngettext(
            "%(number)s title for the hub’s page is to be looked at",
            "%(number)s titles for the hub’s page are to be looked at",
            number,
        )
        address = reverse("admin:rooms_booking_changelist") + "?title=waiting"
        return [(address, words % {"number": number})] if number else []

    @admin.display(description=gettext_lazy("title on the hub’s page"), empty_value="–")
    def title_in_short(self, booking: Booking) -> str | None:
        """Write the title with its buttons, which send the form around them to an address of their own."""
        if not booking.public_title:
            return None
        if not booking.is_live_at(timezone.now()):
            return booking.public_title
        name, title = booking.reference, booking.public_title
        show = "" if booking.is_title_approved else _button("show_title", booking, _("Show it"), name, title)
        return format_html("{} {} {}", title, show, _button("take_title_away", booking, _("Take it away"), name, title))

    @admin.display(description=gettext_lazy("title on the hub’s page"))
    def title_now(self, booking: Booking) -> str:
        """Write how it stands, with the way to the list. No buttons here: the Enter key would press the first."""
        if not booking.public_title:
            return "–"  # a form does not ask for the value of nothing
        state = _("It is shown.") if booking.is_title_approved else _("Nobody has looked at it yet.")
        address = (
            f"{reverse('admin:rooms_booking_changelist')}?title={'shown' if booking.is_title_approved else 'waiting'}"
        )
        return format_html('{} {} <a href="{}">{}</a>', booking.public_title, state, address, _("To the titles"))


def _button(verb: str, booking: Booking, words: str, name: str, title: str) -> str:
    return format_html(
        '<button type="submit" class="button" formaction="{}" formnovalidate name="title" value="{}">{}'
        '<span class="visually-hidden">, {}</span></button>',
        reverse(f"admin:rooms_booking_{verb}", args=[booking.pk]),
        title,
        words,
        name,
    )
