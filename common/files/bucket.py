"""Pictures and files in object storage (S3): for several machines that share one site."""

from contextlib import contextmanager
from functools import cache
from tempfile import SpooledTemporaryFile
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

IN_MEMORY = 1024 * 1024  # bytes; a larger file waits on the disk while it is read


@contextmanager
def as_os_error():
    """Raise what the disk would: whoever stores or reads a file is ready for OSError."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        kind = FileNotFoundError if code in ("404", "NoSuchKey", "KeyTooLongError") else ConnectionError
        raise kind(f"object storage: {error}") from error


class BucketStorage(S3Storage):
    """A private bucket: addresses are the site's own, which asks whether a file may be seen."""

    _save = as_os_error()(S3Storage._save)
    delete = as_os_error()(S3Storage.delete)
    exists = as_os_error()(S3Storage.exists)
    listdir = as_os_error()(S3Storage.listdir)
    size = as_os_error()(S3Storage.size)
    get_modified_time = as_os_error()(S3Storage.get_modified_time)
    url = FileSystemStorage.url
    base_url = settings.MEDIA_URL

    @property
    def bucket(self):
        return self.connection.Bucket(self.bucket_name)  # of this thread: they cannot be shared

    def deconstruct(self):
        return "common.files.bucket.bucket_storage", (), {}

    @as_os_error()
    def _open(self, name, mode="rb"):
        file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the caller closes it
        try:
            self.bucket.download_fileobj(self._normalize_name(name), file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return File(file, name)

    # What DurableStorage has beside Django's methods.

    @as_os_error()
    def files(self):
        return sorted(one.key for one in self.bucket.objects.all() if not one.key.startswith("."))

    @as_os_error()
    def is_writable(self):
        self.bucket.Object(".healthz").put(Body=b"")
        return True

    @as_os_error()
    def place(self, name, path):
        with path.open("rb") as file:
            self.bucket.Object(name).upload_fileobj(file, ExtraArgs=self._get_write_parameters(name))

    @as_os_error()
    def take(self, name, path):
        self.bucket.download_file(name, str(path))


@cache
def bucket_storage():
    """Return the storage of S3_URL: to begin to talk to it takes a tenth of a second in each thread."""
    url = urlsplit(settings.S3_URL)
    return BucketStorage(
        endpoint_url=f"{url.scheme}://{url.hostname}{f':{url.port}' if url.port else ''}",
        bucket_name=url.path.strip("/"),
        access_key=unquote(url.username),
        secret_key=unquote(url.password),
        region_name=parse_qs(url.query).get("region", ["us-east-1"])[0],
        file_overwrite=False,
        client_config=Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=20,
            retries={"max_attempts": 2},
            request_checksum_calculation="when_required",  # others than Amazon know no newer ones
            response_checksum_validation="when_required",
        ),
    )
