"""A real mail server, which keeps what it gets."""

from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from tests.helpers.running import free_port


class Mailbox:
    """The handler of aiosmtpd; `answers`: {address: what is answered to it instead of taking the letter}."""

    def __init__(self):
        self.letters = []  # (recipient, email.message.EmailMessage)
        self.answers = {}

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802  aiosmtpd's name
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters += [(address, letter) for address in envelope.rcpt_tos]
        return "250 OK"

    @property
    def recipients(self):
        return [address for address, _ in self.letters]


@contextmanager
def mail_server(mailbox, port=None):
    """Yield the port of a server that puts letters into a Mailbox."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
