"""How the kernel is compiled, and where what has been compiled is kept.

Compiling takes most of a minute, so it is done once and kept on disk. numba looks only at the file of the function
that is called to see whether what it kept is stale; a change in any function that is called in turn would go unseen.
So each state of the sources has a folder of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import numba as nb
import numpy as np

settings: Any = nb.config
njit: Any = nb.njit

_F = TypeVar("_F", bound=Callable[..., Any])


def _folder() -> Path:
    """Where what these sources compile to is kept: under numba's folder if one is set, else the user's."""
    state = sha256(f"{nb.__version__} {np.__version__}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        state.update(source.read_bytes())
    base = Path(settings.CACHE_DIR) if settings.CACHE_DIR else Path.home() / ".cache" / "ripeline"
    folder = base / state.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        # A home that cannot be written to: compiled for this process alone, where nobody else can put anything.
        folder = Path(mkdtemp(prefix="ripeline-"))
    return folder


settings.CACHE_DIR = str(_folder())

compiled: Callable[[_F], _F] = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For functions that only compiled code calls."""

entry: Callable[[_F], _F] = njit(cache=True, nogil=True, error_model="numpy")
"""For functions that Python calls: kept on disk with all that they call."""
