from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname, resolution_order

from hubs import opening
from hubs.enums import HolidayRule, Mode, PeriodKind, WeekParity

if TYPE_CHECKING:
    from accounts.models import User


OWNERS = ("hub", "listing__hub", "room__hub")
# UNION and not UNION ALL, so that timetables which follow each other come to an end.
CHAIN = """
    WITH RECURSIVE chain(id) AS (
        SELECT id FROM hubs_timetable WHERE id IN ({places})
        UNION
        SELECT followed.fallback_id FROM hubs_timetable AS followed JOIN chain ON followed.id = chain.id
    )
    SELECT id FROM chain WHERE id IS NOT NULL
"""
MOST_NAMED = 400  # beyond that it is quicker to read every period than to name those that are wanted
DAYS_OF_A_PERIOD = frozenset(
    {"timetable", "timetable_id", "kind", "first_day", "last_day", "special_day", "week_parity"}
)


class TimetableQuerySet(models.QuerySet["Timetable"]):
    def with_owner(self) -> "TimetableQuerySet":
        return self.select_related(*OWNERS, "confirmed_by")

    def undecided(self, first_day: date, days: int = 366) -> "TimetableQuerySet":
        """Keep those that have a special day ahead about which nobody has decided. Four queries."""
        must_decide = self.filter(holiday_rule=HolidayRule.MUST_BE_DECIDED).values_list("pk", flat=True)
        schedules = load_schedules(must_decide)
        return self.filter(pk__in=[pk for pk, schedule in schedules.items() if schedule.undecided(first_day, days)])

    def confirm(self, *, by: "User", at: datetime) -> int:
        """Note that somebody has looked at the hours and found them right."""
        return self.update(confirmed_by=by, confirmed_at=at)

    def note_change(self) -> None:
        """Note that what belongs to them has changed: their periods, or the spans of those."""
        self.update(changed_at=timezone.now())


class Timetable(models.Model):
    """The opening hours of one hub, listing or room (opening-hours rules in docs/concepts.md)."""

    fallback = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name=_("otherwise as"),
        help_text=_("Whose hours hold on days that no period here covers."),
    )
    holiday_rule = models.CharField(
        _("on special days"),
        max_length=20,
        choices=HolidayRule,
        default=HolidayRule.CLOSED,
        help_text=_("What happens on a special day that has no period of its own here."),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)  # with its periods and their spans

    objects = TimetableQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=~Q(fallback=F("id")),
                name="timetable_does_not_follow_itself",
                violation_error_message=_("Opening hours cannot follow themselves."),
            ),
        ]

    def __str__(self) -> str:
        owner = self.owner
        return str(owner) if owner is not None else f"#{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, or raise ValidationError if timetables would come to follow each other in a circle."""
        with transaction.atomic():
            if self.pk is not None and self.fallback_id is not None:
                list(Timetable.objects.select_for_update().order_by("pk").values_list("pk"))  # one change at a time
            self.refuse_cycle()
            super().save(*args, **kwargs)

    def clean(self) -> None:
        self.refuse_cycle()

    @property
    def owner(self) -> Any:
        """The hub, listing or room whose hours these are, or None. Queries unless loaded `with_owner()`."""
        for name in ("hub", "listing", "room"):
            if hasattr(self, name):
                return getattr(self, name)
        return None

    def refuse_cycle(self) -> None:
        if self.pk is None or self.fallback_id is None:
            return
        follows = dict(Timetable.objects.values_list("pk", "fallback_id"))
        follows[self.pk] = self.fallback_id
        if self.pk in _chain(self.fallback_id, follows):
            raise ValidationError(
                {"fallback": _("These hours would follow themselves in a circle. Choose other hours to follow.")},
                code="fallback_cycle",
            )


class PartQuerySet[Part: models.Model](models.QuerySet[Part]):
    """Notes every change on the hours that the periods or spans belong to."""

    path_to_timetable: str

    def update(self, **kwargs: Any) -> int:
        with transaction.atomic():
            self._note_change()
            return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            self._note_change()
            return super().delete()

    def _note_change(self) -> None:
        concerned = set(self.order_by().values_list(self.path_to_timetable, flat=True))
        Timetable.objects.filter(pk__in=concerned).note_change()


class PeriodQuerySet(PartQuerySet["Period"]):
    path_to_timetable = "timetable"

    def bulk_create(self, objs: Iterable["Period"], *args: Any, **kwargs: Any) -> list["Period"]:
        """Create many, or raise ValidationError if any of them overlap: `save()` is not called here."""
        periods = list(objs)
        with transaction.atomic():
            for number, period in enumerate(periods):
                period.refuse_overlap(beside=periods[:number])
            Timetable.objects.filter(pk__in={period.timetable_id for period in periods}).note_change()
            return super().bulk_create(periods, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """Update what says nothing of the days; the days themselves are changed by `save()`, which sees overlaps."""
        if days := DAYS_OF_A_PERIOD & kwargs.keys():
            raise TypeError(f"Save each period instead: update() sees no overlap ({', '.join(sorted(days))}).")
        return super().update(**kwargs)


class Period(models.Model):
    """Days on which one set of spans holds. Without spans it means closed."""

    timetable = models.ForeignKey(
        Timetable, on_delete=models.CASCADE, related_name="periods", verbose_name=_("opening hours")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PeriodKind, default=PeriodKind.REGULAR)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty means until further notice."))
    special_day = models.SlugField(
        _("special day"),
        max_length=40,
        blank=True,
        help_text=_("Instead of dates: the hours of this day, every year."),
    )
    week_parity = models.CharField(
        _("weeks"),
        max_length=5,
        choices=WeekParity,
        default=WeekParity.EVERY,
        help_text=_("If the hours differ between odd and even weeks, make one period for each."),
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ["kind", "first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="period_ends_after_it_starts",
                violation_error_message=_("The last day must not be before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(first_day__isnull=False, special_day="")
                | (Q(kind=PeriodKind.EXCEPTION, first_day__isnull=True, last_day__isnull=True) & ~Q(special_day="")),
                name="period_has_either_dates_or_a_special_day",
                violation_error_message=_("Give either a first day or, for an exception, a special day."),
            ),
            models.UniqueConstraint(
                fields=["timetable", "special_day", "week_parity"],
                condition=~Q(special_day=""),
                name="special_day_has_one_period_in_a_timetable",
                violation_error_message=_("These hours already have a period for this special day."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.special_day or f"{self.get_kind_display()} {self.first_day}–{self.last_day or ''}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, or raise ValidationError if the period overlaps another of its kind in the timetable."""
        with transaction.atomic():
            # Two people adding periods to one timetable take turns, so that each sees the other's.
            list(Timetable.objects.select_for_update().filter(pk=self.timetable_id).values_list("pk"))
            self.refuse_overlap()
            super().save(*args, **kwargs)
            self._note_change()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            self._note_change()
            return super().delete(*args, **kwargs)

    def _note_change(self) -> None:
        Timetable.objects.filter(pk=self.timetable_id).note_change()

    def clean(self) -> None:
        self.refuse_overlap()

    def refuse_overlap(self, beside: Iterable["Period"] = ()) -> None:
        """Raise ValidationError for what `save()`, the admin and `bulk_create()` must not write.

        Not a constraint of the database: weeks that alternate may share their days. SQL and `periods.add()`
        of a timetable would pass it, and the shorter of the two would win, as between kinds.
        """
        if not self.timetable_id:
            return
        saved = Period.objects.filter(timetable_id=self.timetable_id, kind=self.kind).exclude(pk=self.pk)
        new = [other for other in beside if other.timetable_id == self.timetable_id]
        mine = self.as_value()
        for other in [*saved, *new]:
            if mine.overlaps(other.as_value()):
                raise ValidationError(
                    _("These days overlap the period “%(period)s” of the same kind. End or change that one first."),
                    code="overlap",
                    params={"period": str(other)},
                )

    def as_value(self, spans: Iterable[opening.Span] = ()) -> opening.Period:
        to_date = models.DateField().to_python  # scripts may give "2026-12-24"
        return opening.Period(
            kind=PeriodKind(self.kind),
            first_day=to_date(self.first_day),
            last_day=to_date(self.last_day),
            special_day=self.special_day,
            week_parity=WeekParity(self.week_parity),
            title=translated(self, "title"),
            spans=tuple(spans),
            pk=self.pk,
        )


class SpanQuerySet(PartQuerySet["Span"]):
    path_to_timetable = "period__timetable"

    def bulk_create(self, objs: Iterable["Span"], *args: Any, **kwargs: Any) -> list["Span"]:
        spans = list(objs)
        with transaction.atomic():
            Timetable.objects.filter(periods__in={span.period_id for span in spans}).note_change()
            return super().bulk_create(spans, *args, **kwargs)


class Span(models.Model):
    """From when to when, on which weekdays. Closing at or before opening ends the next day."""

    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="spans", verbose_name=_("period"))
    weekdays = models.PositiveSmallIntegerField(_("weekdays"), help_text=_("Bit 0 is Monday, bit 6 is Sunday."))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(
        _("closes"),
        help_text=_("At midnight: 00:00. The same time as it opens: open around the clock."),
    )
    mode = models.CharField(_("how"), max_length=12, choices=Mode, default=Mode.STAFFED)
    note = models.CharField(_("note"), max_length=120, blank=True)

    objects = SpanQuerySet.as_manager()

    class Meta:
        verbose_name = _("span")
        verbose_name_plural = _("spans")
        ordering = ["opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=127),
                name="span_has_at_least_one_weekday",
                violation_error_message=_("Choose at least one weekday."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._note_change()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            self._note_change()
            return super().delete(*args, **kwargs)

    def _note_change(self) -> None:
        Timetable.objects.filter(periods=self.period_id).note_change()

    def as_value(self) -> opening.Span:
        return opening.Span(self.weekdays, self.opens, self.closes, Mode(self.mode), translated(self, "note"))


class SpecialDayQuerySet(models.QuerySet["SpecialDay"]):
    def as_values(self, between: tuple[date, date] | None = None) -> dict[date, opening.SpecialDay]:
        """Return the days by date, named in the active language; of all years, or those `between` two days.

        Plain columns, past django-modeltranslation: every page with hours asks.
        """
        languages = resolution_order(get_language())
        names = [build_localized_fieldname("name", language) for language in languages]
        days = self if between is None else self.filter(date__range=between)
        columns = "date", "key", "changes_hours", "is_public_holiday", *names
        return {
            day: opening.SpecialDay(
                day, key, first_text(zip(languages, texts, strict=True)), changes_hours, is_public_holiday
            )
            for day, key, changes_hours, is_public_holiday, *texts in models.QuerySet.values_list(days, *columns)
        }


class SpecialDay(models.Model):
    """A public holiday, an eve, or another day on which hours differ."""

    date = models.DateField(_("date"), unique=True)
    key = models.SlugField(
        _("key"),
        max_length=40,
        help_text=_("The same every year; periods name the day by it."),
    )
    name = models.CharField(_("name"), max_length=80)
    is_public_holiday = models.BooleanField(_("public holiday"), default=False)
    changes_hours = models.BooleanField(
        _("changes the hours by itself"),
        default=False,
        help_text=_(
            "Then each timetable without a period for this day does what it does on special days, for example closes. "
            "Otherwise only the timetables that have a period for this day are changed."
        ),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = SpecialDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.name} {self.date}"


def load_schedules(
    timetable_ids: Iterable[int], *, between: tuple[date, date] | None = None
) -> dict[int, opening.Schedule]:
    """Load timetables as values, with everything they follow, texts in the active language.

    Two queries, whatever the number of timetables and however long the chains. Unknown ids are left
    out. Plain columns: a search reads the hours of every room there is. Whoever reckons with no other
    days than those `between` two spares reading the special days of all years.
    """
    wanted = set(timetable_ids)
    rules, periods = _with_periods(_with_those_they_follow(wanted))
    follows = {pk: rule.fallback for pk, rule in rules.items()}
    chains = {pk: _chain(pk, follows) for pk in wanted if pk in rules}
    special_days = SpecialDay.objects.as_values(between)

    schedules: dict[int, opening.Schedule] = {}
    for chain in chains.values():
        following = None
        for pk in reversed(chain):
            known = schedules.get(pk)
            if known is None:
                known = schedules[pk] = opening.Schedule(
                    periods=periods[pk],
                    holiday_rule=HolidayRule(rules[pk].holiday_rule),
                    special_days=special_days,
                    fallback=following,
                    confirmed_at=rules[pk].confirmed_at,
                )
            following = known
    return {pk: schedules[pk] for pk in chains}


class _Rules(NamedTuple):
    fallback: int | None
    holiday_rule: str
    confirmed_at: datetime | None


def _with_those_they_follow(wanted: Collection[int]) -> models.QuerySet[Timetable]:
    """Return few timetables with their chains, or, where many are wanted, simply all: they are small.

    A plain QuerySet: that of django-modeltranslation would look for texts in each of their rows.
    """
    found: models.QuerySet[Timetable] = models.QuerySet(Timetable)
    if len(wanted) > MOST_NAMED:
        return found
    places = ", ".join(["%s"] * len(wanted)) or "NULL"
    return found.filter(pk__in=RawSQL(CHAIN.format(places=places), list(wanted)))  # noqa: S611 - the ids are parameters


def _with_periods(
    timetables: models.QuerySet[Timetable],
) -> tuple[dict[int, _Rules], dict[int, tuple[opening.Period, ...]]]:
    """Return by id what each timetable says, and its periods with their spans. One query: a row for each span."""
    languages = resolution_order(get_language())
    titles, notes = (
        [build_localized_fieldname(field, language) for language in languages]
        for field in ("periods__title", "periods__spans__note")
    )
    of_period = ["pk", "kind", "first_day", "last_day", "special_day", "week_parity"]
    of_span = ["pk", "weekdays", "opens", "closes", "mode"]
    columns = [f"periods__{name}" for name in of_period] + titles
    columns += [f"periods__spans__{name}" for name in of_span] + notes
    order = ["pk", "periods__kind", "periods__first_day", "periods__pk", "periods__spans__opens", "periods__spans__pk"]
    rows = timetables.order_by(*order).values_list("pk", "fallback_id", "holiday_rule", "confirmed_at", *columns)
    first_of_span = len(of_period) + len(titles)
    rules, periods = {}, {}
    for (pk, *rule), mine in groupby(rows, key=itemgetter(slice(4))):
        rules[pk] = _Rules(*rule)
        spans = groupby((row[4:] for row in mine), key=itemgetter(slice(first_of_span)))
        periods[pk] = tuple(
            _period(columns, (row[first_of_span:] for row in of), languages)
            for columns, of in spans
            if columns[0] is not None
        )
    return rules, periods


def _period(columns: Sequence[Any], spans: Iterable[Sequence[Any]], languages: Sequence[str]) -> opening.Period:
    pk, kind, first_day, last_day, special_day, parity, *titles = columns
    return opening.Period(
        PeriodKind(kind),
        first_day,
        last_day,
        special_day,
        WeekParity(parity),
        title=first_text(zip(languages, titles, strict=True)),
        spans=tuple(_span(span, languages) for span in spans if span[0] is not None),
        pk=pk,
    )


def _span(columns: Sequence[Any], languages: Sequence[str]) -> opening.Span:
    _pk, weekdays, opens, closes, mode, *notes = columns
    return opening.Span(weekdays, opens, closes, Mode(mode), first_text(zip(languages, notes, strict=True)))


def translated(thing: models.Model, field: str) -> opening.Text:
    """Return a translated field in the active language, or in the next best, marked with that language."""
    languages = resolution_order(get_language())
    return first_text((language, getattr(thing, build_localized_fieldname(field, language))) for language in languages)


def first_text(texts: Iterable[tuple[str, str | None]]) -> opening.Text:
    """Return the first text there is, marked with its language where that is not the active one."""
    active = get_language()
    for language, text in texts:
        if text:
            return opening.Text(text, "" if language == active else language)
    return opening.Text()


def _chain(start: int, follows: Mapping[int, int | None]) -> list[int]:
    """Return a timetable and those it falls back to, in order; stop where they would go round."""
    chain: list[int] = []
    step: int | None = start
    while step is not None and step not in chain:
        chain.append(step)
        step = follows.get(step)
    return chain
