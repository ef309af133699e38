"""What a letter says: made when it is sent, of what holds then."""

from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from common.email_protection.obfuscate import obfuscate_html, obfuscate_text
from common.form_fields import one_line
from common.richtext.blocks import blocks_of
from contacts.models import Branch, PostalAddress, Role
from mailing.clock import change_of, posts_of
from news.calendar.files import answer
from news.lists.feeds import full_text
from news.models import Occurrence

HOST = urlsplit(settings.SITE_URL).hostname


def message_for(delivery):
    """Return the EmailMessage of a Delivery, or None when there is nothing to send any more."""
    if delivery.role_id:
        message = contact_message(delivery)
    elif delivery.letter_id:
        posts = [post for post in posts_of(delivery.letter) if delivery.subscriber.wants(post)]
        message = letter_message(posts, delivery.subscriber, delivery.letter) if posts else None
    else:
        message = subscription_message(delivery.subscriber)
    if message:
        message.extra_headers["Message-ID"] = f"<{delivery.uid}@{HOST}>"
    return message


def letter_message(posts, subscriber, letter=None):
    """Return the letter about posts to a Subscriber, who may be unsaved: a preview, without a `letter`."""
    change = change_of(letter) if letter and letter.occurrence_id else None
    is_week = bool(letter and letter.week)
    subject = posts[0].title
    if is_week and posts[1:]:
        subject = f"Veckans nyheter: {subject} och {len(posts) - 1} till"
    if change:
        subject = f"{'INSTÄLLT' if change.is_cancelled else 'FLYTTAT'}: {change.name}"
    context = {
        "posts": posts,
        "is_week": is_week,
        "change": change,
        "bodies": [] if is_week or change else [full_text(posts[0], figure=lambda picture: "")],
        "lines": [] if is_week or change else text_lines(posts[0]),
    }
    message = message_of(subject, "letter", context, subscriber)
    dates = Occurrence.objects.filter(post__in=posts, day__isnull=False)
    if not is_week and (file := answer(dates.filter(pk=change.pk) if change else dates)):
        message.attach("kalender.ics", file.content.decode(), "text/calendar; method=PUBLISH")
    return message


def subscription_message(subscriber):
    """Return the letter about the subscription itself: to confirm it, renew it, or change it."""
    subject = "Bekräfta att du vill ha våra nyheter"
    if subscriber.confirmed_at:
        subject = "Vill du ha kvar våra nyheter?"
    return message_of(subject, "subscription", {}, subscriber, is_answer=True)


def contact_message(delivery):
    """Return what was typed in the contact form, to the role's mailbox as it is now; None if it has none."""
    role = Role.objects.filter(pk=delivery.role_id).exclude(email="").first()
    if role is None:
        return None
    typed = delivery.fields
    text = render_to_string("letters/contact.txt", {**typed, "role": role, "site_url": settings.SITE_URL})
    return EmailMultiAlternatives(
        f"Meddelande till {role.owner_name} från webbplatsen",
        text,
        sender(Branch.get()),
        [role.email],
        reply_to=[formataddr((typed["name"], typed["reply"]))],
    )


def message_of(subject, template, context, subscriber, *, is_answer=False):
    """Return a letter to a subscriber as text and HTML; `is_answer`: to what the reader did just now."""
    branch = Branch.get()
    context |= {
        "subject": subject,
        "branch": branch,
        "postal_address": PostalAddress.objects.first(),
        "subscriber": subscriber,
        "site_url": settings.SITE_URL,
    }
    headers = {"Auto-Submitted": "auto-replied"}
    if not is_answer:
        headers = {
            "List-Id": f"<brev.{HOST}>",
            "List-Unsubscribe": f"<{subscriber.leave_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    text = obfuscate_text(render_to_string(f"letters/{template}.txt", context))
    message = EmailMultiAlternatives(
        obfuscate_text(one_line(subject)), text, sender(branch), [subscriber.email], headers=headers
    )
    html = obfuscate_html(render_to_string(f"letters/{template}.html", context))
    message.attach_alternative(html, "text/html")
    return message


def sender(branch):
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or branch.name, address))


def text_lines(post):
    """Return the paragraphs of a post as plain text, each with the addresses of its links."""
    lines = [post.lead] if post.lead else []
    for block in blocks_of(post.body):
        links = [link.href for link in block.links if link.href.startswith("http") and link.href != link.text]
        text = f"- {block.text}" if block.tag == "li" else block.text
        lines.append(" ".join([text, *(f"<{href}>" for href in links)]))
    lines += [post.byline] if post.byline else []
    return [*lines, *(line for one in post.shown_translations for line in (one.name, one.text))]
