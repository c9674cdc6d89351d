"""What is wrong with a checkpoint is said before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends_available import NUMERIC
from tiny import COUNTER, RELAY, join, network, sources

import engram as eg
from engram import ms
from engram.backends import checkpoint as module


def chain(weight: float = 1.0) -> eg.Network:
    return network([sources("in", (1, 4, 6)), eg.Population("out", 1, RELAY),
                    eg.Population("clock", 1, COUNTER)],
                   [join("link", "in", "out", parameters={"w": weight}, delay=3)],
                   probes=[eg.SpikeProbe("out"), eg.StateProbe("clock", "v", every=2)])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    simulation = eg.compile(chain())
    simulation.run(5*ms)
    simulation.checkpoint(tmp_path/"c.h5")
    return tmp_path/"c.h5"


@pytest.mark.parametrize("backend", [None, "reference", "numba"])
def test_what_was_recorded_before_is_there_after(saved: Path, backend: Any) -> None:
    simulation = eg.resume(saved, backend)
    assert simulation.t == 5*ms
    run = simulation.run(7*ms)
    np.testing.assert_array_equal(run.spikes["out"].step, [4, 7, 9])
    np.testing.assert_array_equal(run.states["clock"]["v"][:, 0], [1, 3, 5, 7, 9, 11])
    assert run.steps == 12


def test_a_second_checkpoint_of_a_resumed_run(saved: Path, tmp_path: Path) -> None:
    simulation = eg.resume(saved, "reference")
    simulation.run(1*ms)
    simulation.checkpoint(tmp_path/"d.h5")
    assert eg.resume(tmp_path/"d.h5").run(6*ms).digest == eg.simulate(chain(), 12*ms).digest


def test_of_another_network(saved: Path) -> None:
    assert eg.resume(saved, network=chain()).t == 5*ms
    with pytest.raises(eg.ArchiveError, match=r"checkpoint of network .* give the network that"):
        eg.resume(saved, network=chain(2.0))


def test_of_a_version_that_computes_otherwise(saved: Path, monkeypatch: Any) -> None:
    real = module.digest
    monkeypatch.setattr(module, "digest", lambda plan: real(plan)[::-1])
    with pytest.raises(eg.ArchiveError, match=r"other numbers .* exact=False"):
        eg.resume(saved)
    assert eg.resume(saved, exact=False).t == 5*ms


def test_a_partly_written_file_is_never_loaded(saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    for part in (0, 100, 600, len(whole)//2, len(whole) - 1):
        (tmp_path/"part.h5").write_bytes(whole[:part])
        with pytest.raises(eg.ArchiveError):
            eg.resume(tmp_path/"part.h5")
    torn = bytearray(whole)
    torn[len(whole)//2] ^= 1
    (tmp_path/"part.h5").write_bytes(bytes(torn))
    with pytest.raises(eg.ArchiveError, match="damaged"):
        eg.resume(tmp_path/"part.h5")


def test_a_failed_write_leaves_the_old_file(saved: Path, monkeypatch: Any) -> None:
    before = saved.read_bytes()
    simulation = eg.compile(chain())
    simulation.run(3*ms)

    def fail(*args: Any) -> None:
        raise OSError("disk full")
    monkeypatch.setattr("engram.simulator.archive_checkpoint._put_recorded", fail)
    with pytest.raises((OSError, eg.ArchiveError), match="disk full"):
        simulation.checkpoint(saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    eg.simulate(chain(), 5*ms).save(tmp_path/"run.h5")
    with pytest.raises(eg.ArchiveError, match=r"no checkpoint; Simulation\.checkpoint"):
        eg.resume(tmp_path/"run.h5")
    with pytest.raises(eg.ArchiveError, match="cannot be read"):
        eg.resume(tmp_path/"none.h5")


def test_brian2_says_that_it_cannot(saved: Path, tmp_path: Path) -> None:
    simulation = eg.compile(chain(), "brian2")
    simulation.run(2*ms)
    with pytest.raises(eg.UnsupportedError, match="queues of its own"):
        simulation.checkpoint(tmp_path/"b.h5")
    with pytest.raises(eg.UnsupportedError, match="queues of its own"):
        eg.resume(saved, "brian2")


def test_float32_goes_on_in_float32(tmp_path: Path) -> None:
    whole = eg.simulate(chain(0.7), 12*ms, precision="float32")
    simulation = eg.compile(chain(0.7), precision="float32")
    simulation.run(5*ms)
    simulation.checkpoint(tmp_path/"c.h5")
    again = eg.resume(tmp_path/"c.h5")
    assert again.precision == "float32"
    assert again.run(7*ms).digest == whole.digest


@pytest.mark.parametrize("backend", NUMERIC)
def test_without_a_spike_that_is_under_way_the_run_is_another(backend: str) -> None:
    """What the comparison of joined and unbroken runs rests on."""
    simulation = eg.compile(chain(), backend)
    simulation.run(5*ms)
    (snapshot,) = simulation.runner.snapshot()
    source = snapshot.populations[0]
    np.testing.assert_array_equal(source.steps, [4])
    source.steps, source.indices = source.steps[:0], source.indices[:0]
    simulation.runner.restore([snapshot])
    np.testing.assert_array_equal(simulation.run(7*ms).spikes["out"].step, [4, 9])
