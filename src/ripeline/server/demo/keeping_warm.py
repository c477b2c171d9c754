"""The tracks of the made-up company: its mails leave for nowhere, and are written down as if they had arrived."""

from __future__ import annotations

from ripeline.server import mails, nurture, reach
from ripeline.server.outbox import Delivery


def keep_warm(at: int) -> int:
    """What nurture does at an instant, and what becomes of its mails; how many leads were looked at."""
    looked = nurture.run(at, unready=lambda: None)
    waiting = list(mails.waiting().filter(kind=mails.MailKind.TRACK))
    reached = reach.of_all({one.lead_id for one in waiting}, now=at)
    for one in waiting:
        held = reached[one.lead_id].held
        if held is None:
            mails.sent([one.pk], now=at)
        else:
            mails.hold(one, held, now=at)
        own = Delivery.objects.filter(outgoing__key=f"mail-{one.key}")
        own.update(next_try_at=None, delivered_at=None if held else at)
    return looked
