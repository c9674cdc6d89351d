"""The cuda backend in Numba's simulator, in processes of their own; and what it refuses."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conformance.scenarios import SCENARIOS
from cuda_cases import SHARED, cases

import engram as eg
from engram.backends.cuda import find as cuda_find
from engram.backends.cuda.banks import Banks
from engram.backends.cuda.runner import CudaRunner, unsupported
from engram.experiments.doctor import three_neurons
from engram.simulator.errors import DescriptionError, MissingPackageError
from engram.simulator.lower import lower

CHILD = Path(__file__).parents[1] / "cuda_child.py"
NAMES = sorted(SCENARIOS)
OTHERS = [n for n in cases() if n.split()[0] not in ("scenario", "workers")]


def child(*names: str, script: Path = CHILD) -> Any:
    """What a process with the simulator says of cases: case -> what went wrong."""
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run([sys.executable, str(script), *names], env=env, capture_output=True,
                          text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def all_right(*names: str) -> None:
    found = child(*names)
    assert len(found) == len([n for n in names if not n.startswith("--")])
    assert {n: wrong for n, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_scenario_has_the_bits_of_the_reference(part: int) -> None:
    all_right(*(f"scenario {n}" for n in NAMES[part::3]))


@pytest.mark.parametrize("part", [0, 1])
def test_several_workers_have_the_bits_of_the_reference(part: int) -> None:
    assert set(SHARED) <= set(NAMES)
    all_right(*(f"workers {n}" for n in SHARED[part::2]))


@pytest.mark.parametrize("part", [0, 1])
def test_batches_records_resumed_runs_and_single_precision(part: int) -> None:
    all_right(*OTHERS[part::2])


def test_the_simulator_as_it_comes() -> None:
    all_right("--stock", "scenario refractory_input")


def test_no_scenario_is_refused() -> None:
    for s in SCENARIOS.values():
        network = s.build()
        assert unsupported(network, lower(network, None, 3)) == []


def test_races_and_barriers_that_part_lanes_are_noticed() -> None:
    found = child(script=CHILD.with_name("cuda_races.py"))
    assert "writes element 0" in found["two lanes write"]
    assert "reads element 0" in found["one writes, one reads"]
    assert "reads element 0" in found["one block writes, one reads"]
    assert "lanes wait at" in found["lanes wait at different lines"]
    assert "1 have ended" in found["a lane ends"]
    assert found["with a barrier"] == ""


# -- what is said where it cannot run ------------------------------------------------------------
def test_without_numba_cuda_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"pip install 'engram\[cuda\]'"):
        eg.simulate(three_neurons(), 1*eg.ms, backend="cuda")


def test_without_a_device_the_ways_out_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import cuda
    from numba.cuda.cudadrv.driver import CudaSupportError

    def none() -> None:
        raise CudaSupportError("no driver")
    monkeypatch.setattr(cuda, "current_context", none)
    with pytest.raises(cuda_find.DeviceError, match=r"no CUDA device.*NUMBA_ENABLE_CUDASIM=1"):
        CudaRunner(lower(three_neurons(), None, 0))


def test_an_old_driver_and_an_old_device_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from numba import cuda

    def old() -> None:
        raise RuntimeError("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")
    monkeypatch.setattr(cuda, "current_context", old)
    with pytest.raises(cuda_find.DeviceError, match=r"DRIVER_MISMATCH; if the driver is older"):
        cuda_find.require()
    monkeypatch.setattr(cuda, "current_context", lambda: SimpleNamespace(
        device=SimpleNamespace(compute_capability=(5, 2))))
    with pytest.raises(cuda_find.DeviceError, match=r"capability 6\.0, this device has 5\.2"):
        cuda_find.require()


def test_too_large_a_run_is_refused_before_it_takes_memory() -> None:
    with pytest.raises(DescriptionError, match=r"needs 1,100 bytes .*100 for records.* and 1,099 "
                                               r"are free; use a batch smaller than 7"):
        cuda_find.check_memory({"the network": 1000, "records": 100}, 1099, 7)
    cuda_find.check_memory({"the network": 1000}, 1000, 1)
    cuda_find.check_memory({"the network": 1000}, None, 1)


def test_the_memory_of_a_run_is_known_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    import engram.backends.cuda.runner as backend
    monkeypatch.setattr(backend, "require", lambda: None)
    monkeypatch.setattr(backend, "processors", lambda: 8)
    monkeypatch.setattr(backend, "free_bytes", lambda: 1000)
    with pytest.raises(DescriptionError, match=r"for the network, .* for records\) and 1,000 are"):
        CudaRunner(lower(three_neurons(), None, 0))


def test_more_blocks_than_run_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_find, "processors", lambda: 8)
    cuda_find.check_blocks("grid", 8)
    cuda_find.check_blocks("block", 9)
    with pytest.raises(DescriptionError, match=r"9 blocks .* runs 8 at once"):
        cuda_find.check_blocks("grid", 9)


@pytest.mark.parametrize(("option", "value"), [("lanes", 0), ("lanes", 1025), ("workers", 1.5)])
def test_options_out_of_range_are_refused(option: str, value: Any,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    import engram.backends.cuda.runner as backend
    monkeypatch.setattr(backend, "require", lambda: None)
    with pytest.raises(DescriptionError, match=option):
        CudaRunner(lower(three_neurons(), None, 0), **{option: value})


def test_neurons_and_synapses_that_int32_cannot_number_are_refused() -> None:
    from types import SimpleNamespace
    plan: Any = SimpleNamespace(
        populations=[SimpleNamespace(name="p", size=2**31), SimpleNamespace(name="few", size=3)],
        projections=[SimpleNamespace(name="q", synapses=2**31)])
    reasons = unsupported(None, plan)
    assert [r.split(":")[0] for r in reasons] == ["population 'p'", "projection 'q'"]


def test_banks_hold_what_copies_share_once_and_what_they_own_apart() -> None:
    banks = Banks(3, np.float32)
    common = np.arange(5)
    a, b = banks.shared("W", common), banks.own("F", 4, [np.full(4, c) for c in range(3)])
    again, c = banks.shared("W", common), banks.own("F", 20, 7)
    assert again is a
    filled = banks.fill()
    assert banks.bytes() == sum(x.nbytes for x in filled.values())
    assert filled["F"].dtype == np.float32
    for copy in range(3):
        for place, value in ((b, copy), (c, 7)):
            start = banks.offset(place)[copy]
            assert np.all(filled["F"][start:start + place.size] == value)
    assert filled["W"][:5].tolist() == common.tolist()
    assert len({int(o) for p in (b, c) for o in banks.offset(p)}) == 6
