"""Records of comparisons: what is kept is what was measured, or it is not read."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.experiments.compare.job import Job, label
from engram.experiments.compare.provenance import versions
from engram.experiments.compare.record import (
    Record,
    load,
    plain,
    plain_point,
    point_from,
    save,
    sealed,
)
from engram.experiments.tasks.task import Point
from engram.models.memory import OpCount
from engram.simulator.errors import ArchiveError

names = st.text("abcXYZ -*()%_", min_size=1, max_size=8)
values = st.floats(allow_nan=True, allow_infinity=True)
counts = st.integers(0, 2**60)
points = st.builds(
    Point, st.dictionaries(names, values.filter(math.isfinite) | names, max_size=3),
    st.dictionaries(names, values, max_size=3),
    st.dictionaries(st.sampled_from(["read", "write", "codec"]),
                    st.builds(OpCount, mac=values.filter(math.isfinite), exp=st.just(2.0))),
    counts, counts, counts, st.dictionaries(names, counts, max_size=2))


def record() -> Record:
    return Record(Job("tiny", "a/mine.py:Good", seed=3), {"engram": "0", "torch": None},
                  "measured",
                  (Point({"load": 1.0}, {"m": 0.5}, {"read": OpCount(mac=2.0)}, 3, 4, 5, {"c": 2}),
                   ),
                  {"z": 1.0, "a": math.nan}, "", {"task": {"name": "tiny"}}, ({"m": 0.25},),
                  ("real",))


@settings(max_examples=60, deadline=None)
@given(points)
def test_a_point_comes_back_from_json(point: Point) -> None:
    back = point_from(json.loads(json.dumps(plain_point(point), allow_nan=False)))
    assert repr(back) == repr(point)  # NaN is not equal to itself, its text is


def test_a_record_comes_back_and_twice_is_the_same_bytes(tmp_path: Path) -> None:
    path = save(record(), tmp_path)
    back = load(path)
    assert repr(back) == repr(replace(record(), job=record().job.labelled()))
    assert list(back.summary) == ["z", "a"]  # the order of the task, not of the alphabet
    first = path.read_bytes()
    assert save(back, tmp_path) == path
    assert path.read_bytes() == first
    assert b"a/mine" not in first  # nothing of the folders of whoever made it


def test_no_byte_of_a_record_can_be_changed_or_lost(tmp_path: Path) -> None:
    path = save(record(), tmp_path)
    whole = path.read_bytes()
    for n in range(0, len(whole), 7):
        path.write_bytes(whole[:n] + bytes([whole[n] ^ 1]) + whole[n + 1:])
        with pytest.raises(ArchiveError, match=path.name):
            load(path)
        path.write_bytes(whole[:n])
        with pytest.raises(ArchiveError, match=path.name):
            load(path)
    path.write_bytes(whole)
    assert load(path).status == "measured"


@pytest.mark.parametrize("text", ["", "[]", "null", "3", '{"sha256": "x"}', "\xff"])
def test_what_is_no_record_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(ArchiveError, match=r"r\.json"):
        load(path)


def test_other_ends_of_lines_are_other_bytes_and_a_message_holds_no_file(tmp_path: Path) -> None:
    path = save(record(), tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ArchiveError, match="its digest is not"):
        load(path)
    path.write_bytes(b"\xff" * 10_000)
    with pytest.raises(ArchiveError, match="can't decode byte 0xff in position 0") as told:
        load(path)
    assert len(str(told.value)) < 400 + len(str(path))


def test_a_sealed_record_of_another_format_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(sealed({**record().to_dict(), "format": 2}))
    with pytest.raises(ArchiveError, match="format 2; this engram reads 1"):
        load(path)


def test_the_command_of_a_record_makes_it_again() -> None:
    job = Job("tiny", "my file.py:Good", "std", 4, "torch", "bipolar", 4096)
    assert job.command == (
        "engram compare --task tiny --memories 'my file.py:Good' --size std --seeds 1 --first-seed "
        "4 --backend torch --domain bipolar --equal-bits 4096 --out DIR")


def test_different_jobs_have_different_files() -> None:
    jobs = [Job("t", "m", seed=s, backend=b, domain=d, state_bits=n, size=z)
            for s in (0, 1) for b in ("numba", "torch") for d in (None, "unit")
            for n in (None, 64) for z in ("ci", "std")]
    assert len({j.stem for j in jobs}) == len(jobs)
    assert label("/a/b/mine.py:M") == "mine.py:M"
    assert label("linear") == "linear"


def test_numbers_that_json_lacks_are_texts_or_null() -> None:
    assert plain({"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1, "e": "x"}) == {
        "a": None, "b": "inf", "c": "-inf", "d": 1.0, "e": "x"}


def test_a_job_for_another_place_has_whole_paths_and_the_same_label(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    job = Job("recall", "sub/mine.py:Mine")
    assert job.placed() == Job("recall", f"{tmp_path}/sub/mine.py:Mine")
    assert job.placed().labelled() == job.labelled()


def test_a_record_bears_the_packages_that_numbers_and_skips_depend_on() -> None:
    found = versions()
    for name in ("numpy", "scipy", "numba", "torch", "scikit-learn", "entmax", "snntorch"):
        assert found[name] == version(name)
