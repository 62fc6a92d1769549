from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q

MOST_ATTEMPTS = 8 + 3 * 24  # those of two hours, and then one an hour for three days


class OwedMailQuerySet(models.QuerySet):
    def due_at(self, at: datetime) -> Self:
        """Keep mails that nobody has sent, is sending at `at` or has given up."""
        abandoned = at - OwedMail.CLAIM
        waiting = self.filter(sent_at=None, attempts__lt=MOST_ATTEMPTS)
        return waiting.filter(Q(claimed_at=None) | Q(claimed_at__lte=abandoned))

    def given_up(self) -> Self:
        """Keep mails that could not be sent and are not tried any more."""
        return self.filter(sent_at=None, attempts__gte=MOST_ATTEMPTS)

    def not_tried_since(self, moment: datetime) -> Self:
        return self.filter(Q(tried_at=None) | Q(tried_at__lte=moment))

    def claim(self, key: int, at: datetime) -> bool:
        """Say that we are sending this one; False if it is sent, or somebody else is sending it."""
        due = self.due_at(at).filter(pk=key)
        return bool(due.update(claimed_at=at, tried_at=at, attempts=F("attempts") + 1))


class OwedMail(models.Model):
    """A mail owed because of something that happened: one row a receiver, so that none is sent twice.

    Written in the transaction of what happened. Whoever sends it claims the row first; a claim
    that nobody has finished after ten minutes is open again.
    """

    CLAIM = timedelta(minutes=10)

    claimed_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)

    objects = OwedMailQuerySet.as_manager()

    class Meta:
        abstract = True
