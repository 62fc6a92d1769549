from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from servicetorg.models import SearchDocument
from servicetorg.search.index import refresh


class Command(BaseCommand):
    """Bring the search up to date. `tend` does it too; this is for who cannot wait a minute after an import."""

    help = "Index what is published for the search. Safe to run at any time, and on several machines at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="write every document anew, not only what has changed")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"]:
            SearchDocument.objects.update(checksum=0)
        self.stdout.write(f"{refresh()} of {SearchDocument.objects.count()} documents written or removed.")
