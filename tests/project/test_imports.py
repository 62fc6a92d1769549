"""Imports go one way, so that an app can be read, and one day moved, with what is below it alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What each may use of ours besides itself. What needs both rooms and services lives in servicetorg.
MAY_IMPORT = {
    "accounts": set(),
    "hubs": {"accounts"},
    "services": {"accounts", "hubs"},
    "rooms": {"accounts", "hubs"},
    "surveys": {"accounts", "hubs"},
    "servicetorg": {"accounts", "hubs", "services", "rooms", "surveys"},
}
# Inside rooms an import points to its own layer or a lower one. What is not named here is free in this.
LAYERS_OF_ROOMS = [
    {"enums", "spans"},
    {"models", "constraints"},
    {"rules", "availability", "calendar", "wording", "mails", "tasks", "booking"},
    {"forms", "results", "week", "admin_forms"},
    {"views", "urls", "admin", "management"},
]


def imports_of(path: Path) -> Iterator[str]:
    """Yield the dotted name of whatever the file imports anywhere, but for its types alone."""
    yield from imports_in(ast.parse(path.read_text()))


def imports_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imports_in(node)


def sources(app: str) -> list[Path]:
    return [path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_an_app_imports_only_what_is_below_it(app: str) -> None:
    forbidden = MAY_IMPORT.keys() - MAY_IMPORT[app] - {app}

    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(app)
        for name in imports_of(path)
        if name.partition(".")[0] in forbidden
    ]

    assert wrong == []


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_nothing_outside_the_tests_imports_them(app: str) -> None:
    assert [str(path) for path in sources(app) for name in imports_of(path) if name.startswith("tests.")] == []


def test_inside_rooms_imports_point_downwards() -> None:
    layer_of = {module: number for number, modules in enumerate(LAYERS_OF_ROOMS) for module in modules}

    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources("rooms")
        for name in imports_of(path)
        if name.startswith("rooms.")
        and layer_of.get(path.relative_to(ROOT / "rooms").parts[0].removesuffix(".py"), len(LAYERS_OF_ROOMS))
        < layer_of.get(name.split(".")[1], 0)
    ]

    assert wrong == []


def test_the_check_itself_finds_what_is_there() -> None:
    names = set(imports_of(ROOT / "rooms" / "booking" / "asking.py"))

    assert {"accounts.models.User", "rooms.availability.free_times"} <= names
    assert all(sources(app) for app in MAY_IMPORT)
