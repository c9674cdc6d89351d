"""Times as typed on the command line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.experiments.times import parse_time
from engram.simulator.errors import DescriptionError, EngramError, UnitError


@pytest.mark.parametrize(("text", "seconds"), [
    ("100ms", 0.1), ("0.5 s", 0.5), (" 90 ms ", 0.09), ("1e3us", 1e-3), (".5ms", 5e-4),
    ("2 second", 2.0), ("3.ns", 3e-9)])
def test_number_and_unit(text, seconds):
    assert parse_time(text, "--duration").value == pytest.approx(seconds, rel=1e-15)


@pytest.mark.parametrize(("text", "error", "says"), [
    ("100", UnitError, "write 100ms or 100s"),
    ("3 parsecs", UnitError, "'parsecs' is not a unit of time"),
    ("5 mV", UnitError, "'mV' is not a unit of time"),
    ("0ms", DescriptionError, "more than 0"),
    ("-1ms", DescriptionError, "more than 0"),
    ("1e999s", DescriptionError, "finite"),
    ("soon", DescriptionError, "such as 100ms"),
    ("nan ms", DescriptionError, "such as 100ms"),
    ("", DescriptionError, "such as 100ms")])
def test_a_mistake_is_named_with_its_option(text, error, says):
    with pytest.raises(error, match=says) as caught:
        parse_time(text, "--duration")
    assert "--duration" in str(caught.value)
    assert repr(text) in str(caught.value)


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[-+]?[0-9.e]{1,6} ?[a-z]{0,3}")))
def test_any_text_is_a_positive_time_or_an_error_of_ours(text):
    with contextlib.suppress(EngramError):
        assert parse_time(text, "--duration").value > 0
