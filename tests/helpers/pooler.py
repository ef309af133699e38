"""PgBouncer in transaction mode in front of a database."""

import os
import shutil
import subprocess
import urllib.parse
from contextlib import contextmanager

import pytest

from tests.helpers.running import free_port

needs_pgbouncer = pytest.mark.skipif(
    not shutil.which("pgbouncer"), reason="pgbouncer is missing (Debian: apt install pgbouncer)"
)


@contextmanager
def pgbouncer(url, folder):
    """PgBouncer with two connections to the database at `url`; yields its own URL for it."""
    to = urllib.parse.urlsplit(url)
    name, port = to.path[1:], free_port()
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{name} = host={to.hostname} port={to.port} user={to.username} password={to.password}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
        "pool_mode = transaction\ndefault_pool_size = 2\n"
    )
    command = ["pgbouncer", folder / "pgbouncer.ini"]
    if os.geteuid() == 0:  # PgBouncer refuses root
        for path in (folder, *folder.parents[:3]):
            path.chmod(0o755)
        command = ["runuser", "-u", "nobody", "--", *command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"postgres://{to.username}:x@127.0.0.1:{port}/{name}"
    finally:
        process.terminate()
        process.wait(timeout=20)
