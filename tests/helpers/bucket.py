"""A server that speaks S3. Whole suites run on it too: CONTRIBUTING.md."""

import secrets
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import boto3

from tests.helpers.running import PATIENCE, free_port


class ObjectStorage:
    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"

    def new_bucket(self):
        """Return the S3_URL of an empty bucket."""
        name = secrets.token_hex(8)
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=f"http://{self.address}", **keys)
        client.create_bucket(Bucket=name)
        client.close()
        return f"http://key:secret@{self.address}/{name}"


@contextmanager
def object_storage():
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE
        while not is_taken(port):
            assert time.monotonic() < until
            time.sleep(0.05)
        yield ObjectStorage(port)
    finally:
        process.terminate()
        process.wait(timeout=20)


def is_taken(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
