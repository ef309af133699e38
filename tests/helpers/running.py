"""A site as its operator runs it: script/server, in a process and a folder of its own."""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"
PASSED_ON = ("HOME", "LANG", "PATH", "TMPDIR")  # none of the settings that the tests run with
NAMES_PASSWORD = re.compile(r"password    (\S+)")  # what a first start prints
PATIENCE = 120  # seconds; only a failing test waits that long


def environment(**changes):
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {name: str(value) for name, value in changes.items()}


def run(*command, cwd=ROOT, **changes):
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def in_one_process(data_dir, *steps, **changes):
    """Run commands of manage.py (lists) and code (texts): to start one takes longer than what most do."""
    code = ["from django.core.management import call_command"]
    code += [step if isinstance(step, str) else f"call_command(*{[*map(str, step)]})" for step in steps]
    result = run(
        PYTHON, "manage.py", "shell", "--no-imports", "-c", "\n".join(code), DATA_DIR=data_dir, **changes
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def prepare(data_dir, **changes):
    changes = {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "127.0.0.1", **changes}
    return run(PYTHON, "manage.py", "prepare", DATA_DIR=data_dir, **changes)


def put_in(data_dir, code, **changes):
    """Run Python code with the site's models; return what it prints."""
    made = run(PYTHON, "manage.py", "shell", "--no-imports", "-c", code, DATA_DIR=data_dir, **changes)
    assert made.returncode == 0, made.stderr
    return made.stdout


def copy_of(prepared, folder):
    """Copy a DATA_DIR and what lies beside it into `folder`; return the new DATA_DIR."""
    ignore = shutil.ignore_patterns("static")
    shutil.copytree(prepared.parent, folder, ignore=ignore, dirs_exist_ok=True)
    (folder / "var" / "static").symlink_to(prepared / "static")
    env_file = folder / "var" / ".env"
    env_file.write_text(env_file.read_text().replace(str(prepared.parent), str(folder)))
    return folder / "var"


def assert_one_line(result, *words):
    """It failed, and said in one line for people what to do."""
    assert result.returncode == 1
    message = result.stderr.strip()
    assert len(message.splitlines()) == 1, message
    assert "Traceback" not in message
    for word in words:
        assert word in message


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Site:
    """A running script/server."""

    def __init__(self, data_dir, output, cwd=ROOT, **changes):
        """`data_dir`: its DATA_DIR; `output`: the file for what it says; `changes`: settings."""
        if cwd is ROOT and not (ROOT / ".venv" / ".installed").exists():
            pytest.fail("script/server would make .venv anew beneath these tests: run script/test once.")
        self.data_dir, self.output = data_dir, output
        self.url = f"http://127.0.0.1:{changes.get('PORT') or free_port()}"
        changes = {"WEB_CONCURRENCY": 1, "DATA_DIR": data_dir, "PORT": self.url.rpartition(":")[2], **changes}
        self.command, self.environment = [cwd / "script" / "server"], environment(**changes)
        output.write_text("")
        self.start()

    def start(self):
        with self.output.open("a") as stream:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A run in the background ignores Ctrl-C; a shell cannot trap what it was born ignoring.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def wait_for(self, condition):
        """Returns the condition's first true value; fails when the server ends before."""
        deadline = time.monotonic() + PATIENCE
        while not (value := condition()):
            assert time.monotonic() < deadline, f"{condition.__name__} never came: {self.output.read_text()}"
            try:
                ended = self.process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"script/server ended with {ended}: {self.output.read_text()}")
        return value

    def wait_until_it_answers_again(self):
        """Wait for an answer, and start script/server anew where it has given up, as a process manager does.

        It gives up after five deaths within seconds of a start, which only a test brings about.
        """
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert time.monotonic() < deadline, f"no answer: {self.output.read_text()}"
            try:
                self.process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            self.start()

    def answers(self):
        try:
            with urllib.request.build_opener().open(self.url, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def worker(self):
        """The process id of the one worker: the child of granian, which is the child of the script."""
        for granian in children(self.process.pid):
            for worker in children(granian):
                return worker
        return None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def processes_of(data_dir):
    """Every process that was started with this DATA_DIR."""
    mark = f"DATA_DIR={data_dir}\0".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environ.read_bytes() + b"\0":
                found.append(int(environ.parent.name))
        except OSError:  # it ended, or is somebody else's
            continue
    return found


def handles(pids):
    """Return a descriptor of each process that is there: unlike its number it never becomes another's."""
    found = []
    for pid in pids:
        with suppress(ProcessLookupError):  # it died with its parent
            found.append(os.pidfd_open(pid))
    return found


def kill(processes):
    """Kill processes, by their handles; return when the kernel has closed all that they had open."""
    for handle in processes:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    for handle in processes:
        select.select([handle], [], [])  # readable when the last thread has ended
        os.close(handle)


@contextmanager
def started(data_dir, tmp_path, **changes):
    """A site that answers; whatever the test does to it, nothing of it runs afterwards or has a file open."""
    site = Site(data_dir, tmp_path / "output.txt", **changes)
    try:
        site.wait_for(site.answers)
        yield site
    finally:
        processes = handles(processes_of(data_dir))
        if site.process.poll() is None:
            site.stop()
        kill(processes + handles(processes_of(data_dir)))
