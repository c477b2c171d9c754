"""Nothing that comes from outside, or from a disk, is ever executed when it is read."""

from __future__ import annotations

import ast
import base64
import pickle
from pathlib import Path

import pytest
from django.conf import settings
from django.core import signing

SOURCES = sorted((Path(__file__).parents[2] / "src" / "ripeline").rglob("*.py"))
EXECUTES = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "jsonpickle", "joblib", "code", "codeop"}
CALLS = {"eval", "exec", "compile", "__import__"}


def _names(tree: ast.AST) -> set[str]:
    """The modules that a file imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_file_can_execute_what_it_reads(path: Path) -> None:
    """No pickle, no eval, and YAML by the safe loader only."""
    tree = ast.parse(path.read_text("utf-8"))
    assert not _names(tree) & EXECUTES
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            assert node.func.id not in CALLS
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            assert (node.func.value.id, node.func.attr) not in {
                ("yaml", "load"),
                ("yaml", "load_all"),
                ("yaml", "unsafe_load"),
                ("yaml", "full_load"),
            }


class Trap:
    """Unpickled, it would say so."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a session was unpickled",)


def test_a_crafted_session_is_no_session() -> None:
    """Signed or not, it is read as JSON."""
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    crafted = base64.b64encode(pickle.dumps(Trap())).decode()
    with pytest.raises(signing.BadSignature):
        signing.loads(crafted)
    with pytest.raises(ValueError, match=r".+"):
        signing.loads(signing.TimestampSigner(salt="session").sign(crafted), salt="session")
