from django.core.management.base import CommandParser
from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's own, with our habits: no guesses, no line numbers (they would change in every commit)."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(
            add_location="file",
            no_obsolete=True,
            no_wrap=True,
            ignore_patterns=["tests/*", "var/*", "docs/*", "static/*"],
        )
