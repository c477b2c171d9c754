"""Of whom a copy is made, and for whom: all numbers that the person was a lead under, all rows that are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from ripeline.language import Speaker
from ripeline.server import json_text, playbooks
from ripeline.server.events import Event
from ripeline.server.instants import FOREVER, moment
from ripeline.server.leads import Identifier, IdentifierKind, with_absorbed
from ripeline.server.staff.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.core.playbook import Playbook
    from ripeline.language import Language
    from ripeline.server.leads import Lead


@dataclass(frozen=True)
class Whom:
    """One person, the language that the copy is in, and the instant of which it is."""

    lead: Lead
    say: Language
    now: int

    @cached_property
    def numbers(self) -> list[int]:
        """The lead's number, and those of the leads that turned out to be the same person."""
        return list(with_absorbed([self.lead.pk]))

    @cached_property
    def identifiers(self) -> list[Identifier]:
        """All by which the person is known."""
        return list(Identifier.objects.filter(lead__in=self.numbers).order_by("pk"))

    @cached_property
    def values(self) -> list[str]:
        """What others call the person by: not our own numbers."""
        return [one.value for one in self.identifiers if one.kind != IdentifierKind.LEAD]

    @cached_property
    def rows(self) -> list[Event]:
        """All rows of the ledger that are the person's, also those that nobody has read yet, in their order."""
        held = Q(attachments__lead__in=self.numbers, attachments__until=FOREVER)
        attached = Identifier.objects.filter(held | Q(lead__in=self.numbers)).values("pk")
        found = {row.pk: row for row in self._unread}
        found |= {row.pk: row for row in Event.objects.filter(identifier__in=attached).select_related("source", "item")}
        return sorted(found.values(), key=lambda row: (row.at, row.pk))

    @property
    def _unread(self) -> Iterable[Event]:
        known = {(one.kind, one.value) for one in self.identifiers}
        if not known:
            return
        named = [Q(claims__contains=json_text.written(value)) for _kind, value in known]
        for row in Event.objects.filter(or_all(named), known_at=None).select_related("source", "item"):
            if any((kind, str(value)) in known for kind, value in json_text.read(row.claims).items()):
                yield row

    @cached_property
    def speaker(self) -> Speaker:
        """Who speaks of the definition that decides now."""
        return Speaker(self.say, self.playbook)

    @cached_property
    def playbook(self) -> Playbook:
        """The definition that decides now; an empty one before the first."""
        return playbooks.current()

    @cached_property
    def _roles(self) -> Mapping[str, str]:
        return dict(User.objects.values_list("username", "role"))

    def role(self, name: object) -> str:
        """Who one of our people is to the outside: its part, never its name."""
        if not isinstance(name, str) or not name:
            return ""
        return str(Role(self._roles[name]).label) if name in self._roles else self.say("One of our people")

    def at(self, instant: int | None) -> str | None:
        """An instant for programs: ISO 8601, UTC."""
        return None if instant is None else moment(instant).isoformat(timespec="seconds").replace("+00:00", "Z")


def or_all(conditions: Iterable[Q]) -> Q:
    """Any of these."""
    first, *others = conditions
    for one in others:
        first = or_(first, one)
    return first


def without_people(said: Mapping[str, Any], whom: Whom) -> dict[str, Any]:
    """What a row says, but our people by their part, and other persons not at all."""
    told = {name: value for name, value in said.items() if name not in _OF_OTHERS}
    return told | ({"by": whom.role(said["by"])} if "by" in said else {})


_OF_OTHERS = frozenset({"lead", "advocate"})
"""Who brought whom: the numbers of other people."""
