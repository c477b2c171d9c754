"""Segment's reserved traits in the words of the starter playbooks: what a person does, and what a company is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_COMPANIES = {
    "name": "company",
    "industry": "industry",
    "employee_count": "company_size",
    "employeeCount": "company_size",
    "employees": "company_size",
}
_OF_THE_COMPANY_ITSELF = {"name", "email", "phone", "id", "avatar", "description", "createdAt", "created_at"}


def of_person(traits: Mapping[str, Any]) -> dict[str, Any]:
    """The traits of `identify`, and what follows from Segment's names by ours, unless the sender told that itself.

    A company that is described is told by its name, because an attribute is one value.
    """
    told = dict(traits)
    if isinstance(traits.get("company"), dict):
        told = _of_company(told.pop("company")) | told
    if "title" in told:
        told.setdefault("job_title", told["title"])
    return told


def of_group(traits: Mapping[str, Any]) -> dict[str, Any]:
    """The traits of `group`, as attributes of whoever belongs to it: the company's name and address are not theirs."""
    return _of_company(traits) | {name: told for name, told in traits.items() if name not in _OF_THE_COMPANY_ITSELF}


def _of_company(traits: Mapping[str, Any]) -> dict[str, Any]:
    return {ours: traits[theirs] for theirs, ours in _OF_COMPANIES.items() if traits.get(theirs) is not None}
