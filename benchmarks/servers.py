"""The servers that are measured, each in a session of its own on the first core, and what they use."""

import gzip
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "benchmarks"  # ignored by git; kept, so that the second run is quick
WAGTAIL = FOLDER / "wagtail"
SERVER_CORE, LOAD_CORE = "0", "1"
TICK = os.sysconf("SC_CLK_TCK")
PASSED_ON = ("HOME", "LANG", "PATH", "TMPDIR")
GRANIAN = ["--interface", "wsgi", "--http", "1", "--no-ws", "--workers", "1", "--blocking-threads", "4"]


def environment(**changes):
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {name: str(value) for name, value in changes.items()}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def say(text):
    sys.stderr.write(f"{text}\n")


running = []  # everything that has been started, for stop_all()


def stop_all():
    while running:
        running.pop().stop()


class Server:
    """A process with its children. `database`: the Postgres whose work for it counts too."""

    def __init__(self, command, *, port, database=None, **changes):
        self.port, self.database = port, database
        self.url = f"http://127.0.0.1:{port}"
        log = (FOLDER / f"{port}.log").open("w")
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command],
            cwd=ROOT,
            env=environment(**changes),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        running.append(self)

    def wait(self, path="/"):
        """Wait for the first answer; return self."""
        for _ in range(2400):
            try:
                with urllib.request.urlopen(self.url + path, timeout=10):  # noqa: S310  an http address of ours
                    return self
            except urllib.error.HTTPError as error:
                sys.exit(f"{self.url}{path} answers {error.code}")
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{self.process.args} ended: see {FOLDER}/{self.port}.log")
                time.sleep(0.02)
        sys.exit(f"{self.process.args} never answered")

    def cpu_seconds(self):
        """What it and the database have used so far, user and system."""
        others = self.database.pids() if self.database else []
        return sum(cpu_seconds(pid) for pid in [*tree(self.process.pid), *others])

    def memory(self):
        """Megabytes of all its processes, shared ones divided (PSS); without the database."""
        return sum(pss(pid) for pid in tree(self.process.pid)) / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            for pid in tree(self.process.pid):
                os.kill(pid, 9)


def tree(pid):
    """Return the process and all its descendants."""
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return found


def cpu_seconds(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICK  # with children that have ended


def pss(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


# --- What is started ---


def nginx(page):
    """nginx that serves `page` (bytes) as a file, gzipped beforehand, with its log on."""
    folder, port = FOLDER / "nginx", free_port()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    (folder / "index.html").write_bytes(page)
    (folder / "index.html.gz").write_bytes(gzip.compress(page))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"""
        {user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 256; }}
        http {{
            access_log {folder}/access.log; default_type text/html; sendfile on; keepalive_requests 1000000;
            client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
            uwsgi_temp_path {folder}; scgi_temp_path {folder};
            server {{ listen 127.0.0.1:{port}; root {folder}; gzip_static on; }}
        }}
    """)
    return Server(["nginx", "-p", folder, "-c", folder / "nginx.conf"], port=port)


def site(name, posts, database=None, **changes):
    """This site as script/server runs it, with so many posts, in one worker; `name`: its folder, database."""
    folder, port = FOLDER / name, free_port()
    folder.mkdir(exist_ok=True)
    settings = {"DATA_DIR": folder, "PORT": port, "WEB_CONCURRENCY": 1, **changes}
    settings["DATABASE_URL"] = database.url(name) if database else f"sqlite:///{folder}/site.sqlite3"
    fill = [sys.executable, "-m", "benchmarks.fill_site", str(posts)]
    env = environment(
        **settings, DJANGO_SETTINGS_MODULE="hgf_site.settings", SECRET_KEY="k" * 50, ALLOWED_HOSTS="127.0.0.1"
    )
    subprocess.run(fill, cwd=ROOT, env=env, check=True)
    return Server(["script/server"], port=port, database=database, **settings)


def wagtail(posts, database=None, **changes):
    """Wagtail under the same server, with the same settings of it."""
    folder, port = FOLDER / f"wagtail-{posts}", free_port()
    folder.mkdir(exist_ok=True)
    settings = {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.wagtail_site.settings", **changes}
    if database:
        database.url("wagtail")
        settings |= {"PGPORT": database.port, "PGDATABASE": "wagtail"}
    python = str(WAGTAIL / "bin" / "python")
    fill = [python, "-W", "ignore", "-m", "benchmarks.fill_wagtail", str(posts)]
    subprocess.run(fill, cwd=ROOT, env=environment(**settings), check=True)
    command = [
        python,
        "-m",
        "granian",
        *GRANIAN,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    return Server(
        [*command, "benchmarks.wagtail_site.wsgi:application"], port=port, database=database, **settings
    )


class Postgres:
    """A PostgreSQL of its own, with its usual settings; initdb refuses root, so then another user runs it."""

    def __init__(self):
        bins = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not bins:
            sys.exit("PostgreSQL is missing (Debian: apt install postgresql)")
        self.port, self.folder = free_port(), Path(f"/tmp/benchmarks-postgres-{os.getpid()}")  # noqa: S108
        self.folder.mkdir(mode=0o755)
        as_user = []
        if os.geteuid() == 0:
            as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        initdb = [
            bins[-1] / "initdb",
            "-D",
            data,
            "-U",
            "benchmarks",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        subprocess.run([*as_user, *initdb], check=True, stdout=subprocess.DEVNULL, cwd="/")
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(self.port)]
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *as_user, bins[-1] / "postgres", "-D", data, *options],
            stderr=(self.folder / "log").open("w"),
            cwd="/",
            start_new_session=True,
        )
        self.made = set()
        running.append(self)

    def pids(self):
        return tree(self.process.pid)

    def url(self, name):
        """Return the URL of a database, made at the first call."""
        import psycopg2

        server = f"postgres://benchmarks@127.0.0.1:{self.port}"
        while name not in self.made:
            try:
                connection = psycopg2.connect(f"{server}/postgres")
            except psycopg2.OperationalError:
                time.sleep(0.1)
                continue
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name}")
            connection.close()
            self.made.add(name)
        return f"{server}/{name}"

    def stop(self):
        for pid in self.pids()[::-1]:
            os.kill(pid, 2)
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)
