"""The command line as a process: how soon it answers, Ctrl-C, progress, pipes."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

import engram as eg

ENGRAM = (sys.executable, "-m", "engram")

LONG = """
import engram as eg
from engram import Hz, ms
network = eg.Network([eg.Population("noise", 50, eg.Poisson(20*Hz))], dt=1*ms, name="endless")
duration = 10_000_000*ms
"""


def test_help_answers_within_half_a_second():
    took = []
    for _ in range(5):
        began = time.perf_counter()
        said = subprocess.run([*ENGRAM, "--help"], capture_output=True, text=True, check=True)
        took.append(time.perf_counter() - began)
    assert all(word in said.stdout for word in ("run", "verify", "list", "doctor"))
    assert min(took) < 0.5, "the fastest of five: a busy machine only adds to the others"


def test_the_command_line_loads_nothing_heavy():
    code = ("import sys, engram.experiments.cli; print(sorted({'numpy', 'scipy', 'h5py', 'numba', "
            "'brian2', 'matplotlib', 'rich.progress'} & set(sys.modules)))")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.fixture
def endless(tmp_path):
    (tmp_path / "endless.py").write_text(LONG)
    return tmp_path


def start(folder, *args, stderr):
    """`engram run` as a shell's foreground job, which hears Ctrl-C whatever runs these tests."""
    return subprocess.Popen(
        [*ENGRAM, "run", str(folder / "endless.py"), "--backend", "reference", *args],
        stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=folder,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def read_until(terminal, word, seconds=60.0):
    """What the terminal shows until `word` is in it."""
    seen, end = b"", time.monotonic() + seconds
    while word not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
    return seen


def test_ctrl_c_keeps_what_was_recorded(endless):
    terminal, theirs = pty.openpty()
    with start(endless, "--out", "run1", "--json", stderr=theirs) as process:
        seen = read_until(terminal, b"endless on reference")
        assert b"endless on reference" in seen, "a bar appears on a terminal once it takes a while"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    os.close(terminal)
    os.close(theirs)
    assert process.returncode == 130
    found = json.loads(said)
    assert found["interrupted"] is True
    assert 0 < found["ran_ms"] < found["asked_ms"] == 10_000_000
    kept = eg.Results.load(endless / "run1" / "run.h5")
    assert kept.provenance["interrupted"] is True
    assert kept.steps == found["ran_ms"]
    assert len(kept.spikes["noise"]) == found["populations"]["noise"]["spikes"] > 0
    assert sorted(p.name for p in endless.iterdir()) == ["endless.py", "run1"]


def test_a_killed_run_leaves_no_folder_of_its_name(endless):
    with start(endless, "--out", "run1", stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while not list(endless.glob(".run1-*")) and time.monotonic() < end:
            time.sleep(0.05)
        assert list(endless.glob(".run1-*")), "the place is tried before the run"
        process.kill()
        said, told = process.communicate(timeout=60)
    assert (said, told) == ("", ""), "no bar where stderr is no terminal"
    assert not (endless / "run1").exists()


def test_a_reader_that_leaves_early_gets_no_traceback():
    process = subprocess.Popen([*ENGRAM, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert told == ""


@pytest.mark.slow
def test_doctor_finds_every_backend_working():
    said = subprocess.run([*ENGRAM, "doctor", "--json"], capture_output=True, text=True,
                          check=False)
    found = json.loads(said.stdout)["backends"]
    reasons = {name: b["why"] for name, b in found.items()}
    without_a_gpu = reasons.pop("cuda")
    assert reasons == dict.fromkeys(reasons, "")
    assert not without_a_gpu or "no CUDA device was found" in without_a_gpu
    assert said.returncode == 0


@pytest.mark.slow
def test_the_memory_is_verified_on_every_backend():
    said = subprocess.run([*ENGRAM, "verify", "hippocampal-cam", "--json"], capture_output=True,
                          text=True, check=False)
    found = json.loads(said.stdout)
    assert found["spikes"] > 200, "it must spike to mean anything"
    assert found["backends"]["numba"]["verdict"] == "bit-equal"
    # its integrators may round differently
    assert found["backends"]["brian2"]["verdict"] in ("bit-equal", "spike-equal")
    assert said.returncode == 0
