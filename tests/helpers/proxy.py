"""nginx with the shipped configuration, and requests to it."""

import http.client
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest

from benchmarks.servers import shipped_configuration
from tests.helpers.running import PATIENCE, ROOT, free_port

DEPLOY = ROOT / "deploy"
HOST = "www.example.org"


def needs(program):
    missing = shutil.which(program) is None
    return pytest.mark.skipif(
        missing, reason=f"{program} is missing (Debian: apt install systemd nginx caddy)"
    )


@contextmanager
def running(command, port, log):
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        until = time.monotonic() + PATIENCE
        while ask(port)[0] is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


@contextmanager
def nginx(folder, *site_ports):
    """The shipped nginx.conf without TLS, on a port of its own, before one machine or several."""
    port = free_port()
    text = shipped_configuration(folder, port, *site_ports)
    paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi"))
    paths += f"uwsgi_temp_path {folder}/uwsgi;\nscgi_temp_path {folder}/scgi;\naccess_log off;\n"
    head = f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{head}http {{\n{paths}{text}\n}}\n")
    with running(["nginx", "-c", folder / "nginx.conf", "-p", folder], port, folder / "nginx.log"):
        yield port


def ask(port, path="/", host=HOST, method="GET", headers=()):
    """Return (status, headers, body), or (None, …) when nobody listens. `headers`: (name, value) in order."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in [("Host", host), ("Content-Length", "0"), *headers]:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except ConnectionError:
        return None, {}, b""
    finally:
        connection.close()
