"""What comes before the settings: the environment, and DATA_DIR/.env, which is made or completed."""

import fcntl
import os
import re
import secrets
from pathlib import Path

ENVIRONMENT = dict(os.environ)  # as it was before the settings add what .env holds
IS_COMMAND = False  # set by manage.py; the workers that serve are none
BASE_DIR = Path(__file__).resolve().parents[2]


def data_dir():
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").absolute()


def complete_env_file():
    """Write a SECRET_KEY to DATA_DIR/.env unless one is set, and ALLOWED_HOSTS to a new file.

    Secret from its first byte, and whole or not there. Raises OSError when DATA_DIR cannot be written.
    """
    folder = data_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)  # two starts at once make one key
    fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / ".env.new").unlink(missing_ok=True)
    descriptor = os.open(folder / ".env.new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        path = folder / ".env"
        text = path.read_text() if path.exists() else ""
        added = []
        if not os.environ.get("SECRET_KEY") and not re.search(r"^\s*(export\s+)?SECRET_KEY=.", text, re.M):
            added.append(f"SECRET_KEY={secrets.token_urlsafe(48)}")
        if not path.exists() and not os.environ.get("ALLOWED_HOSTS"):
            added.append("ALLOWED_HOSTS=127.0.0.1,localhost")
        if added:
            text = re.sub(r"^\s*(export\s+)?SECRET_KEY=\s*\n", "", text, flags=re.M)
            lines = [*text.splitlines(), *added]
            os.write(descriptor, "".join(f"{line}\n" for line in lines).encode())
            os.fsync(descriptor)
            (folder / ".env.new").rename(path)
    finally:
        os.close(descriptor)
        (folder / ".env.new").unlink(missing_ok=True)
        os.close(lock)
