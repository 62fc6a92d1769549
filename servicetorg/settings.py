"""Every setting in one file, read from the environment; .env.example explains each.

Development is the default only where somebody asks for it (DEBUG=true in `.env`, as
`make run` writes it). Without DEBUG the site refuses to start on an unsafe setting.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists() and not env.bool("IGNORE_DOT_ENV", default=False):
    env.read_env(BASE_DIR / ".env")

# --- Mode and safety ---------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
DEVELOPMENT_SECRET = "only-for-development-never-in-production-4f1b7a"  # noqa: S105 - refused below
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET if DEBUG else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# HTTPS is the rule; a local try of production over plain HTTP has to ask for it by name.
SECURE_COOKIES = env.bool("SECURE_COOKIES", default=not DEBUG)
ALLOW_INSECURE_HTTP = env.bool("ALLOW_INSECURE_HTTP", default=False)
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SECURE_SSL_REDIRECT = SECURE_COOKIES and not DEBUG
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if SECURE_COOKIES else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preloading binds the whole domain: its owner decides
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")


def is_local(address: str) -> bool:
    """Say whether only this machine, or its own network, can mean `address`."""
    host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host.rpartition(".")[2] in ("localhost", "local", "test")


if DEBUG and not all(is_local(host) for host in [*ALLOWED_HOSTS, SITE_URL]):
    raise ImproperlyConfigured(
        "DEBUG shows settings and mails to every visitor. Turn it off, "
        "or let ALLOWED_HOSTS and SITE_URL name only this machine or its own network."
    )
if not DEBUG:
    unsafe = {
        "SECRET_KEY must be set to at least 50 random characters": (
            len(SECRET_KEY) < 50 or SECRET_KEY == DEVELOPMENT_SECRET or SECRET_KEY.startswith("change-me")
        ),
        "ALLOWED_HOSTS must name the site's own host names": not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS,
        "SECURE_COOKIES may be off only together with ALLOW_INSECURE_HTTP=true": (
            not SECURE_COOKIES and not ALLOW_INSECURE_HTTP
        ),
    }
    problems = [problem for problem, is_unsafe in unsafe.items() if is_unsafe]
    if problems:
        raise ImproperlyConfigured("Production settings are unsafe: " + "; ".join(problems) + ".")

# --- The project -------------------------------------------------------------------------

INSTALLED_APPS = [
    "modeltranslation",  # before the admin, as its documentation asks
    "accounts.staff_app.StaffSiteConfig",  # Django's admin, with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_tasks_db",
    "simple_history",
    "allauth",
    "allauth.account",
    "accounts",
    "hubs",
    "services",
    "rooms",
    "surveys",
    "servicetorg",
]

MIDDLEWARE = [
    "servicetorg.middleware.RequestIdMiddleware",
    "servicetorg.middleware.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "servicetorg.middleware.PermissionsPolicyMiddleware",
    "servicetorg.middleware.CleanQueryMiddleware",  # before WhiteNoise, which opens files by the path
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "servicetorg.conditional.KeptPagesMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads its answers against BREACH; a proxy may do better with brotli
    "servicetorg.conditional.PublicPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "servicetorg.language.RememberLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "servicetorg.middleware.SearchIndexMiddleware",
]

ROOT_URLCONF = "servicetorg.urls"
WSGI_APPLICATION = "servicetorg.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "servicetorg.context_processors.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "servicetorg.templatetags.portal"],
        },
    },
]
FORM_RENDERER = "servicetorg.forms.FieldRenderer"

# --- Database ----------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock when a transaction begins, so that a verb which reads
    # and then writes waits its turn instead of failing half-way with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Whoever is cut off or hangs in the middle of a booking keeps its locks, and nobody could book that room or
    # with that account, until PostgreSQL gives up. A time limit for statements or locks would also stop migrations,
    # backups and fifty who rightly wait for one room; no lock outlives its transaction, so this one is enough.
    if idle_seconds := env.int("DATABASE_IDLE_SECONDS", default=60):
        options = DATABASES["default"].setdefault("OPTIONS", {})
        limit = f"-c idle_in_transaction_session_timeout={idle_seconds}s"
        options["options"] = f"{limit} {options.get('options', '')}".strip()

# Limits against guessing sign-in codes count here; several processes must share the count.
CACHES = {"default": env.cache_url("CACHE_URL", default="dbcache://django_cache")}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- People ------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "rooms:my_bookings"
LOGOUT_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 60 * 10
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
# Ten codes an hour with five tries each: one in 20,000 for whoever guesses a whole hour at one address.
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip,3/m/key,10/h/key", "login": "30/m/ip,10/5m/key"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code itself proves the address
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
# Whom to count: behind a proxy, the address that the proxy saw.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BEHIND_PROXY", default=False) else 0

# --- Languages and time ------------------------------------------------------------------

LANGUAGE_CODE = "sv"  # where neither address, cookie nor browser says otherwise
LANGUAGES = [("sv", _("Swedish")), ("fi", _("Finnish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
MODELTRANSLATION_DEFAULT_LANGUAGE = "sv"
MODELTRANSLATION_LANGUAGES = ("sv", "fi", "en")
MODELTRANSLATION_FALLBACK_LANGUAGES = {"default": ("sv", "fi", "en"), "fi": ("sv", "en"), "en": ("fi", "sv")}
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Helsinki"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Static files ------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        ),
    },
}

# --- Mail --------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Servicetorg <noreply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILBOX_DIR = BASE_DIR / "var" / "mailbox"
if DEBUG and "EMAIL_URL" not in env:
    # Read in the browser at /dev/mailbox/, which exists only here.
    MAILERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "servicetorg.mailbox.MailboxBackend"}}
else:
    email = env.email_url("EMAIL_URL", default="smtp://localhost:25")
    MAILERS = {
        "default": {
            "BACKEND": email["EMAIL_BACKEND"],
            "OPTIONS": {
                "host": email["EMAIL_HOST"],
                "port": email["EMAIL_PORT"],
                "username": email["EMAIL_HOST_USER"],
                "password": email["EMAIL_HOST_PASSWORD"],
                "use_tls": email.get("EMAIL_USE_TLS", False),
                "use_ssl": email.get("EMAIL_USE_SSL", False),
                "timeout": 30,  # seconds; a mail server that says nothing must not stop the worker for good
            },
        },
    }

# --- What the site says of itself ----------------------------------------------------------

SITE_NAME = env.str("SITE_NAME", default="") or pgettext_lazy("name of the site", "Service Centre")
MUNICIPALITY_NAME = {
    "sv": env.str("MUNICIPALITY_NAME_SV", default="Esbo stad"),
    "fi": env.str("MUNICIPALITY_NAME_FI", default="Espoon kaupunki"),
    "en": env.str("MUNICIPALITY_NAME_EN", default="City of Espoo"),
}
REMINDER_HOURS = env.int("REMINDER_HOURS", default=48)  # before the start; 0: nobody is reminded
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="mailto:security@localhost")

# --- Personal data -------------------------------------------------------------------------------

# How long after its end a booking tells who booked, and an account without bookings and sign-ins lives.
RETENTION_DAYS = env.int("RETENTION_DAYS", default=365)
if RETENTION_DAYS < 1:
    raise ImproperlyConfigured("RETENTION_DAYS must be at least 1.")
# How long after a survey has closed the staff can read what people have written in it.
SURVEY_TEXT_DAYS = env.int("SURVEY_TEXT_DAYS", default=180)

# --- Logs: JSON in production, with a request id and without personal data -------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "servicetorg.logs.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "servicetorg.logs.JsonFormatter"},
        "plain": {"format": "{levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if DEBUG else "json",
            "filters": ["request_id"],
        },
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},  # to the root alone; Django would also mail whole requests
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # runserver has a line of its own for each request
        "servicetorg.requests": {"level": "WARNING" if DEBUG else "INFO"},
    },
}
