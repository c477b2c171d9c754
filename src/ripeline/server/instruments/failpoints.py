"""Places where a process can be made to die, so that tests see what a crash right there leaves behind.

RIPELINE_FAILPOINT names the place: before_handoffs, after_handoffs, before_commit, after_commit (of a decision),
after_send, before_mark (of a delivery), before_nurture, before_nurture_commit, after_nurture_commit (of a step),
before_erasure_log, after_erasure_log, before_words_go (of an erasure),
in_file, after_file, before_manifest, after_manifest (of an export). With nothing named, nothing happens.
"""

from __future__ import annotations

import os

_CHOSEN = os.environ.get("RIPELINE_FAILPOINT", "")
DIED = 86
"""The exit code of a process that died at a failpoint."""


def failpoint(name: str) -> None:
    """End the process at once, without clearing anything away, if this is the place named."""
    if name == _CHOSEN:
        os._exit(DIED)
