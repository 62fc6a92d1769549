"""A real survey whose results were published, and one that can be tried."""

from datetime import date, datetime, time, timedelta

from hubs.models import Hub
from hubs.opening import HELSINKI, to_utc
from servicetorg.demo import source
from servicetorg.demo.source import Entry, in_languages
from surveys.models import Finding, Question, Survey
from surveys.verbs import set_options

OPEN_DAYS = timedelta(days=60)


def load_surveys(hubs: dict[str, Hub], *, at: datetime) -> None:
    load_found_survey(hubs, source.surveys()["found"])
    load_example_survey(hubs, source.surveys()["example"], at=at)


def load_found_survey(hubs: dict[str, Hub], entry: Entry) -> None:
    """Tell the results as the city published them. How many gave which answer was not found, so nothing says it."""
    first, last, published = (date.fromisoformat(entry[name]) for name in ("open_from", "open_to", "published"))
    survey = Survey.objects.create(
        hub=hubs[entry["hub"]],
        slug=entry["id"].removeprefix(f"{entry['hub']}-"),
        opens_at=to_utc(first, time.min),
        closes_at=to_utc(last + timedelta(days=1), time.min),
        results_published_at=to_utc(published, time.min),
        is_published=True,
        is_example=True,
        answered_elsewhere=entry["responses"],
        source=source.facts()["sources"][entry["source"]]["where"],
        **in_languages("title", entry["title"]),
        **in_languages("what_we_do", entry["what_we_do"]),
    )
    for order, finding in enumerate(entry["findings"], start=1):
        Finding.objects.create(
            survey=survey, order=order, share=finding["share_percent"], **in_languages("text", finding["text"])
        )


def load_example_survey(hubs: dict[str, Hub], entry: Entry, *, at: datetime) -> None:
    today = at.astimezone(HELSINKI).date()
    survey = Survey.objects.create(
        hub=hubs[entry["hub"]],
        slug=entry["slug"],
        opens_at=to_utc(today, time.min),
        closes_at=to_utc(today + OPEN_DAYS, time.min),
        is_published=True,
        is_example=True,
        **in_languages("title", entry["title"]),
        **in_languages("introduction", entry["introduction"]),
    )
    for order, each in enumerate(entry["questions"], start=1):
        texts = {name: text for field in ("text", "low", "high") for name, text in texts_of(each, field).items()}
        question = Question.objects.create(survey=survey, kind=each["kind"], order=order, **texts)
        options = [(option["sv"], option["fi"], option["en"]) for option in each.get("options", [])]
        set_options(question=question, texts=options)


def texts_of(entry: Entry, field: str) -> dict[str, str | None]:
    return in_languages(field, entry.get(field))
