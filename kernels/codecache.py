"""Generated source on disk, named by its content, so that Numba's file cache can keep it compiled.

The folder is ENGRAM_CACHE, else the user's cache folder; where that cannot be written, a folder
that lasts as long as the process.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def folder() -> Path:
    """The folder for generated code, made if need be, readable by its owner only."""
    named = os.environ.get("ENGRAM_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for place in ([Path(named)] if named else []) + [Path(base) / "engram"]:
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = tempfile.NamedTemporaryFile(dir=place)  # noqa: SIM115
            probe.close()
        except OSError:
            continue
        return place
    made = Path(tempfile.mkdtemp(prefix="engram-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@lru_cache(maxsize=1)
def _stamp() -> str:
    """Digest of the compiled functions that generated code is built from: Numba does not look."""
    h = hashlib.sha256()
    names = [HERE / name for name in ("intrinsics.py", "scalar.py", "philox_numba.py",
                                      "poisson_numba.py")]
    for path in names + sorted(HERE.glob("elementary*.py")):
        h.update(path.read_bytes())
    return h.hexdigest()


@lru_cache(maxsize=256)
def load(text: str) -> ModuleType:
    """The module with this source, from disk if it was written before.

    A traceback through generated code shows its lines, since they are in a file.
    """
    name = "engram_" + hashlib.sha256((_stamp() + text).encode()).hexdigest()[:24]
    path = folder() / f"{name}.py"
    if not path.exists() or path.read_text() != text:
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w") as out:
            out.write(text)
        os.replace(temporary, path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
