"""How long the important questions take, in a small and in a large town, on both databases: `make bench`.

python -m tests.bench [--size S|L] [--database sqlite|postgresql] [--rounds 25]

Each pair of size and database gets a database of its own and a process of its own. PostgreSQL is
started on this machine, with the durability it has by default. What comes out is a table, printed
and kept in var/bench.md; docs/performance.md says how to read it.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
KEPT_IN = ROOT / "var" / "bench.md"
BEGIN = "import django; django.setup(); from tests.bench.measure import main; main()"
FOR_SPEED_ALONE = "fsync", "synchronous_commit", "full_page_writes"  # what tests switch off


def address(database: str, size: str, directory: str) -> str:
    """Return the address of an empty database; starts PostgreSQL once."""
    if database == "sqlite":
        return f"sqlite:///{directory}/{size}.sqlite3"
    import psycopg  # noqa: PLC0415 - only where it is measured

    from tests.databases import start_postgresql  # noqa: PLC0415

    server = os.environ.setdefault("BENCH_POSTGRESQL", start_postgresql())
    with psycopg.connect(server.replace("/servicetorg?", "/postgres?"), autocommit=True) as connection:
        for setting in FOR_SPEED_ALONE:
            connection.execute(f"ALTER SYSTEM RESET {setting}")  # type: ignore[call-overload]
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE bench_{size.lower()}")  # type: ignore[call-overload]
    return urlsplit(server)._replace(path=f"/bench_{size.lower()}").geturl()


def measure(database: str, size: str, rounds: int, directory: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "DATABASE_URL": address(database, size, directory),
        "DJANGO_SETTINGS_MODULE": "servicetorg.settings",
        "IGNORE_DOT_ENV": "true",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "testserver",
        "SECURE_COOKIES": "false",
        "ALLOW_INSECURE_HTTP": "true",
        "LOG_LEVEL": "WARNING",
        "DATABASE_IDLE_SECONDS": "0",  # half a million bookings are thought of between two statements
    }
    command = [sys.executable, "-c", BEGIN, size, str(rounds)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def table(result: dict[str, Any]) -> str:
    lines = [
        f"## {result['size']} on {result['database']}",
        "",
        f"{result['words']}. Filled in {result['filled']:.0f} s. Median of {result['rounds']} rounds; "
        f"load of the machine {result['load'][0]:.1f} before and {result['load'][1]:.1f} after.",
        "",
        "| question | ours | bare SQL | ratio | queries |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row['name']} | {row['ours']:.1f} ms | {row['bare']:.1f} ms | {row['ratio']:.1f} | {row['queries']} |"
            for row in result["questions"]
        ),
        "",
        "| page | whole page | quickest | in SQL | queries |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row['name']} | {row['page']:.1f} ms | {row['least']:.1f} ms | {row['sql']:.1f} ms | {row['queries']} |"
            for row in result["pages"]
        ),
        "",
        f"{result['clients']} clients that book at once: {result['per_second']:.0f} bookings a second.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", action="append", choices=["S", "L"])
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    KEPT_IN.parent.mkdir(exist_ok=True)
    KEPT_IN.write_text("")
    with tempfile.TemporaryDirectory(prefix="servicetorg-bench-") as directory:
        for size in options.size or ["S", "L"]:
            for database in options.database or ["sqlite", "postgresql"]:
                text = table(measure(database, size, options.rounds, directory))
                print(text, flush=True)  # noqa: T201
                with KEPT_IN.open("a") as kept:
                    kept.write(f"{text}\n")


if __name__ == "__main__":
    main()
