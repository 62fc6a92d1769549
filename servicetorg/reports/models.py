from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hubs.models import Hub
from rooms.models import Room
from rooms.models.booking import make_reference
from rooms.models.owed import OwedMail
from services.models import Listing

type Thing = Hub | Listing | Room

LONGEST_TEXT = 1000
LONGEST_ANSWER = 500


class What(models.TextChoices):
    """What somebody has found to be wrong."""

    HOURS = "hours", _("The opening hours")
    CONTACT = "contact", _("A phone number, an e-mail address or a link")
    PLACE = "place", _("Where it is, or how to get in")
    APPOINTMENT = "appointment", _("Whether you need an appointment")
    OTHER = "other", _("Something else")


class ReportState(models.TextChoices):
    NEW = "new", pgettext_lazy("report of a mistake", "waits for an answer")
    RIGHT = "right", pgettext_lazy("report of a mistake", "the page is right")
    CORRECTED = "corrected", pgettext_lazy("report of a mistake", "corrected")
    DECLINED = "declined", pgettext_lazy("report of a mistake", "not changed")


class ReportQuerySet(models.QuerySet["Report"]):
    def waiting(self) -> "ReportQuerySet":
        return self.filter(state=ReportState.NEW)

    def for_list(self) -> "ReportQuerySet":
        return self.select_related("hub", "listing__hub", "listing__provider", "room__hub", "answered_by")


class Report(models.Model):
    """Somebody says that something on the page of a hub, a listing or a room is wrong.

    Without an account. The address for an answer is forgotten when the answer is sent, or after
    `EMAIL_DAYS`; the report after `RETENTION_DAYS` (servicetorg/reports/privacy.py).
    """

    LINK_DAYS = timedelta(days=60)  # so long the link in the mail answers it; the admin always does

    reference = models.CharField(_("number"), max_length=12, unique=True, default=make_reference, editable=False)
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="reports", verbose_name=_("hub"))
    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, null=True, blank=True, related_name="reports", verbose_name=_("listing")
    )
    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, null=True, blank=True, related_name="reports", verbose_name=_("room")
    )
    what = models.CharField(_("what is wrong"), max_length=12, choices=What)
    text = models.TextField(_("in their words"), max_length=LONGEST_TEXT)
    email = models.EmailField(_("e-mail for the answer"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="sv")
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.NEW)
    answer = models.TextField(_("answer"), max_length=LONGEST_ANSWER, blank=True)
    made_at = models.DateTimeField(_("reported"), default=timezone.now, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a mistake")
        verbose_name_plural = _("reports of mistakes")
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["made_at"], name="report_waiting", condition=Q(state=ReportState.NEW))]
        constraints = [
            models.CheckConstraint(
                condition=Q(listing=None) | Q(room=None), name="report_is_not_about_a_listing_and_a_room"
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.NEW, answered_at__isnull=True)
                | (~Q(state=ReportState.NEW) & Q(answered_at__isnull=False)),
                name="report_is_answered_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.DECLINED, answer=""),
                name="report_is_declined_with_a_reason",
                violation_error_message=_("Say why you do not change it."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("report", kwargs={"reference": self.reference})

    @property
    def about(self) -> Thing:
        """The hub, listing or room; no queries if loaded `for_list()`."""
        return self.listing or self.room or self.hub

    @property
    def is_about_something_public(self) -> bool:
        return self.about.is_published and self.hub.is_published

    @property
    def is_waiting(self) -> bool:
        return self.state == ReportState.NEW

    def can_be_answered_by_link_at(self, at: datetime) -> bool:
        return self.is_waiting and at < self.made_at + self.LINK_DAYS


class ReportMailTo(models.TextChoices):
    EDITOR = "editor", pgettext_lazy("mail to", "an editor")
    HUB = "hub", pgettext_lazy("mail to", "the hub’s own address")
    REPORTER = "reporter", pgettext_lazy("mail to", "the one who reported")


class ReportMail(OwedMail):
    """A mail owed because of a report: to those who look after the page, and the answer to who reported."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="mails")
    to = models.CharField(max_length=8, choices=ReportMailTo)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("mail about a report")
        verbose_name_plural = _("mails about reports")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "to"], condition=Q(editor=None), name="report_is_mailed_once_to_each_kind"
            ),
            models.UniqueConstraint(
                fields=["report", "editor"], condition=~Q(editor=None), name="report_is_mailed_once_to_each_editor"
            ),
            models.CheckConstraint(
                condition=Q(to=ReportMailTo.EDITOR, editor__isnull=False)
                | Q(~Q(to=ReportMailTo.EDITOR), editor__isnull=True),
                name="report_mail_to_an_editor_names_the_editor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.to}"
