from datetime import datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from hubs.enums import Severity
from hubs.models.hub import Hub


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown_at(self, at: datetime) -> "NoticeQuerySet":
        """Keep what is shown then: what tells that something is closed first, then what is changed, then the rest."""
        ranks = [When(severity=severity, then=Value(rank)) for rank, severity in enumerate(reversed(Severity))]
        shown = self.filter(starts_at__lte=at, ends_at__gt=at)
        return shown.order_by(Case(*ranks, default=Value(len(ranks))), "starts_at", "pk")

    def for_whole_hub(self) -> "NoticeQuerySet":
        return self.filter(is_for_whole_hub=True)


class Notice(models.Model):
    """A message shown on a hub, or on some of its listings and rooms. It always ends."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="notices", verbose_name=_("hub"))
    is_for_whole_hub = models.BooleanField(
        _("for the whole hub"),
        default=True,
        help_text=_("Otherwise it is shown only on the listings and rooms that name it."),
    )
    severity = models.CharField(_("kind"), max_length=10, choices=Severity, default=Severity.NORMAL)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), blank=True)
    starts_at = models.DateTimeField(_("shown from"))
    ends_at = models.DateTimeField(_("shown until"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="notice_ends_after_it_starts",
                violation_error_message=_("The notice must end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.title
