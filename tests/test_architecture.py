"""The architecture as a test: who may import whom, how large a module is, what `import` costs."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import engram

ROOT = Path(engram.__file__).parent
MAY_IMPORT = {"kernels": set(), "simulator": {"kernels"}, "models": {"simulator", "kernels"},
              "backends": {"simulator", "kernels"},
              "experiments": {"simulator", "kernels", "models", "backends"}}
MODULES = sorted(path.relative_to(ROOT) for folder in MAY_IMPORT
                 for path in (ROOT / folder).rglob("*.py"))
SMALL = [*MODULES, *sorted(path.relative_to(ROOT) for folder in ("tests", "benchmarks", "docs")
                           for path in (ROOT / folder).rglob("*.py"))]
EMITS_CODE = {Path("kernels/codecache.py")}  # turns generated text into a module, on disk
UNSAFE = {"pickle", "shelve", "marshal", "dill", "cloudpickle"}
HEAVY = {"brian2", "numba", "matplotlib", "scipy", "h5py", "pandas", "typer", "torch"}


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def folders_imported(path: Path) -> set[str]:
    """Our folders that a module imports, by `from ..x import y` or by `from engram.x import y`."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            if node.level:
                base = path.parent.parts[:len(path.parent.parts) - node.level + 1]
                parts = [*base, *(parts if node.module else [a.name for a in node.names])]
            elif parts[0] == "engram":
                parts = parts[1:] or [node.names[0].name]
            else:
                continue
            found.add(parts[0] if parts else "")
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("engram.")}
    return found & set(MAY_IMPORT)


def test_imports_point_down():
    beyond = {path: folders_imported(path) - {path.parts[0]} - MAY_IMPORT[path.parts[0]]
              for path in MODULES}
    assert not {path: found for path, found in beyond.items() if found}


def test_the_import_rule_sees_both_ways_of_importing():
    assert folders_imported(Path("simulator/values.py")) == {"kernels", "simulator"}
    assert "simulator" in folders_imported(Path("backends/simulation.py"))


def test_a_module_is_at_most_400_lines():
    lines = {path: (ROOT / path).read_text(encoding="utf-8").count("\n") for path in SMALL}
    assert not {path: n for path, n in lines.items() if n > 400}, "split it by its ideas"


def unsafe(path: Path, may_emit: set[Path]) -> list[str]:
    """What could run a text of a user, with its line."""
    found = []
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(func=ast.Name(id="eval" | "exec" | "__import__" as name)):
                found.append(f"{path}:{node.lineno} {name}")
            case ast.Attribute(attr="exec_module") if path not in may_emit:
                found.append(f"{path}:{node.lineno} exec_module")
            case ast.Attribute(value=ast.Name(id="yaml"), attr="load" | "unsafe_load" as name):
                found.append(f"{path}:{node.lineno} yaml.{name}")
            case ast.Import(names=names) if {n.name for n in names} & UNSAFE:
                found.append(f"{path}:{node.lineno} import")
            case ast.ImportFrom(module=module) if module in UNSAFE:
                found.append(f"{path}:{node.lineno} {module}")
            case ast.keyword(arg="allow_pickle", value=value) if not (
                    isinstance(value, ast.Constant) and value.value is False):
                found.append(f"{path} allow_pickle")
    return found


def test_no_text_of_a_user_is_ever_run():
    assert not [line for path in MODULES for line in unsafe(path, EMITS_CODE)]
    for path in EMITS_CODE:
        assert unsafe(path, set()), f"{path} emits no code any more; take it off the list"


def test_every_folder_is_in_the_wheel():
    import tomllib
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())[
        "tool"]["setuptools"]["packages"])
    folders = {".".join(("engram", *path.parent.parts)) for path in MODULES}
    assert listed == {"engram", *folders}
    for package in folders:
        assert (ROOT / Path(*package.split(".")[1:]) / "__init__.py").exists(), package


def test_public_names_resolve_and_are_listed():
    for name in engram.__all__:
        assert getattr(engram, name) is not None
    assert list(engram.__all__) == sorted(engram.__all__)
    assert set(engram.__all__) <= set(dir(engram))
    assert engram.ms is engram.units.UNITS["ms"]
    with pytest.raises(AttributeError, match=r"engram has no 'Nework'; it has .*Network"):
        _ = engram.Nework


IMPORT = """
import sys, time
began = time.perf_counter()
import engram
took = time.perf_counter() - began
print(took, *sorted({m.split('.')[0] for m in sys.modules}))
"""


def test_import_is_quick_and_brings_nothing_heavy():
    runs = [subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True,
                           check=True, cwd="/").stdout.split() for _ in range(5)]
    assert not HEAVY & set(runs[0][1:])
    assert statistics.median(float(r[0]) for r in runs) < 0.3  # seconds; 0.003 when measured


DESCRIBE = """
import sys
import engram as eg
model = eg.NeuronModel('lif', 'dv/dt = -v/tau : volt\\ntau : second', threshold='v > 10*mV',
                       reset='v = 0*mV', defaults={'tau': 10*eg.ms})
eg.Network([eg.Population('a', 5, model), eg.Population('b', 2, eg.Poisson(10*eg.Hz))])
print(*sorted({m.split('.')[0] for m in sys.modules}))
"""


def test_describing_a_network_brings_nothing_heavy():
    got = subprocess.run([sys.executable, "-c", DESCRIBE], capture_output=True, text=True,
                         check=True, cwd="/").stdout.split()
    assert "numpy" in got
    assert not HEAVY & set(got)
