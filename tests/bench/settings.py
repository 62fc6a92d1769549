"""The site as it is in production, with one more page: the bare view that others are measured beside."""

from servicetorg.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
