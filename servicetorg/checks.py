"""System checks of the project as a whole; `manage.py check` runs them, and so does every start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.compatibility)
def check_database(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """No room is ever held twice: that rests on how the database is spoken to."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.postgresql":
        return []
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return [Error("The site runs on SQLite or PostgreSQL only.", id="servicetorg.E001")]
    options = database.get("OPTIONS", {})
    commands = options.get("init_command", "").replace(" ", "").lower()
    conditions = {
        "transaction_mode must be IMMEDIATE": options.get("transaction_mode") == "IMMEDIATE",
        "timeout must be at least 5 seconds": options.get("timeout", 0) >= 5,
        "journal_mode must be WAL": "journal_mode=wal" in commands,
        "foreign_keys must be ON": "foreign_keys=on" in commands,
    }
    return [
        Error(f"SQLite: {condition}.", hint="See DATABASES in servicetorg/settings.py.", id="servicetorg.E002")
        for condition, is_met in conditions.items()
        if not is_met
    ]


@register(Tags.security, deploy=True)
def check_addresses(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Links in mails, the sitemap and security.txt are made of these."""
    names = ("SITE_URL", "DEFAULT_FROM_EMAIL", "SECURITY_CONTACT")
    return [
        Warning(f"{name} still points to localhost.", hint=f"Set {name} in the environment.", id="servicetorg.W001")
        for name in names
        if "localhost" in getattr(settings, name)
    ]
