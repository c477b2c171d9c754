"""The companies that can be made up, one table of habits for each starter playbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.generated.companies import agency, car_dealer, consultancy, fitness_app, software, web_shop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.generated.habits import Habits

_MODULES = (agency, car_dealer, consultancy, fitness_app, software, web_shop)

HABITS: Mapping[str, Habits] = {module.HABITS.template: module.HABITS for module in _MODULES}
"""The habits by the template's name."""
