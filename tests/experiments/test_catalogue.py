"""Every model that runs by name builds, runs and describes what it did, rightly."""

from __future__ import annotations

import pytest

import engram as eg
from engram.experiments.catalogue import MODELS


@pytest.mark.parametrize("name", MODELS)
def test_demo(name):
    demo = MODELS[name]
    prepared = demo.build()
    run = eg.simulate(prepared.network, prepared.duration, backend="reference")
    lines = prepared.describe(run)
    assert (demo.name, bool(demo.summary)) == (name, True)
    assert sum(len(s) for s in run.spikes.values()) > 100
    assert len(lines) > 3
    assert not [line for line in lines if "expected" in line], "an operation failed"
    assert set(prepared.weights) <= set(run.weights)
    assert prepared.marks
    assert all(t < prepared.duration for t, _ in prepared.marks)


def test_the_cam_demo_learns_recalls_and_forgets():
    prepared = MODELS["hippocampal-cam"].build()
    text = "\n".join(prepared.describe(eg.simulate(prepared.network, prepared.duration,
                                                   backend="reference")))
    for part in ("learn cue 0", "recall cue 0 -> content {0, 1, 8, 9}", "-> cues {0, 4}",
                 "forgets {0, 1, 8, 9}", "recall cue 0 -> content {}"):
        assert part in text
