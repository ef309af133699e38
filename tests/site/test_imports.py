"""Imports point one way: whoever reads a module needs to know only what lies below it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ["common", "contacts", "documents", "news", "mailing", "moving", "hgf_site"]  # from the ground up


def imported_packages(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_nothing_from_the_floors_above_it(floor):
    above = set(FLOORS[FLOORS.index(floor) + 1 :]) | {"tests", "benchmarks"}
    modules = list((ROOT / floor).rglob("*.py"))
    assert modules
    assert not [(str(path), name) for path in modules for name in imported_packages(path) if name in above]


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_test_module_is_imported_by_another():
    """What two of them use lives in tests/helpers/ or in a conftest."""
    modules = list((ROOT / "tests").rglob("*.py"))
    private = re.compile(r"^tests\..*\b(test_|conftest\b)")
    assert not [
        (path.name, name) for path in modules for name in imported_modules(path) if private.search(name)
    ]
