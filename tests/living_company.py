"""A company to which all kinds of things happen, at random: its ledger is nobody's, and tests what holds for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from command_line import PLAYBOOK as SMALL
from ledger_rows import happened, said, signed
from ripeline.server import merges, sources
from ripeline.server.events import Event, event_id
from ripeline.server.instants import SECOND
from ripeline.server.leads import Lead
from ripeline.server.merges import Merge
from ripeline.server.playbooks import Mode
from ripeline.server.qualification import qualify
from ripeline.server.sources import SourceKind
from ripeline.server.staff.users import Role
from set_clock import SetClock
from staff import member

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

DAY = 86_400
PLAYBOOK = SMALL.replace("{type: text}\n", "{type: text}\n  size: {type: number}\n").replace(
    "rules:\n", "rules:\n  size: {axis: fit, points: {attribute: size, rows: [{at_least: 50, points: 25}]}}\n"
)
ENRICHED = PLAYBOOK.replace(
    "  relation: {type: text}\n", "  relation: {type: text}\n  email_kind: {type: text}\n"
).replace("{attribute: relation, is: competitor}", "{attribute: email_kind, is: disposable}")
PUPILS = ENRICHED.replace("gates:\n", "accounts: {engagement: {roll_up: sum}}\ngates:\n").replace(
    "{score: engagement, at_least: 30}", "{account: engagement, at_least: 30}"
)
FADING = ENRICHED.replace("points: 10}", "points: 10, decay: {half_life: 5 days}}")

ADA, BOB = {"email": "ada@example.com"}, {"email": "bob@example.com"}
WHO = (
    *(ADA, BOB, {"user_id": "u1"}, {"anonymous": "a"}, {"anonymous": "b"}, {"external": "crm-7"}),
    *({**ADA, "anonymous": "a"}, {**ADA, "user_id": "u1"}, {**BOB, "anonymous": "b"}, {**BOB, "user_id": "u2"}),
    *({**ADA, "account": "acme"}, {**BOB, "account": "acme"}, {**BOB, "account": "umbrella"}),
    *({"user_id": "u2", "previous": "u1"}, {"user_id": "u2", "previous": "b"}),
)
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    *[("verdict_given", {"verdict": "accepted"})] * 3,
    *[("verdict_given", {"verdict": "recycled"})] * 2,
    ("verdict_given", {"verdict": "rejected", "reason": "misrouted"}),
    *(("touch_logged", {}), ("override_ended", {}), ("stage_set", {"stage": "opportunity"})),
    *(("override_set", {"hold": True}), ("override_set", {"stage": "lead"})),
)
HAPPENINGS = {"row": 40, "round": 30, "act": 12, "void": 4, "merge": 5, "unmerge": 3, "publish": 1}
RELATIONS: tuple[object, ...] = (
    "x",
    "competitor",
    "competitor",
    None,
    "",
    [],
    [None],
    7,
    ["x", "y"],
    True,
    {"x": 1},
    " ",
)
SIZES = (1, 5, 50, "50", "many", None, 1.5e3)
TOLD: tuple[dict[str, Any], ...] = (
    *({"relation": relation} for relation in RELATIONS),
    *({"size": size} for size in SIZES),
    *({"relation": "x"}, {"email": "ada@nordwind.de", "phone": "+45 33 66 33 66"}, {"email": "x@mailinator.com"}),
    *({"email_kind": "private"}, {"email": "ada@gmail.con"}, {"utm_medium": "cpc", "utm_campaign": "spring"}),
)
GAPS = (1, 60, 3600, 3600, DAY, 8 * DAY, 40 * DAY)
LENGTH = 60


class Company:
    """A company to which things happen."""

    def __init__(self, text: str) -> None:
        self.clock = SetClock()
        self.source = sources.Source.objects.create(name="web", kind=SourceKind.SERVER, created_at=self.clock())
        self.mara = member("a manager", Role.MARKETING)
        self.texts = [FADING, PUPILS, PLAYBOOK]
        signed(text, now=self.clock())

    def live(self, chance: Random, length: int = LENGTH) -> None:
        """A long time in which all kinds of things happen."""
        kinds, weights = list(HAPPENINGS), list(HAPPENINGS.values())
        for kind in chance.choices(kinds, weights, k=length):
            self.clock.move(chance.choice(GAPS))
            self._happen(kind, chance)

    def _happen(self, kind: str, chance: Random) -> None:
        match kind:
            case "row":
                name = chance.choice(["paper", "paper", "ask", "ask", "attributes_changed", "attributes_changed"])
                at = self.clock() - chance.choice([0, 0, 0, 3 * DAY]) * SECOND
                happened(
                    self.source,
                    name,
                    at,
                    said=chance.choice(TOLD),
                    **chance.choice(WHO),
                )
            case "round":
                qualify.run(self.clock)
            case "act":
                name, properties = chance.choice(ACTS)
                self._with_lead(chance, lambda lead: said(lead, name, self.clock(), **properties))
            case "void":
                self._void(chance)
            case "merge":
                leads = list(Lead.objects.filter(merged_into=None).order_by("pk"))
                if len(leads) > 1:
                    merges.merge_by_hand(*chance.sample(leads, 2), by=self.mara, now=self.clock())
            case "unmerge":
                for merge in Merge.objects.filter(undone_at=None).order_by("-pk")[:1]:
                    merges.unmerge(merge, by=self.mara, now=self.clock())
            case "publish" if self.texts:
                mode = chance.choice(list(Mode))
                signed(self.texts.pop(), now=self.clock(), mode=mode)

    def _with_lead(self, chance: Random, do: Callable[[Lead], object]) -> None:
        leads = list(Lead.objects.filter(merged_into=None).order_by("pk"))
        if leads:
            do(chance.choice(leads))

    def _void(self, chance: Random) -> None:
        events = list(Event.objects.filter(known_at__isnull=False, name="paper", identifier__lead__isnull=False))
        if events:
            event = chance.choice(events)
            assert event.identifier is not None
            assert event.identifier.lead is not None
            said(event.identifier.lead, "event_voided", self.clock(), voids=event_id(event.source_id, event.key))
