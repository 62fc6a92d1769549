from django.http import Http404


class ForReader(str):
    """Words that 404.html may show: Django's own reasons for a 404 are not written for residents."""

    __slots__ = ()
    is_for_reader = True


class Missing(Http404):
    """A 404 that says in the reader's language what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(ForReader(words))
