"""What the documents name is there: files, folders, commands, names of Python."""

import importlib
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))
MADE_BY_RUNNING = ("DATA_DIR/", "var/", ".venv", "media/", "site.sqlite3")
FILE = re.compile(r"(?<![\w./<…-])(?:[\w-]+/)*[\w.-]+\.(?:py|html|js|css|md|toml|txt|in|sh)\b")
DOTTED = re.compile(r"`((?:common|contacts|news|documents|hgf_site|tests)(?:\.\w+)+)")


def named_files(text):
    for name in FILE.findall(text):
        if not name.startswith(MADE_BY_RUNNING):
            yield name


def is_there(name):
    return (ROOT / name).exists() or ("/" not in name and any(ROOT.glob(f"*/**/{name}")))


def imported(name):
    """Import a dotted name, module or what is in one; raises where there is none."""
    module, _, rest = name.rpartition(".")
    try:
        return importlib.import_module(name)
    except ImportError:
        return getattr(imported(module), rest)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_file_that_a_document_names_is_there(document):
    text = (ROOT / document).read_text()
    assert [name for name in named_files(text) if not is_there(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_dotted_name_in_a_document_can_be_imported(document):
    for name in DOTTED.findall((ROOT / document).read_text()):
        if not is_there(name):
            imported(name)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_name_after_a_colon_is_in_its_file(document):
    for file, name in re.findall(r"`([\w/]+)\.py:([\w.]+)`", (ROOT / document).read_text()):
        found = importlib.import_module(file.removesuffix("/__init__").replace("/", "."))
        for part in name.split("."):
            found = getattr(found, part)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_command_in_a_document_exists(document):
    named = re.findall(r"manage\.py (\w+)", (ROOT / document).read_text())
    assert set(named) <= set(get_commands())
