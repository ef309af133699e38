"""The outbox: claim, send, mark, each in a transaction of its own.

A process that is killed leaves one letter claimed. It is sent again when the claim is over, with the same
Message-ID, since its server may or may not have taken it. Twice comes what was taken, and not yet marked: for
as long as the server's answer and one commit take, which is a few thousandths of a second.
"""

import logging
import smtplib
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from mailing.clock import write_letters
from mailing.letters import message_for
from mailing.models import CLAIM, REFUSALS, Delivery, Sending, Subscriber

logger = logging.getLogger(__name__)
State = Delivery.State
PAUSE = 5  # seconds between two looks into an empty outbox
LONGEST_WAIT = 300  # seconds between two tries of a server that is away
DEFER = timedelta(minutes=15)  # before another try at an address that said "later", times the tries
GIVE_UP = timedelta(days=3)


class ServerAway(Exception):
    """The mail server takes no letter at all, or not from us: nothing is wrong with the address."""


class Stopped(OSError):
    """Told to stop while waiting."""


class Sender:
    """Sends what is in the outbox. `is_orphan`: a function that says when to end, as stop() does."""

    def __init__(self, is_orphan=lambda: False):
        self.is_orphan, self.is_told, self.is_waiting = is_orphan, False, False
        self.backend = get_connection()
        self.wait = 0  # seconds, while the server is away
        self.next_at = 0.0  # when the next letter may go (MAIL_PER_MINUTE)

    def is_stopping(self):
        return self.is_told or self.is_orphan()

    def stop(self, *signal):
        """End at once where nothing is at work, else after the letter that is; a handler of signals."""
        is_first, self.is_told = not self.is_told, True
        if self.is_waiting and is_first:
            raise Stopped("told to stop")

    def waiting(self, work, *args):
        """Return work(*args), which stop() cuts short."""
        try:
            self.is_waiting = True
            if self.is_told:
                raise Stopped("told to stop")
            return work(*args)
        finally:
            self.is_waiting = False

    def run(self):
        """Write the new letters and send until the outbox is empty. Raises ServerAway."""
        self.patiently(write_letters)
        try:
            while self.is_time() and (delivery := self.patiently(claim)):
                try:
                    self.send(delivery)
                except ServerAway:
                    raise
                except Exception:  # one letter that cannot be made must not hold up the others
                    logger.exception("Letter %s", delivery.pk)
                    self.patiently(defer, delivery)
        finally:
            self.backend.close()

    def keep_on(self):
        """Run again and again, more seldom while the mail server is away."""
        while not self.is_stopping():
            try:
                self.run()
                self.wait = 0
            except ServerAway as error:
                self.wait = min(max(2 * self.wait, PAUSE), LONGEST_WAIT)
                if not self.is_stopping():
                    logger.warning("The mail server is away (%s); next try in %s s", error, self.wait)
            self.sleep(self.wait or PAUSE)

    def is_time(self):
        """Wait for the time of the next letter; tell whether it came before a stop."""
        self.sleep(self.next_at - time.monotonic())
        return not self.is_stopping()

    def sleep(self, seconds):
        until = time.monotonic() + seconds
        while not self.is_stopping() and (left := until - time.monotonic()) > 0:
            with suppress(Stopped):
                self.waiting(time.sleep, min(left, 1))  # then whether it is an orphan is asked again

    def patiently(self, work, *args):
        """Return work(*args), tried until the database is there: what was sent has to be marked."""
        while True:
            try:
                return work(*args)
            except (OperationalError, InterfaceError):
                connection.close()
                if self.is_stopping():
                    return None
                logger.warning("The database is away")
                self.sleep(1)

    def send(self, delivery):
        message = self.patiently(message_for, delivery)
        if message is None:  # withdrawn meanwhile
            self.patiently(drop, delivery)
            return
        self.next_at = time.monotonic() + 60 / settings.MAIL_PER_MINUTE
        try:
            self.hand_over(message)
        except ServerAway:
            self.patiently(put_back, delivery, timedelta(0))
            raise
        except smtplib.SMTPRecipientsRefused as refusal:
            [(code, _)] = refusal.recipients.values()
            self.patiently(refused if code >= 500 else defer, delivery)
        except smtplib.SMTPDataError as refusal:  # of this letter, by what is in it
            logger.error("The mail server refused letter %s: %s", delivery.pk, refusal.smtp_code)
            self.patiently(finish if refusal.smtp_code >= 500 else defer, delivery, State.REFUSED)
        else:
            self.patiently(finish, delivery, State.SENT)

    def hand_over(self, message):
        try:
            self.waiting(self.backend.open)
            self.backend.send_messages([message])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            raise
        except (OSError, smtplib.SMTPException) as error:
            self.backend.close()
            raise ServerAway(type(error).__name__) from error


# --- What is written in the database ---


def claim():
    """Return a Delivery that nobody else sends until CLAIM is over, or None."""
    if Sending.since_when() is None:
        return None
    with transaction.atomic():
        rows = Delivery.objects.due().select_for_update(skip_locked=True, of=("self",))
        delivery = rows.select_related("letter", "subscriber").first()
        if delivery:
            delivery.state = State.SENDING
            delivery.not_before = timezone.now() + CLAIM
            delivery.tries = F("tries") + 1
            delivery.save(update_fields=["state", "not_before", "tries"])
            delivery.refresh_from_db(fields=["tries"])
    return delivery


@contextmanager
def committed_at_once():
    """Commit what is in the block without waiting for the disk.

    A process that is killed takes no such commit back. What a power cut may take back is one letter's mark:
    the claim of the next letter does wait, and with it all that was committed before.
    """
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite and connection.in_atomic_block:  # no transaction changes that
        yield
        return
    with connection.cursor() as cursor:
        if is_sqlite:
            cursor.execute("PRAGMA synchronous = NORMAL")
            try:
                yield
            finally:
                cursor.execute("PRAGMA synchronous = FULL")
        else:
            with transaction.atomic():
                cursor.execute("SET LOCAL synchronous_commit TO off")
                yield


def finish(delivery, state):
    """Mark what was sent or refused; of what is to one reader nothing is left but a refusal."""
    with committed_at_once():
        if state == State.SENT and not delivery.letter_id:
            drop(delivery)
        else:
            Delivery.objects.filter(pk=delivery.pk).update(state=state)
    if state == State.SENT and delivery.subscriber and delivery.subscriber.refusals:
        Subscriber.objects.filter(pk=delivery.subscriber_id).update(refusals=0)


def refused(delivery):
    """Note that the address is none; after REFUSALS in a row its subscriber rests."""
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(state=State.REFUSED)
        rows = Subscriber.objects.filter(pk=delivery.subscriber_id)
        rows.update(refusals=F("refusals") + 1)
        rows.filter(refusals__gte=REFUSALS, rests_since=None).update(rests_since=timezone.now())


def defer(delivery, *_):
    """Try again later, three days long."""
    if timezone.now() - delivery.made_at > GIVE_UP:
        finish(delivery, State.REFUSED)
    else:
        put_back(delivery, DEFER * delivery.tries)


def put_back(delivery, wait):
    Delivery.objects.filter(pk=delivery.pk).update(state=State.NEW, not_before=timezone.now() + wait)


def drop(delivery):
    Delivery.objects.filter(pk=delivery.pk).delete()
