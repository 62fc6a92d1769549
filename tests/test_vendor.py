import hashlib

import pytest
from django.conf import settings

from services.models import Category
from servicetorg.templatetags.portal import icon, icon_names

VENDOR = settings.BASE_DIR / "static" / "vendor"
SUMS = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines())


def test_every_vendored_file_is_pinned() -> None:
    files = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file() and path.parent != VENDOR}

    assert files == set(SUMS)


@pytest.mark.parametrize("name", SUMS)
def test_no_vendored_file_was_changed_by_hand(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == SUMS[name]


@pytest.mark.parametrize("package", ["htmx", "inter", "lucide"])
def test_every_package_comes_with_its_licence(package: str) -> None:
    assert [path.name for path in (VENDOR / package).glob("LICENSE*")] != []


def test_an_icon_is_hidden_from_screen_readers() -> None:
    assert icon("map-pin") == (
        '<svg class="icon" aria-hidden="true"><use href="/static/vendor/lucide/icons.svg#map-pin"/></svg>'
    )


def test_an_unknown_icon_is_shown_as_info() -> None:
    assert "#info" in icon('"><script>')


def test_the_icon_of_a_category_is_there_by_default() -> None:
    assert Category().icon in icon_names()
