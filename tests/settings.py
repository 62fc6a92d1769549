"""The site's own settings, with what a test run changes."""

import os

from tests import databases

os.environ["IGNORE_DOT_ENV"] = "true"
os.environ["DEBUG"] = "true"  # Django's test runner turns it off again; until then it spares us a secret
os.environ["DATABASE_URL"] = databases.address()

from servicetorg.settings import *  # noqa: F403
from servicetorg.settings import DATABASES

DATABASES = {"default": databases.for_tests(DATABASES["default"])}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only here
TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STATIC_ROOT = databases.directory_of_this_run()  # WhiteNoise warns where it finds none
