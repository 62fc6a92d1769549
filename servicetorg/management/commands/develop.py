import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from io import StringIO
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from hubs.models import Hub
from servicetorg.demo import accounts
from servicetorg.demo.bookings import groups_come

TEND_EVERY = 60  # seconds


class Command(BaseCommand):
    help = "Prepare the database, load the demo into an empty one, and run the site and its worker together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This is for development: put DEBUG=true into .env. docs/operations.md has the rest.")
        if is_taken(port):
            raise CommandError(f"Port {port} is taken. Choose another: make run PORT={port + 10}")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        call_command("migrate", verbosity=0)
        if not Hub.objects.exists():
            self.stdout.write("Filling the empty database with the demo; this takes a moment …")
            call_command("load_demo", stdout=StringIO())
        processes = [
            start("runserver", f"127.0.0.1:{port}", site_url=f"http://localhost:{port}"),
            start("db_worker", "--no-startup-delay", site_url=f"http://localhost:{port}"),
        ]
        try:
            wait_until_up(port)
            self.tell(port)
            last_tended = 0.0
            while all(process.poll() is None for process in processes):
                if time.monotonic() - last_tended > TEND_EVERY:
                    groups_come(at=timezone.now())
                    subprocess.run(
                        [sys.executable, "manage.py", "tend"], cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
                    )
                    last_tended = time.monotonic()
                time.sleep(0.3)
            raise CommandError("The site or its worker ended; see above why.")
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. The data is kept for the next time.")
        finally:
            for process in processes:
                stop(process)

    def tell(self, port: int) -> None:
        self.stdout.write(self.style.SUCCESS(f"\nServicetorg is open: http://localhost:{port}/"))
        self.stdout.write(f"  for the staff:      http://localhost:{port}/admin/")
        self.stdout.write(f"  mails land in:      http://localhost:{port}/dev/mailbox/")
        self.stdout.write(f"Accounts of the demo (password for the admin: {accounts.PASSWORD}):")
        for email, name in accounts.PEOPLE.items():
            self.stdout.write(f"  {email:<28} {name}")
        self.stdout.write("Ctrl-C stops it.\n")


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def start(*command: str, site_url: str) -> subprocess.Popen[bytes]:
    """Start a command in a group of its own: both reload themselves and so consist of two processes."""
    environment = {"SITE_URL": site_url, "DJANGO_RUNSERVER_HIDE_WARNING": "true", **os.environ}
    return subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=environment, start_new_session=True
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=5)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def wait_until_up(port: int, seconds: int = 30) -> None:
    for _ in range(seconds * 5):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
        except (URLError, TimeoutError):
            time.sleep(0.2)
        else:
            return
