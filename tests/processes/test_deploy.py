"""The files of deploy/: valid, hardened, and a proxy set up by them passes on only what it should."""

import re
import struct
import subprocess
from contextlib import contextmanager

import pytest

from tests.helpers.proxy import DEPLOY, HOST, ask, needs, nginx, running
from tests.helpers.running import PYTHON, ROOT, free_port, run, started


@needs("systemd-analyze")
def test_the_units_are_valid_and_hardened(tmp_path):
    for unit in DEPLOY.glob("hgf*"):
        text = unit.read_text().replace("/srv/site", str(ROOT)).replace("User=hgf", "User=daemon")
        (tmp_path / unit.name).write_text(text)
    units = sorted(tmp_path.glob("hgf*"))
    assert len(units) == 3
    command = ["systemd-analyze", "verify", *units]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in tmp_path.glob("*.service"):
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", unit]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0, unit.name


def test_the_example_of_settings_names_settings_only():
    names = re.findall(r"^([A-Z_]+)=", (DEPLOY / "env.example").read_text(), re.M)
    readme = (ROOT / "README.md").read_text()
    assert len(names) > 4
    assert [name for name in names if f"`{name}`" not in readme] == []


@needs("nginx")
@needs("openssl")
def test_nginx_takes_the_shipped_file_with_its_certificates(tmp_path):
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", "-days", "2"]
    subprocess.run([*make, "-keyout", "privkey.pem", "-out", "fullchain.pem"], cwd=tmp_path, check=True)
    text = (DEPLOY / "nginx.conf").read_text().replace("/etc/letsencrypt/live/www.example.org", str(tmp_path))
    text = text.replace("/var/cache", str(tmp_path))  # nginx makes one folder, no more
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    tested = subprocess.run(
        ["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stderr


@contextmanager
def caddy(folder, site_port):
    port = free_port()
    text = (DEPLOY / "Caddyfile").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{site_port}")
    text = re.sub(r"^(\S*example\.org.*) \{$", lambda names: http_names(names[1], port), text, flags=re.M)
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    with running(command, port, folder / "caddy.log"):
        yield port


def http_names(names, port):
    return ", ".join(f"http://{name.strip()}:{port}" for name in names.split(",")) + " {"


@pytest.fixture
def proxied(request, data_dir, tmp_path):
    """(port of the proxy, the running Site)."""
    name = request.param
    start = {"nginx": nginx, "caddy": caddy}[name]
    changes = {"SITE_URL": f"http://{HOST}", "ALLOWED_HOSTS": f"{HOST},127.0.0.1"}
    changes |= {"TRUSTED_PROXIES": "127.0.0.1"}
    with started(data_dir, tmp_path, **changes) as site, start(tmp_path, site.url.rpartition(":")[2]) as port:
        yield port, site


pytestmark = pytest.mark.any_database
PROXIES = [pytest.param(name, marks=needs(name)) for name in ("nginx", "caddy")]


@pytest.mark.parametrize("proxied", PROXIES, indirect=True)
def test_a_proxy_passes_pages_and_the_client_and_nothing_that_is_forged(proxied):
    port, _ = proxied
    status, headers, body = ask(port, "/kontakt/")
    assert status == 200
    assert "nginx" not in str(headers).lower()
    assert headers.get_all("Server") in (["hgf"], None)
    status, headers, _ = ask(port, "/kontakt/?a=1", host="example.org")
    assert (status, headers["Location"]) == (301, f"https://{HOST}/kontakt/?a=1")
    button = re.search(rb'formaction="(/kontakt/e-post/[^"]+)"', body)[1].decode()
    names = ["X_Forwarded_For", "X-Forwarded_For", "X_Forwarded-For", "X-Forwarded-For", "x_forwarded_for"]
    seen = []
    for number in range(11):  # one client, whatever it says of itself
        forged = [(name, f"198.51.100.{number}") for name in names]
        seen.append(ask(port, button, method="POST", headers=forged)[0])
    assert seen == [200] * 10 + [429]


def let_an_hour_pass(folder):
    """Set back the times in the files of nginx's page cache.

    They begin with numbers of eight bytes: a version, until when the page is fresh, may be shown while it is
    asked for, and after an error; when it was changed; when it came.
    """
    for path in (folder / "nginx-site").rglob("*"):
        if path.is_file():
            content = bytearray(path.read_bytes())
            *until, changed, came = struct.unpack_from("5q", content, 8)
            struct.pack_into("5q", content, 8, *(end - 3600 for end in until), changed, came - 3600)
            path.write_bytes(content)


@pytest.mark.parametrize("proxied", PROXIES[:1], indirect=True)
def test_nginx_shows_what_is_new_after_an_hour_and_keeps_it_for_one_while_the_site_is_down(proxied, tmp_path):
    """But nothing of who logs in."""
    port, site = proxied
    ask(port, "/nyheter/")
    let_an_hour_pass(tmp_path)
    change = "from news.models import Post; Post.objects.update(title='Ny rubrik')"
    run(PYTHON, "manage.py", "shell", "--no-imports", "-c", change, DATA_DIR=site.data_dir)
    site.wait_for(lambda: b"Ny rubrik" in ask(site.url.rpartition(":")[2], "/nyheter/")[2])
    assert b"Ny rubrik" in ask(port, "/nyheter/")[2]
    paths = {"/", *re.findall(r' (?:href|src)="(/[^"#]*)', ask(port, "/")[2].decode())}
    pages = {path: ask(port, path)[::2] for path in paths - {"/dokument/"}}
    assert len(pages) > 15
    login = ask(port, "/admin/login/")
    assert (login[0], "Set-Cookie" in login[1]) == (200, True)
    special = ask(port, "/dokument/", headers=[("Cookie", "sessionid=x")])
    assert special[0] == 200
    site.stop()
    let_an_hour_pass(tmp_path)
    assert ask(port, "/admin/login/")[0] == 502
    assert {path for path in pages if ask(port, path)[::2] != pages[path]} == {"/sok/"}  # is never stored
    assert ask(port, "/dokument/")[0] == 502  # was only asked for by somebody with a session
