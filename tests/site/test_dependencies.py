"""What is installed is what was chosen: pinned, hashed, with a reason and a licence."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(\S+?)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


FILES = ["requirements.txt", "requirements-s3.txt", "requirements-sentry.txt", "requirements-dev.txt"]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name):
    return {package: version for package, version, _ in PIN.findall(read(name))}


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_an_exact_version_with_its_hashes(name):
    rest = re.sub(r"^ *#.*\n", "", PIN.sub("", read(name)), flags=re.MULTILINE)
    assert pins(name)
    assert rest.strip() == ""


@pytest.mark.parametrize("name", FILES)
def test_what_runs_here_is_what_is_pinned(name):
    assert {package: distribution(package).version for package in pins(name)} == pins(name)


def test_whatever_we_ask_for_has_its_reason_on_the_same_line():
    text = "".join(read(f"requirements{part}.in") for part in ("", "-s3", "-sentry"))
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "-c"))]
    assert [line for line in lines if not re.fullmatch(r"\S+ +# \S.{10,}", line)] == []


def test_the_list_of_licences_names_what_is_installed():
    listed = set(
        re.findall(
            r"^\| ([a-z][a-z0-9-]+) \| \S", read("SECURITY.md").partition("| Package |")[2], re.MULTILINE
        )
    )
    assert listed == set().union(*(pins(name) for name in FILES[:-1]))


def test_each_promise_names_tests_that_exist():
    promised = re.findall(r"`(tests/[\w/]+\.py)`", read("SECURITY.md"))
    assert len(promised) > 8
    assert [path for path in promised if not (ROOT / path).exists()] == []
