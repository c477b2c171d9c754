"""The content catalogue: which item belongs to which class of the playbook."""

from __future__ import annotations

from django.db import models

from ripeline.server.instants import FOREVER, InstantField


class ContentItem(models.Model):
    """An item and its class, from when until when.

    The class in force is stamped on a row when it becomes known, so that an edit changes no past score.
    """

    item = models.CharField(max_length=500)  # a path of the website, or the id that events carry as `content_id`
    content = models.CharField(max_length=64)  # the class, as the playbook names it
    since = InstantField()
    until = InstantField(default=FOREVER)

    class Meta:
        """An item has one class at a time."""

        indexes = (models.Index(fields=["item"], name="content_item"),)
