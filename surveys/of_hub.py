"""What a hub's page tells of surveys."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from hubs.models import Hub
from surveys.enums import Stage
from surveys.models import Finding, Survey
from surveys.results import share_words
from surveys.wording import answer_by, published_words


@dataclass(frozen=True, slots=True)
class SurveysOfHub:
    open: list[tuple[Survey, str]]  # with the last day, in words
    latest: Survey | None  # whose results are out
    finding: Finding | None
    share: str
    latest_words: str


def surveys_of_hub(hub: Hub, at: datetime) -> SurveysOfHub:
    """Return what can be answered now, and the latest results. One query."""
    surveys = list(Survey.objects.for_hub_page(hub, at))
    for survey in surveys:
        survey.hub = hub
    told = [survey for survey in surveys if survey.results_published_at is not None]
    latest = max(told, key=lambda survey: survey.results_published_at or at, default=None)
    finding = headline(latest) if latest else None
    return SurveysOfHub(
        open=[(survey, answer_by(survey)) for survey in surveys if survey.stage_at(at) == Stage.OPEN],
        latest=latest,
        finding=finding,
        share=share_words(finding.share) if finding and finding.share is not None else "",
        latest_words=published_words(latest) if latest else "",
    )


def headline(survey: Survey) -> Finding | None:
    """Return the first finding of a survey loaded `for_hub_page()`."""
    texts = {f"text_{code}": getattr(survey, f"headline_{code}") for code, _name in settings.LANGUAGES}
    share = getattr(survey, "headline_share")  # noqa: B009 - annotated by the query
    return Finding(share=share, **texts) if any(texts.values()) else None
