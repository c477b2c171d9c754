"""Whose row it is: identifiers become leads, visitors join them, and leads that are one person are merged.

A row claims identifiers. The strongest of them says whose row it is; all of them together say who is one person:

- Whoever gives an identifier of their own (a user, an e-mail, an id elsewhere) is a lead; anyone else is a visitor.
- A visitor joins the first lead as which it makes itself known, with all it did before.
- Two leads are merged when a row claims identifiers of both, unless that would give one person two e-mails, two users
  or two ids elsewhere: then the two are put before a person. An alias call of a server says that two users are one.
- Whom a server or one of us has named without an e-mail gets none from a website, and no website makes it another's:
  whoever gives an address may read what is known of its lead.
- An address that many people share (info@…) makes a lead of its own, but never says that two are one.
- Where accounts decide together, whoever no source has put into one belongs to the company of its e-mail's domain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Min

from ripeline.integrations.enrichment import of_email
from ripeline.integrations.mail_domains import is_role
from ripeline.server import merges
from ripeline.server.accounts import Account
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Attachment, Identifier, IdentifierKind, Lead, Membership, Unit, join_all
from ripeline.server.merges import DoubtReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STRONG = (IdentifierKind.LEAD, IdentifierKind.EXTERNAL, IdentifierKind.USER_ID, IdentifierKind.EMAIL)
"""What makes a lead, the strongest first."""
SINGLE = STRONG[1:]
"""Of these, two leads that are merged without a person's word may have one between them."""
MOST = 100
"""So many identifiers a lead may have; more is no person."""
MOST_BY_ANYBODY = 50
"""So many it may have for a public row to add another, so that there is room for what secret keys tell."""

MOST_COLLEAGUES = 200
"""So many leads an account may have for another to join it by the domain of its e-mail.

Leads of an account are evaluated together for ever, so a university or a provider that no list knows must not make one
of a hundred thousand. Whoever comes later is of no account until a source names one.
"""

_ATTACH = "UPDATE server_identifier SET lead_id = %s WHERE id = %s"

Claims = dict[str, str]
_Key = tuple[str, str]


class People:
    """The people of whom one round's rows speak; what is new is saved at the end."""

    def __init__(self, claims: Sequence[Claims], at: int, *, couples: bool) -> None:
        self.at, self.couples = at, couples
        self.identifiers = _identifiers({key for claimed in claims for key in _keys(claimed)}, at)
        self.leads: dict[int, Lead] = {}
        for identifier in self.identifiers.values():
            if identifier.lead is not None:
                identifier.lead = self.leads.setdefault(identifier.lead.pk, identifier.lead)
        self.accounts = _accounts({claimed["account"] for claimed in claims if "account" in claimed}, at)
        self.of_account = _current_accounts(self.leads) if self.accounts else {}
        self.new: list[Lead] = []
        self.moved: dict[int, tuple[Lead, Account]] = {}
        self.visitors: list[Identifier] = []  # who came to a lead, with a past of their own
        self.attached: list[tuple[Identifier, Lead]] = []
        self.held: dict[int, dict[str, set[str]]] = {}
        self.vouched: set[int] = set()  # the leads that a server or one of us has named
        self.named: list[Identifier] = []  # and by what, as far as that is new
        self.touched: dict[int, Lead] = {}
        self.domains: dict[int, tuple[Lead, str]] = {}

    @property
    def new_identifiers(self) -> list[Identifier]:
        """The identifiers that nobody had seen before."""
        return [one for one in self.identifiers.values() if one.created_at == self.at]

    def whose(self, claimed: Claims, *, is_public: bool = False, vouches: bool = False) -> Identifier:
        """The identifier to which a row belongs that claims these; at least one is claimed.

        A public row was sent with a key that anybody can read off a website. It may say who its visitor is, but not
        that two users are one, nor that somebody has another address, nor that a lead has left its account. A row that
        vouches is the word of a server or of one of our people.
        """
        strong = [self.identifiers[kind, claimed[kind]] for kind in STRONG if kind in claimed]
        if len(strong) > 1:
            strong = [one for one in strong if not _is_shared(one)] or strong[:1]
        visitor = self.identifiers.get((IdentifierKind.ANONYMOUS, claimed.get("anonymous", "")))
        if vouches:
            self._part_from_strangers(strong)
        lead = self._lead_of(strong, visitor, is_public=is_public) if strong else visitor.lead if visitor else None
        if vouches:
            self._vouch(strong)
        if lead is not None:
            if "previous" in claimed:
                lead = self._alias(lead, claimed["previous"], is_public=is_public)
            if "account" in claimed and not (is_public and id(lead) in self.of_account):
                self._join_account(lead, claimed["account"])
            if self.couples and (domain := of_email(claimed.get("email")).get("company_domain")):
                self.domains.setdefault(id(lead), (lead, domain))
            self.touched[id(lead)] = lead
        first = next((one for one in strong if one.lead is not None), visitor)
        if first is None:
            raise KeyError("a row claims nobody")
        return first

    def save(self) -> None:
        """Everything new, and the leads of which something became known marked as such."""
        self._save_new()
        self._join_by_domain()
        for chunk in chunks([one.pk for one in self.named]):
            Identifier.objects.filter(pk__in=chunk).update(is_vouched_for=True)
        units = {lead.unit_id for lead in self.touched.values()}
        for chunk in chunks(sorted(units)):
            Unit.objects.filter(pk__in=chunk).update(dirty_at=self.at)

    # --- one row --------------------------------------------------------------------------------

    def _lead_of(self, strong: list[Identifier], visitor: Identifier | None, *, is_public: bool) -> Lead:
        leads = list({id(one.lead): one.lead for one in strong if one.lead is not None}.values())
        if leads:
            lead = leads[0]
        elif (
            visitor is not None and visitor.lead is not None and self._may_be(visitor.lead, strong, is_public=is_public)
        ):
            lead = visitor.lead
        else:
            lead = self._new_lead()
        for other in leads[1:]:
            lead = self._one_of(lead, other, is_public=is_public)
        for identifier in strong:
            if identifier.lead is None and self._has_room(lead, identifier, is_public=is_public):
                self._attach(identifier, lead)
        if visitor is not None and visitor.lead is None:
            if self._has_room(lead, visitor, is_public=is_public):
                self._attach(visitor, lead)
        elif visitor is not None and visitor.lead is not None and visitor.lead is not lead:
            # Many people use one browser, so what does not fit is no reason to ask anybody.
            lead = self._one_of(lead, visitor.lead, is_public=is_public, asks=False)
        return lead

    def _alias(self, lead: Lead, previous: str, *, is_public: bool) -> Lead:
        """An alias call says that two are one; of two e-mails not even that is believed."""
        user = self.identifiers[IdentifierKind.USER_ID, previous]
        earlier = user if user.lead is not None else self.identifiers[IdentifierKind.ANONYMOUS, previous]
        if earlier.lead is None:
            if self._has_room(lead, earlier, is_public=is_public):
                self._attach(earlier, lead)
        elif earlier.lead is not lead:
            single = SINGLE if is_public else (IdentifierKind.EMAIL,)
            return self._one_of(lead, earlier.lead, single, is_public=is_public)
        return lead

    def _new_lead(self) -> Lead:
        lead = Lead(created_at=self.at)
        self.new.append(lead)
        return lead

    def _attach(self, identifier: Identifier, lead: Lead) -> None:
        self._held(lead).setdefault(identifier.kind, set()).add(identifier.value)
        identifier.lead = lead
        if identifier.kind == IdentifierKind.ANONYMOUS:
            self.visitors.append(identifier)
        self.attached.append((identifier, lead))

    def _join_account(self, lead: Lead, key: str) -> None:
        account = self.accounts[key]
        if self.of_account.get(id(lead)) != account.pk:
            self.of_account[id(lead)] = account.pk
            self.moved[id(lead)] = lead, account

    def _save_memberships(self) -> None:
        """Who belongs to another account from now on; the last one that a round's rows name counts."""
        moved, self.moved = list(self.moved.values()), {}
        for chunk in chunks([lead.pk for lead, _ in moved]):
            Membership.objects.filter(lead__in=chunk, until=FOREVER).update(until=self.at)
        self._enter(moved)

    def _enter(self, moved: Sequence[tuple[Lead, Account]], *, by_rule: bool = False) -> None:
        units = _units({account.pk for _, account in moved}) if self.couples else {}
        Membership.objects.bulk_create(
            [Membership(lead=lead, account=account, since=self.at, by_rule=by_rule) for lead, account in moved],
            batch_size=CHUNK,
        )
        joins: list[tuple[int, int]] = []
        for lead, account in moved if self.couples else ():
            unit, former = units.setdefault(account.pk, lead.unit_id), lead.unit_id
            if unit != former:
                joins.append((unit, former))
                lead.unit_id = unit
                self._follow({former}, unit)
                units = {one: unit if its == former else its for one, its in units.items()}
        join_all(joins, self.at)

    def _join_by_domain(self) -> None:
        """Whoever is of no account joins that of its e-mail's company, while there is room."""
        asked = {lead.pk: (lead, domain) for key, (lead, domain) in self.domains.items() if key in self.touched}
        for chunk in chunks(list(asked)):
            for member in Membership.objects.filter(lead__in=chunk, until=FOREVER).values_list("lead", flat=True):
                del asked[member]
        if not asked:
            return
        accounts = _accounts({domain for _, domain in asked.values()}, self.at)
        room = _room(accounts.values())
        joined = []
        for lead, domain in asked.values():
            account = accounts[domain]
            if room[account.pk] > 0:
                room[account.pk] -= 1
                joined.append((lead, account))
        self._enter(joined, by_rule=True)

    # --- who is one person ----------------------------------------------------------------------

    def _held(self, lead: Lead) -> dict[str, set[str]]:
        """A lead's identifiers by kind, but for its number; asked for once in a round."""
        if id(lead) not in self.held:
            held = self.held[id(lead)] = {}
            saved = Identifier.objects.filter(lead=lead).exclude(kind=IdentifierKind.LEAD) if lead.pk else None
            known = saved.values_list("kind", "value", "is_vouched_for") if saved is not None else ()
            for kind, value, is_vouched_for in known:
                held.setdefault(kind, set()).add(value)
                if is_vouched_for:
                    self.vouched.add(id(lead))
        return self.held[id(lead)]

    def _has_room(self, lead: Lead, identifier: Identifier, *, is_public: bool) -> bool:
        """Whether a lead takes one more; from a public row none that others have not left to it, and no second one."""
        held = self._held(lead)
        if sum(map(len, held.values())) >= (MOST_BY_ANYBODY if is_public else MOST):
            return False
        if not is_public or identifier.kind not in SINGLE:
            return True
        return not held.get(identifier.kind) and not self._is_guarded(lead)

    def _is_guarded(self, lead: Lead) -> bool:
        """Whether a server or one of us has named a lead, and nobody an e-mail of it: a stranger's would open it."""
        return IdentifierKind.EMAIL not in self._held(lead) and id(lead) in self.vouched

    def _vouch(self, named: Iterable[Identifier]) -> None:
        for one in named:
            if one.kind in SINGLE and one.lead is not None:
                self.vouched.add(id(one.lead))
            if one.kind in SINGLE and not one.is_vouched_for:
                one.is_vouched_for = True
                self.named.append(one)

    def _part_from_strangers(self, named: Sequence[Identifier]) -> None:
        """Take what a row names and only strangers have told of a lead that servers know by another name out of it."""
        apart: dict[int, Lead] = {}
        for one in named:
            former = one.lead
            if former is None or one.is_vouched_for or one.kind not in SINGLE:
                continue
            ties = (each for each in named if each.is_vouched_for or each.kind not in SINGLE)
            self._held(former)
            if id(former) not in self.vouched or any(each.lead is former for each in ties):
                continue
            if id(former) not in apart:
                apart[id(former)] = self._new_lead()
            self._save_new()
            self.held.pop(id(former))
            one.lead = apart[id(former)]
            merges.part(one, former, one.lead, at=self.at)
            self.touched[id(former)] = former

    def _may_be(self, lead: Lead, strong: Iterable[Identifier], *, is_public: bool) -> bool:
        """Whether a lead may have these identifiers too."""
        held = self._held(lead)
        if is_public and self._is_guarded(lead):
            return False
        return not any(_is_shared(one) or held.get(one.kind, {one.value}) != {one.value} for one in strong)

    def _one_of(
        self, lead: Lead, other: Lead, single: Sequence[str] = SINGLE, *, is_public: bool, asks: bool = True
    ) -> Lead:
        """The lead that two become; the first one, if they stay two."""
        held, others = self._held(lead), self._held(other)
        clash = next((kind for kind in single if kind in held and kind in others and held[kind] != others[kind]), None)
        full = sum(map(len, held.values())) + sum(map(len, others.values())) > MOST
        is_hearsay = is_public and (self._is_guarded(lead) or self._is_guarded(other))
        if clash or full or is_hearsay:
            if asks:
                several = DoubtReason.TOO_MANY if full else DoubtReason.TOLD_BY_ANYBODY
                reason = DoubtReason(f"two_{clash}s") if clash else several
                self._save_new()
                merges.doubt(lead, other, reason, at=self.at)
            return lead
        self._save_new()
        former = {lead.unit_id, other.unit_id}
        done = merges.merge(lead, other, at=self.at)
        kept, absorbed = (lead, other) if done.kept_id == lead.pk else (other, lead)
        for identifier in self.identifiers.values():
            if identifier.lead is absorbed:
                identifier.lead = kept
        self.held[id(kept)] = {kind: held.get(kind, set()) | others.get(kind, set()) for kind in {*held, *others}}
        if id(absorbed) in self.vouched:
            self.vouched.add(id(kept))
        self._follow(former, kept.unit_id)
        self.touched[id(kept)] = kept
        self.touched.pop(id(absorbed), None)
        return kept

    def _follow(self, former: set[int], unit: int) -> None:
        """The leads in memory are of the unit that theirs became part of."""
        for one in self.leads.values():
            if one.unit_id in former:
                one.unit_id = unit

    # --- what is new ----------------------------------------------------------------------------

    def _save_new(self) -> None:
        new, self.new = self.new, []
        if new:
            for lead, unit in zip(new, Unit.objects.bulk_create(Unit() for _ in new), strict=True):
                lead.unit = unit
            for lead in Lead.objects.bulk_create(new):
                self.leads[lead.pk] = lead
            own = [
                Identifier(kind=IdentifierKind.LEAD, value=str(lead.pk), lead=lead, created_at=self.at) for lead in new
            ]
            self.attached += [(one, its) for one, its in zip(Identifier.objects.bulk_create(own), new, strict=True)]
        attached, self.attached = self.attached, []
        with connection.cursor() as cursor:
            cursor.executemany(_ATTACH, [(lead.pk, one.pk) for one, lead in attached])
        Attachment.objects.bulk_create(
            [Attachment(identifier=one, lead=its, since=self.at, known_from=self.at) for one, its in attached],
            batch_size=CHUNK,
        )
        self._save_memberships()


def _keys(claimed: Mapping[str, str]) -> Iterable[_Key]:
    for kind in (*STRONG, IdentifierKind.ANONYMOUS):
        if kind in claimed:
            yield kind, claimed[kind]
    if "previous" in claimed:
        yield IdentifierKind.USER_ID, claimed["previous"]
        yield IdentifierKind.ANONYMOUS, claimed["previous"]


def _identifiers(keys: set[_Key], at: int) -> dict[_Key, Identifier]:
    """The identifiers with these values, made if they are new."""
    found: dict[_Key, Identifier] = {}
    for kind in (*STRONG, IdentifierKind.ANONYMOUS):
        values = sorted(value for own, value in keys if own == kind)
        for chunk in chunks(values):
            rows = Identifier.objects.filter(kind=kind, value__in=chunk).select_related("lead")
            found |= {(row.kind, row.value): row for row in rows}
    missing = sorted(keys - set(found))
    new = Identifier.objects.bulk_create(
        [Identifier(kind=kind, value=value, created_at=at) for kind, value in missing], batch_size=CHUNK
    )
    return found | {(row.kind, row.value): row for row in new}


def _accounts(keys: set[str], at: int) -> dict[str, Account]:
    """The accounts with these keys, made if they are new."""
    found = {one.key: one for chunk in chunks(sorted(keys)) for one in Account.objects.filter(key__in=chunk)}
    missing = [Account(key=key, created_at=at) for key in sorted(keys - set(found))]
    return found | {one.key: one for one in Account.objects.bulk_create(missing, batch_size=CHUNK)}


def _current_accounts(leads: Mapping[int, Lead]) -> dict[int, int]:
    """By lead as it stands in memory, the account that a source put it into."""
    rows = (Membership.objects.filter(lead__in=chunk, until=FOREVER, by_rule=False) for chunk in chunks(list(leads)))
    return {id(leads[one.lead_id]): one.account_id for of_chunk in rows for one in of_chunk}


def _units(accounts: set[int]) -> dict[int, int]:
    """By account the unit of the first lead that is or was in it, for those that have one."""
    found: dict[int, int] = {}
    for chunk in chunks(sorted(accounts)):
        firsts = Membership.objects.filter(account__in=chunk).values_list("account").annotate(first=Min("lead"))
        lead_of = dict(firsts)
        units = dict(Lead.objects.filter(pk__in=lead_of.values()).values_list("pk", "unit"))
        found |= {account: units[lead] for account, lead in lead_of.items()}
    return found


def _room(accounts: Iterable[Account]) -> dict[int, int]:
    """How many more leads may join each of these accounts by their domain."""
    room = {account.pk: MOST_COLLEAGUES for account in accounts}
    for chunk in chunks(list(room)):
        counted = Membership.objects.filter(account__in=chunk, until=FOREVER).values_list("account")
        for account, members in counted.annotate(members=Count("pk")):
            room[account] -= members
    return room


def _is_shared(identifier: Identifier) -> bool:
    return identifier.kind == IdentifierKind.EMAIL and is_role(identifier.value.partition("@")[0])
