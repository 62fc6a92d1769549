"""Processes made to be killed, and the mail server they talk to.

One process loads Django and forks for every deed (tests/rooms/deeds.py), so that a life costs
milliseconds. A line of JSON on its standard input begins a deed, `{"deed": …, "step": …, "booking": …}`,
and is answered with the number of the new process; `{"wait": number}` is answered with how that
process ended. At its step, counted from 0, a process ends itself as `kill -9` does. Steps are what
can leave a trace: each statement but a mere reading, the moments before and after each commit, and
before and after the mail server's answer.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

REFUSED = 3


class Fate:
    """Counts steps down and ends the process at the last."""

    left: int | None = None

    def step(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.left is not None:
            self.left -= 1


fate = Fate()


class MailServer(BaseEmailBackend):
    """Takes a mail by writing its Message-ID at the end of a file, in one go."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            fate.step()
            with open(os.environ["MAIL_SERVER"], "ab", buffering=0) as file:  # noqa: PTH123 - one write, unbuffered
                file.write(f"{message.message()['Message-ID']}\n".encode())
            fate.step()
        return len(email_messages)


def main(database: str, mail_server: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"], os.environ["MAIL_SERVER"] = "tests.settings", mail_server
    from django.conf import settings  # noqa: PLC0415 - reads the environment

    settings.DATABASES["default"]["NAME"] = database
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    settings.MAILERS = {"default": {"BACKEND": "tests.rooms.killing.MailServer"}}
    import django  # noqa: PLC0415

    django.setup()
    from tests.rooms import deeds  # noqa: PLC0415

    deeds.get_ready()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        elif (answer := os.fork()) == 0:
            live(getattr(deeds, order.pop("deed")), **order)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def live(deed: Callable[..., None], *, step: int | None = None, **words: Any) -> None:
    """Do the deed and end, at the step or when it is done."""
    from django.core.exceptions import ObjectDoesNotExist  # noqa: PLC0415

    from rooms.booking import Refused  # noqa: PLC0415 - needs Django set up

    status = 1
    try:
        count_steps()
        fate.left = step
        deed(**words)
        status = 0
    except (Refused, ObjectDoesNotExist):
        status = REFUSED
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(status)


def count_steps() -> None:
    from django.db import connection  # noqa: PLC0415

    connection.ensure_connection()
    commit = connection._commit

    def watched_commit() -> None:
        fate.step()
        commit()
        fate.step()

    def watched(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not sql.startswith("SELECT") or "UPDATE OF" in sql or sql.endswith("UPDATE"):
            fate.step()
        return execute(sql, params, many, context)

    connection._commit = watched_commit
    connection.execute_wrappers.append(watched)
