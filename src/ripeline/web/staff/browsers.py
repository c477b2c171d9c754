"""What a browser and the system below it are called, by how it names itself."""

from __future__ import annotations

from django.utils.translation import gettext

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""By a sign of it; the first that fits, because most name those whom they resemble as well."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def called(agent: str) -> str:
    """A browser in words, such as "Firefox on Windows"; nothing if neither of the two is known."""
    browser, system = (next((name for sign, name in all_ if sign in agent), "") for all_ in (_BROWSERS, _SYSTEMS))
    if browser and system:
        return gettext("{browser} on {system}").format(browser=browser, system=system)
    return browser or system
