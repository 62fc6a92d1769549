"""What signing in leaves behind: sessions, and counted attempts with the network they came from."""

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router


def end_sessions(user_id: int) -> int:
    """Delete every session of a person, with what they had typed. Return how many. Reads all sessions."""
    theirs = [
        session.pk for session in Session.objects.iterator() if session.get_decoded().get(SESSION_KEY) == str(user_id)
    ]
    return Session.objects.filter(pk__in=theirs).delete()[0]


def forget_ended_sessions(*, at: datetime) -> int:
    """Delete sessions that have ended, with what was typed in them. Return how many."""
    return Session.objects.filter(expire_date__lt=at).delete()[0]


def forget_old_attempts(*, at: datetime) -> int:
    """Delete what the cache holds beyond its time: Django does so only when the table is full. Return how many."""
    cache = caches["default"]
    if not isinstance(cache, DatabaseCache):
        return 0
    connection = connections[router.db_for_write(cache.cache_model_class) or "default"]
    with connection.cursor() as cursor:
        table, expires = (
            connection.ops.quote_name(cache.cache_model_class._meta.db_table),
            connection.ops.quote_name("expires"),
        )
        cursor.execute(
            f"DELETE FROM {table} WHERE {expires} < %s",  # noqa: S608 - both names are ours
            [connection.ops.adapt_datetimefield_value(at)],
        )
        return int(cursor.rowcount)
