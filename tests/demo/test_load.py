"""Loading: twice is once, real content is left alone, and bookings are made as people make them."""

from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from hubs.models import Hub, Notice
from services.models import Category
from servicetorg.demo import accounts
from servicetorg.demo.load import RealContentError, load
from tests.cast import TUESDAY, helsinki, make_hub

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("load_demo", "--without-bookings", *arguments, stdout=out)
    return out.getvalue()


def everything() -> Counter[str]:
    """Return the number of rows of each of our tables."""
    ours = [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in ("accounts", "hubs", "services", "rooms", "surveys")
    ]
    return Counter({model.__name__: model._default_manager.count() for model in ours})


@pytest.fixture
def development(settings: Settings) -> None:
    settings.DEBUG = True


@pytest.mark.usefixtures("development")
def test_the_command_tells_what_it_did_and_the_accounts() -> None:
    told = run()
    assert "2 hubs, 22 listings, 18 rooms" in told
    assert accounts.PASSWORD in told
    assert all(email in told for email in accounts.PEOPLE)


def test_twice_is_once() -> None:
    assert load(at=TUESDAY, days=0).is_new
    before = everything()
    assert not load(at=TUESDAY + timedelta(days=0), days=0).is_new
    assert everything() == before


def test_what_people_did_is_kept() -> None:
    load(at=TUESDAY, with_bookings=False)
    hub = Hub.objects.get(slug="kalajarvi")
    hub.name_sv = "Vårt hus"
    hub.save()
    Notice.objects.all().delete()
    load(at=TUESDAY, with_bookings=False)
    hub.refresh_from_db()
    assert hub.name_sv == "Vårt hus"
    assert not Notice.objects.exists()


@pytest.mark.usefixtures("development")
def test_if_empty_is_silent_where_anything_is(kalajarvi: Hub) -> None:
    assert run("--if-empty") == ""
    assert Hub.objects.get() == kalajarvi


def test_a_real_hub_is_left_alone() -> None:
    make_hub("leppavaara", is_example=False)
    before = everything()
    with pytest.raises(RealContentError, match="leppavaara"):
        load(at=TUESDAY)
    assert everything() == before


def test_a_real_hub_beside_the_demo_is_left_alone_too() -> None:
    load(at=TUESDAY, with_bookings=False)
    make_hub("leppavaara", is_example=False)
    with pytest.raises(RealContentError, match="leppavaara"):
        load(at=TUESDAY)


def test_services_that_somebody_is_preparing_are_left_alone() -> None:
    Category.objects.create(slug="sport", name_sv="Idrott")
    with pytest.raises(RealContentError, match="sport"):
        load(at=TUESDAY)
    assert not Hub.objects.exists()


@pytest.mark.parametrize("email", ["administrator@example.org", "choir@example.org"])
def test_an_account_of_the_same_address_is_left_alone(email: str) -> None:
    User.objects.create_user(email, "somebody else's password")
    with pytest.raises(RealContentError):
        load(at=TUESDAY)


@pytest.mark.usefixtures("development")
def test_the_command_says_plainly_why_not() -> None:
    make_hub("leppavaara", is_example=False)
    with pytest.raises(CommandError, match="nothing was changed: “leppavaara” is not an example hub"):
        run()


def test_a_site_without_debug_must_say_that_it_is_a_demo() -> None:
    with pytest.raises(CommandError, match="--yes-this-is-a-demo-site"):
        run()
    assert not Hub.objects.exists()
    assert "22 listings" in run("--yes-this-is-a-demo-site")


@pytest.mark.any_database
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 12, 27, 10, tzinfo=ZoneInfo("Europe/Helsinki")),
        datetime(2027, 3, 28, 3, 30, tzinfo=ZoneInfo("Europe/Helsinki")),
        datetime(2027, 10, 31, 23, 59, tzinfo=ZoneInfo("Europe/Helsinki")),
        datetime(2031, 6, 8, tzinfo=ZoneInfo("Europe/Helsinki")),
    ],
    ids=["between the holidays", "clocks go forward", "clocks go back", "years from now"],
)
def test_it_loads_on_any_day(at: datetime) -> None:
    assert load(at=at, days=1).bookings > 5


def test_far_from_the_holiday_the_library_has_the_notice() -> None:
    load(at=helsinki(2026, 9, 1, 12), with_bookings=False)
    notice = Notice.objects.get(hub__slug="kalajarvi")
    assert [listing.slug for listing in notice.listings.all()] == ["library"]
    assert not notice.is_for_whole_hub
