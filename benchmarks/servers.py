"""The servers that are measured, each in a session of its own on the first core, and what they use."""

import gzip
import os
import re
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
    """A process with its children. `behind`: what works for it and counts too, a Postgres or a Server."""

    def __init__(self, command, *, port, behind=None, **changes):
        self.port, self.behind = port, behind
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

    def pids(self):
        return [*tree(self.process.pid), *(self.behind.pids() if self.behind else [])]

    def cpu_seconds(self):
        """What it and what is behind it have used so far, user and system."""
        return sum(cpu_seconds(pid) for pid in self.pids())

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


def start_nginx(name, port, sites, behind=None):
    """nginx with its log on; `sites`: what its http block says of them."""
    folder = FOLDER / name
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"""
        {user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 256; }}
        http {{
            access_log {folder}/access.log; default_type text/html; sendfile on; keepalive_requests 1000000;
            client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
            uwsgi_temp_path {folder}; scgi_temp_path {folder};
            {sites}
        }}
    """)
    return Server(["nginx", "-p", folder, "-c", folder / "nginx.conf"], port=port, behind=behind)


def empty_folder(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    return folder


def nginx(page):
    """nginx that serves `page` (bytes) as a file, gzipped beforehand."""
    folder, port = empty_folder("nginx"), free_port()
    (folder / "index.html").write_bytes(page)
    (folder / "index.html.gz").write_bytes(gzip.compress(page))
    return start_nginx("nginx", port, f"server {{ listen 127.0.0.1:{port}; root {folder}; gzip_static on; }}")


def shipped_nginx(site):
    """nginx with deploy/nginx.conf, without TLS, before a site, whose name is its number here."""
    folder, port = empty_folder("shipped"), free_port()
    sites = shipped_configuration(folder, port, site.port)
    sites = sites.replace("Host $host", f"Host 127.0.0.1:{site.port}")
    sites = sites.replace("server_name www.example.org;", "server_name 127.0.0.1;")
    return start_nginx("shipped", port, sites, behind=site)


def shipped_configuration(folder, port, *site_ports):
    """Return deploy/nginx.conf without TLS, on a port of its own, before one machine or several."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"\n    ssl_.*|\n    listen \[::\].*", "", text)
    text = text.replace("listen 443 ssl http2", f"listen 127.0.0.1:{port}")
    text = text.replace("listen 80", f"listen 127.0.0.1:{free_port()}")
    machines = " ".join(f"server 127.0.0.1:{site_port};" for site_port in site_ports)
    return text.replace("server 127.0.0.1:8000;", machines).replace("/var/cache", str(folder))


def empty_function(url):
    """granian with a function that answers what `url` answers, and does nothing else."""
    port = free_port()
    command = [sys.executable, "-m", "granian", *GRANIAN, "--host", "127.0.0.1", "--port", str(port)]
    return Server(
        [*command, "--log-level", "warning", "benchmarks.empty:application"], port=port, ANSWER_OF=url
    )


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
    return Server(["script/server"], port=port, behind=database, **settings)


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
        [*command, "benchmarks.wagtail_site.wsgi:application"], port=port, behind=database, **settings
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
