"""How gunicorn serves the site; it finds this file by itself."""

from typing import Any

import environ

env = environ.Env()

wsgi_app = "servicetorg.wsgi:application"
bind = env.str("WEB_BIND", default="0.0.0.0:8000")
workers = env.int("WEB_WORKERS", default=2)
threads = env.int("WEB_THREADS", default=4)
timeout = env.int("WEB_TIMEOUT", default=30)
graceful_timeout = 20
max_requests = 5000  # a slow leak, if there ever is one, ends by itself
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat on a slow disk would look like a stuck process
accesslog = None  # the site writes its own line for each request, without personal data

logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "servicetorg.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "level": "INFO", "propagate": False},
    },
}
