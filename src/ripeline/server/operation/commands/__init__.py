"""Commands: what the command line asks of the server, by noun; all of them may be asked for by name."""

from ripeline.server.operation.commands import (
    campaigns,
    content,
    endpoints,
    forms,
    imports,
    installation,
    mails,
    people,
    playbooks,
    quarantine,
    retention,
    routes,
    sources,
    users,
)

__all__ = [
    "campaigns",
    "content",
    "endpoints",
    "forms",
    "imports",
    "installation",
    "mails",
    "people",
    "playbooks",
    "quarantine",
    "retention",
    "routes",
    "sources",
    "users",
]
