"""Rows that are added and never changed."""

from __future__ import annotations

from typing import Any, Never, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class IsKept(Exception):
    """A row that stands for ever was to be changed or deleted; our code never does that."""


class KeptRows(models.QuerySet[M]):
    """Rows that can be read and added."""

    def update(self, **values: Any) -> Never:  # noqa: ANN401 - as Django types it
        """Refuse: the rows stand."""
        raise IsKept(f"{self.model.__name__}: {', '.join(values)}")

    def delete(self) -> Never:
        """Refuse: the rows stand."""
        raise IsKept(self.model.__name__)


class Kept(models.Model):
    """A row that is added once and stands."""

    objects = KeptRows.as_manager()

    class Meta:
        """No table of its own."""

        abstract = True

    def save(self, **options: Any) -> None:  # noqa: ANN401 - as Django types it
        """Add the row; raises IsKept if it was there before."""
        if not self._state.adding:
            raise IsKept(f"{type(self).__name__} {self.pk}")
        super().save(**options | {"force_insert": True})

    def delete(self, *_: object, **__: object) -> Never:
        """Refuse: the row stands."""
        raise IsKept(f"{type(self).__name__} {self.pk}")
