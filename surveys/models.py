from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hubs.models import Hub
from surveys.enums import SCALE, Kind, Stage

LONGEST_ANSWER = 1000


class SurveyQuerySet(models.QuerySet["Survey"]):
    def published(self) -> "SurveyQuerySet":
        return self.filter(is_published=True, hub__is_published=True)

    def open_at(self, at: datetime) -> "SurveyQuerySet":
        return self.published().filter(opens_at__lte=at, closes_at__gt=at)

    def with_results(self) -> "SurveyQuerySet":
        return self.published().filter(results_published_at__isnull=False)

    def for_page(self) -> "SurveyQuerySet":
        """Bring the questions with their options along: two more queries."""
        return self.select_related("hub").prefetch_related("questions__options")

    def for_hub_page(self, hub: Hub, at: datetime) -> "SurveyQuerySet":
        """Keep what can be answered now and what has results, each with its first finding: one query in all."""
        first = Finding.objects.filter(survey=OuterRef("pk")).order_by("order", "pk")
        texts = {f"headline_{code}": Subquery(first.values(f"text_{code}")[:1]) for code, _name in settings.LANGUAGES}
        shown = self.open_at(at) | self.with_results().filter(results_published_at__lte=at)
        return (
            shown.filter(hub=hub)
            .annotate(
                number_of_questions=Count("questions"),
                headline_share=Subquery(first.values("share")[:1]),
                **texts,
            )
            .order_by("closes_at", "pk")
        )


class Survey(models.Model):
    """A few questions to the residents of a hub, answered without an account; then what they said and what is done."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="surveys", verbose_name=_("hub"))
    slug = models.SlugField(_("address on the site"))
    title = models.CharField(_("title"), max_length=120)
    introduction = models.TextField(
        _("introduction"), blank=True, help_text=_("Why you ask, and what the answers are used for.")
    )
    opens_at = models.DateTimeField(_("can be answered from"))
    closes_at = models.DateTimeField(_("can be answered until"))
    is_published = models.BooleanField(
        _("published"), default=False, help_text=_("Before that only the staff see it. Look at the preview first.")
    )
    what_we_do = models.TextField(
        _("what the city will do about it"),
        blank=True,
        help_text=_("Stands first on the page of the results. They cannot be published without it."),
    )
    results_published_at = models.DateTimeField(_("results published"), null=True, blank=True, editable=False)
    answered_elsewhere = models.PositiveIntegerField(
        _("answers given elsewhere"),
        null=True,
        blank=True,
        help_text=_("Only for a survey that was made outside this site, whose results are told here."),
    )
    source = models.URLField(_("where the results were published first"), blank=True)
    is_example = models.BooleanField(
        _("example data"), default=False, help_text=_("The page then says that it is an example.")
    )

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["-closes_at", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "slug"],
                name="survey_slug_is_there_once_in_a_hub",
                violation_error_message=_("This hub has another survey with this address."),
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="survey_closes_after_it_opens",
                violation_error_message=_("The survey must close after it opens."),
            ),
            models.CheckConstraint(
                condition=Q(results_published_at=None) | Q(results_published_at__gte=F("closes_at")),
                name="survey_results_come_after_it_closes",
                violation_error_message=_("The results are published already: the survey cannot be opened again."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("surveys:survey", kwargs={"hub": self.hub.slug, "survey": self.slug})

    def get_results_url(self) -> str:
        return reverse("surveys:results", kwargs={"hub": self.hub.slug, "survey": self.slug})

    def stage_at(self, at: datetime) -> Stage:
        if at < self.opens_at:
            return Stage.COMING
        return Stage.OPEN if at < self.closes_at else Stage.CLOSED

    @property
    def is_shown(self) -> bool:
        """Say whether residents see it at all. Queries unless the hub is loaded."""
        return self.is_published and self.hub.is_published

    @property
    def has_results(self) -> bool:
        return self.results_published_at is not None

    @property
    def says_what_is_done(self) -> bool:
        return any(getattr(self, f"what_we_do_{language}") for language, _name in settings.LANGUAGES)

    @property
    def has_answers(self) -> bool:
        """Say whether anybody has answered here, which settles the questions. One query."""
        return self.responses.exists()


class Question(models.Model):
    """One question of a survey. A scale has its five options too, without words of their own."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions", verbose_name=_("survey"))
    kind = models.CharField(_("kind of answer"), max_length=8, choices=Kind, default=Kind.CHOICE)
    text = models.CharField(_("question"), max_length=200)
    help = models.CharField(_("help"), max_length=200, blank=True)
    is_required = models.BooleanField(
        _("must be answered"), default=False, help_text=_("Rather not: people leave, or answer anything.")
    )
    low = models.CharField(_("what 1 means"), max_length=40, blank=True)
    high = models.CharField(_("what 5 means"), max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.text

    @property
    def written_options(self) -> Sequence["Option"]:
        """The options that staff have written, in order; none for a scale."""
        return [] if self.kind in (Kind.SCALE, Kind.TEXT) else list(self.options.all())


class Option(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options", verbose_name=_("question"))
    text = models.CharField(_("answer"), max_length=120, blank=True)
    order = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        verbose_name = _("answer to choose")
        verbose_name_plural = _("answers to choose")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["question", "order"], name="option_has_a_place_of_its_own"),
        ]

    def __str__(self) -> str:
        return self.text or str(self.order)


class Finding(models.Model):
    """What comes out of a survey, in a sentence, with the share of people where there is one."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="findings", verbose_name=_("survey"))
    share = models.PositiveSmallIntegerField(
        _("share in per cent"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    text = models.CharField(
        _("finding"),
        max_length=250,
        help_text=_("Where there is a share, the sentence goes on from it: “57 %” “have benefited from …”"),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__lte=100), name="finding_share_is_at_most_a_hundred_per_cent"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Response(models.Model):
    """One set of answers. Nobody knows whose: no person, no address, no more of the time than the day.

    The key is drawn for each form that is shown and says only that the same form is not counted twice.
    """

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    key = models.CharField(max_length=32)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    answered_on = models.DateField(_("answered on"))

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        ordering = ["answered_on"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "key"], name="survey_form_is_counted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} {self.answered_on}"


class Choice(models.Model):
    """An option that somebody has ticked. What has been ticked cannot be taken out of a survey."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="choices")
    option = models.ForeignKey(Option, on_delete=models.RESTRICT, related_name="choices")

    class Meta:
        verbose_name = _("ticked answer")
        verbose_name_plural = _("ticked answers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["response", "option"], name="option_is_ticked_once_in_a_response"),
        ]

    def __str__(self) -> str:
        return str(self.option)


class WrittenAnswerQuerySet(models.QuerySet["WrittenAnswer"]):
    def due_at(self, at: datetime) -> "WrittenAnswerQuerySet":
        """Keep what is to be forgotten: so long after the survey has closed."""
        return self.filter(question__survey__closes_at__lte=at - timedelta(days=settings.SURVEY_TEXT_DAYS))


class WrittenAnswer(models.Model):
    """What somebody has written. The staff read it; it is never published as it stands, and forgotten in time.

    It belongs to the question and not to the response, and its id is drawn, so that nothing ties
    the words to what the same person has ticked.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="written_answers")
    text = models.TextField(_("answer"), max_length=LONGEST_ANSWER)
    answered_on = models.DateField(_("answered on"), default=timezone.localdate)
    is_hidden = models.BooleanField(_("hidden"), default=False)

    objects = WrittenAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("written answer")
        verbose_name_plural = _("written answers")
        ordering = ["question", "answered_on", "id"]

    def __str__(self) -> str:
        return self.text


def scale_options(question: Question) -> list[Option]:
    return [Option(question=question, order=number) for number in SCALE]
