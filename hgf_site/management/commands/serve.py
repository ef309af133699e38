"""Serves the site; beside one that runs from the same DATA_DIR, has that one go over to the new code."""

import os
import shutil
import signal
import socket
import sys
import time
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from hgf_site.server.env_file import ENVIRONMENT
from hgf_site.server.server_lock import SERVING, ServerLock, pid_namespace

HEARD_WITHIN = 5  # seconds


class Command(BaseCommand):
    help = "Serves the site at HOST, PORT until it is stopped; beside a running one, reloads that one."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--prepare", action="store_true", help="do first what manage.py prepare does")
        parser.add_argument("--only-reload", action="store_true", help="do nothing unless one is running")

    def handle(self, *, prepare, only_reload, **options):
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while it prepares is no error of ours
        self.lock = ServerLock(settings.DATA_DIR)
        running = self.find_running()
        if only_reload:
            if running:
                self.reload()
            os.close(self.lock.descriptor)
            return
        if not running:
            self.check_port()
        if prepare:
            call_command("prepare", stdout=self.stdout, stderr=self.stderr)
        if running and self.reload():
            return
        self.become_supervisor()

    def find_running(self):
        """Take the lock and return None, or return what the running site says of itself."""
        said = self.lock.take()
        if said is None:
            return None
        if said["state"] != SERVING:
            raise CommandError(
                f"Another script/server starts the site in {settings.DATA_DIR} just now: "
                "wait until it is up, then try again."
            )
        if said["namespace"] != pid_namespace():
            raise CommandError(
                f"The site in {settings.DATA_DIR} is served from another container: start that one anew."
            )
        return said

    def check_port(self):
        family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
        try:
            socket.create_server((settings.HOST, settings.PORT), family=family).close()
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {settings.HOST}, port {settings.PORT} ({error.strerror}): another program "
                "has it, or this user may not. Choose another port: PORT=8001 script/server"
            ) from error

    def reload(self):
        """Have the running site change its workers; return whether it did, or else has ended."""
        try:
            call_command("check", stdout=StringIO())
        except Exception as error:
            raise CommandError(
                f"The site goes on with the code that it had: {type(error).__name__}: {error}. "
                "Put this right, then start again."
            ) from error
        before = self.find_running()
        if not before:
            return False
        try:
            os.kill(before["pid"], signal.SIGHUP)
        except ProcessLookupError:
            raise CommandError(
                f"The process that started the site was killed, what it started serves still: end process "
                f"{before.get('server')}, then start again."
            ) from None
        except PermissionError:
            raise CommandError(
                f"Cannot reach process {before['pid']}, which serves the site: "
                "start as the user that it runs as."
            ) from None
        until = time.monotonic() + HEARD_WITHIN
        while before["reloads"] is not None and self.lock.read().get("reloads") in (None, before["reloads"]):
            if not self.find_running():  # it was told to stop at the same time
                return False
            if time.monotonic() > until:
                raise CommandError(f"Process {before['pid']}, which serves the site, does not answer.")
            time.sleep(0.1)
        self.stdout.write(
            f"The running site (port {before['port'] or settings.PORT}, process {before['pid']}) "
            "goes over to the code that is here, one worker after the other."
        )
        return True

    def become_supervisor(self):
        self.stdout.write(
            f"The site: {settings.SITE_URL}/   The admin: {settings.SITE_URL}/admin/   Ctrl-C stops it."
        )
        self.stdout.flush()
        shutil.rmtree(settings.METRICS_DIR, ignore_errors=True)  # of the workers before
        os.set_inheritable(self.lock.descriptor, True)
        os.chdir(settings.BASE_DIR)
        facts = [
            settings.DATA_DIR,
            self.lock.descriptor,
            settings.HOST,
            settings.PORT,
            settings.WEB_CONCURRENCY,
            int(settings.SENDS_EMAIL and settings.SEND_LETTERS),
        ]
        command = [sys.executable, "-m", "hgf_site.server.supervisor", *map(str, facts)]
        # The environment without what the settings took from .env: workers of a reload read that anew.
        os.execve(sys.executable, command, ENVIRONMENT)  # noqa: S606  no shell, nothing of a stranger's
