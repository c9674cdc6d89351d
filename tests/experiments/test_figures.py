"""Figures hold what the run holds."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from engram import amp, mA, ms, nA
from engram.experiments import figures
from engram.simulator.results import Results, Spikes
from engram.simulator.units import uM


def spikes(step, i, size, dt=1e-3):
    return Spikes(np.array(step, np.int64), np.array(i, np.int64), dt, size)


@pytest.fixture
def run():
    return Results({"alpha": spikes([1, 2, 2], [0, 0, 3], 4), "beta": spikes([5], [0], 1),
                    "nobody": spikes([], [], 0)}, {}, {}, 1e-3, 10, {})


def drawn(ax):
    """Points of each population, (t in ms, height), in drawing order."""
    return [line.get_xydata() for line in ax.lines if line.get_linestyle() == "None"]


def test_raster_draws_every_spike_in_the_band_of_its_population(run):
    ax = figures.raster(run)
    points = drawn(ax)
    assert [len(p) for p in points] == [3, 1, 0]
    np.testing.assert_allclose(points[0][:, 0], [1, 2, 2])
    bottom, top = ax.get_ylim()
    assert bottom < points[1][0, 1] < points[0][:, 1].min() < top, "the first is on top"
    assert points[0][0, 1] > points[0][2, 1], "neuron 0 above neuron 3"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["alpha", "beta", "nobody"]
    assert ax.get_xlabel() == "time (ms)"
    assert ax.get_xlim()[1] >= 10, "the whole run, also where nothing fires"


def test_raster_draws_into_the_axes_it_is_given(run):
    ax = Figure().add_subplot()
    assert figures.raster(run, ax, ["beta"]) is ax
    assert [len(p) for p in drawn(ax)] == [1]


def test_a_run_of_no_steps_can_be_drawn(run, tmp_path):
    empty = Results({"alpha": spikes([], [], 4)}, {}, {}, 1e-3, 0, {})
    figures.save(figures.raster(empty, title="nothing"), tmp_path / "empty.png")
    assert (tmp_path / "empty.png").stat().st_size > 0


def test_of_many_spikes_whole_neurons_are_left_out_and_the_label_says_so():
    n = 3 * figures.MOST_SPIKES
    many = Results({"busy": spikes(np.arange(n), np.arange(n) % 300, 300)}, {}, {}, 1e-3, n, {})
    ax = figures.raster(many)
    assert len(drawn(ax)[0]) == n // 3
    assert "1 neuron in 3" in ax.get_yticklabels()[0].get_text()


def test_marks_are_level_where_they_fit_slanted_where_not_left_out_where_crowded(run):
    fits = [(1 * ms, "learn\ncue 0"), (6 * ms, "recall\ncue 0")]
    ax = figures.raster(run, marks=fits)
    assert [(t.get_text(), t.get_rotation()) for t in ax.texts] == [
        ("learn\ncue 0", 0), ("recall\ncue 0", 0)]
    close = [(t * ms, "a rather long label") for t in (1, 2, 3)]
    assert {t.get_rotation() for t in figures.raster(run, marks=close).texts} == {figures.SLANT}
    crowd = [(0.01 * t * ms, "label") for t in range(100)]
    assert len(figures.raster(run, marks=crowd).texts) == 0


def test_marks_after_the_end_of_the_run_are_left_out(run):
    ax = figures.raster(run, marks=[(1 * ms, "in"), (11 * ms, "out")])
    assert [t.get_text() for t in ax.texts] == ["in"]


def test_a_title_stays_clear_of_the_marks(run):
    ax = figures.raster(run, marks=[(t * ms, "a rather long label") for t in (1, 2, 3)], title="up")
    ax.figure.draw_without_rendering()
    title = ax._left_title.get_window_extent()
    assert not any(title.overlaps(t.get_window_extent()) for t in ax.texts)


def test_weights_share_one_scale_and_a_readable_unit():
    before = np.array([[0.0, np.nan], [2.0, 0.0]]) * nA
    after = np.array([[6.0, np.nan], [0.0, 1.0]]) * nA
    first, second = figures.weights(before, after, name="plastic")
    a, b = first.images[0], second.images[0]
    assert a.get_clim() == b.get_clim() == pytest.approx((0, 6))
    np.testing.assert_allclose(b.get_array().filled(np.nan), [[6, np.nan], [0, 1]])
    assert "w (nA)" in [ax.get_ylabel() for ax in first.figure.axes]
    assert first.get_title(loc="left") == "plastic, before"


@pytest.mark.parametrize(("values", "label"), [
    (np.full((2, 2), 999.0) * mA, "w (mA)"), (np.ones((2, 2)) * amp, "w (A)"),
    (np.full((2, 2), 0.5), "w"), (np.zeros((2, 2)) * nA, "w (A)")])
def test_the_unit_is_that_of_the_largest_weight(values, label):
    axes = figures.weights(values, values)
    assert label in [ax.get_ylabel() for ax in axes[0].figure.axes]


def test_weights_of_both_signs_have_zero_in_the_middle():
    first, _ = figures.weights(np.array([[-3.0, 1.0]]), np.array([[0.0, 2.0]]))
    assert first.images[0].get_clim() == (-3, 3)


def test_many_weights_are_shown_as_histograms_of_all_synapses():
    big = np.full((figures.LARGEST_MATRIX + 1, 3), np.nan)
    big[:, 0] = np.linspace(0, 1, len(big))
    for ax in figures.weights(big, big):
        assert not ax.images
        assert sum(bar.get_height() for bar in ax.patches) == len(big)


def test_a_row_for_each_projection(tmp_path):
    pair = (np.zeros((2, 3)), np.ones((2, 3)))
    axes = figures.weight_changes({"one": pair, "two": pair, "three": pair})
    assert axes.shape == (3, 2)
    figures.save(axes, tmp_path / "weights.png")
    assert (tmp_path / "weights.png").read_bytes().startswith(b"\x89PNG")


def test_concentrations_are_drawn_in_their_unit():
    unit, (values,) = figures.in_one_unit(np.array([0.05, 1.1]) * uM)
    assert unit == "uM"
    np.testing.assert_allclose(values, [0.05, 1.1])
