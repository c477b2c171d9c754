"""What the tests in a browser share: a running Ripeline with a starter playbook, a website, and a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

import ripeline
from installations import Installation
from websites import AHEAD, House, Site, Visitor, launched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

CONTACT = """\
form: contact
event: contact_requested
fields:
  email: {{attribute: email}}
  company: {{attribute: company}}
  employees: {{attribute: company_size}}
  title: {{attribute: job_title}}
  country: {{attribute: country}}
  need: {{property: need}}
return_to: ["{url}/thanks"]
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Ripeline, serving, with the definition of the consultancy signed and published."""
    folder = tmp_path_factory.mktemp("house")
    playbook = Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml"
    ahead = folder / "ahead"
    ahead.write_text("0")
    installation = Installation(folder / "data", playbook=playbook.read_text())
    environment = {"RIPELINE_TEST_AHEAD": str(ahead)}
    with installation.start("serve", script=AHEAD, environment=environment) as server:
        server.wait_until("/health/ready")
        yield House(installation, ahead)


@pytest.fixture(scope="module")
def _site(house: House) -> Iterator[Site]:
    """The website, with a key and a form."""
    added = house.installation.run("source", "add", "website", "--kind", "web", "--json")
    assert added.returncode == 0, added.stderr
    made = Site(f"http://127.0.0.1:{house.installation.port}", json.loads(added.stdout)["write_key"])
    form = house.installation.folder / "contact.yaml"
    form.write_text(CONTACT.format(url=made.url))
    put = house.installation.run("form", "put", str(form))
    assert put.returncode == 0, put.stderr
    yield made
    made.close()


@pytest.fixture
def site(_site: Site, house: House) -> Site:
    """The website as it is, and a ledger of which nothing has been looked at."""
    _site.settings = _site.inline = ""
    house.begin()
    return _site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        opened = launched(playwright)
        yield opened
        opened.close()


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """People who come to the website, each with a browser that knows nothing yet."""
    came: list[Visitor] = []

    def comes(**more: Any) -> Visitor:  # noqa: ANN401 - as the browser takes it
        came.append(Visitor(browser, site, **more))
        return came[-1]

    yield comes
    for one in came:
        one.leave()
