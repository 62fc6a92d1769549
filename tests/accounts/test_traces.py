"""What signing in leaves behind is forgotten."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.traces import end_sessions, forget_ended_sessions, forget_old_attempts
from tests.cast import TUESDAY
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_counted_attempts_are_forgotten_when_they_no_longer_count(settings: Settings) -> None:
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "django_cache"}}
    with time_machine.travel(TUESDAY, tick=False):
        cache.set("allauth:rl:ip:192.0.2.1", [1], timeout=60)
        cache.set("allauth:rl:ip:192.0.2.2", [1], timeout=3600)
        assert forget_old_attempts(at=TUESDAY + HOUR / 2) == 1
        assert (cache.get("allauth:rl:ip:192.0.2.1"), cache.get("allauth:rl:ip:192.0.2.2")) == (None, [1])


def test_where_the_cache_is_not_in_the_database_there_is_nothing_to_forget() -> None:
    assert forget_old_attempts(at=TUESDAY) == 0


def test_ended_sessions_are_forgotten_and_others_kept(resident: User, another_resident: User) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        ended, kept = (signed_in(person).session.session_key for person in (resident, another_resident))
        Session.objects.filter(pk=ended).update(expire_date=TUESDAY - HOUR)
        assert forget_ended_sessions(at=TUESDAY) == 1
        assert Session.objects.get().pk == kept


def test_a_visitors_session_is_nobodys(client: Client, resident: User) -> None:
    session = client.session
    session["draft"] = {"name": "Kim"}
    session.save()
    assert end_sessions(resident.pk) == 0
    assert Session.objects.count() == 1
