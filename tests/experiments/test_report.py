"""Reports: known answers, sentences that do not say too much, files that agree."""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_comparison as tiny

from engram.experiments.compare import runner
from engram.experiments.compare.job import Job
from engram.experiments.compare.record import Record, save
from engram.experiments.compare.runner import Place
from engram.experiments.report import costs, figures, words
from engram.experiments.report.figures import draw
from engram.experiments.report.gather import compared, read_folder, said
from engram.experiments.report.series import drawings, extent, marked
from engram.experiments.report.statistics import difference, estimate, number
from engram.experiments.report.summary import summary_text
from engram.experiments.report.tables import differences, right, tables
from engram.experiments.report.write import write_report
from engram.experiments.tasks.task import Point
from engram.models.memory import OpCount
from engram.simulator.errors import ArchiveError, DescriptionError

FILE = Path(tiny.__file__)


def record(memory: str, seed: int, *points: Point, **summary: float) -> Record:
    curve = {"x": "load", "y": "m", "by": None, "log_x": False}
    return Record(Job("t", memory, seed=seed), {"engram": "1"}, "measured", points, summary, "",
                  {"task": {"curves": [curve], "summary": "a test", "source": "us"},
                   "memory": {"spiking": memory == "sparse"}}, ({},) * len(points), ("real",))


def point(load: float, m: float, read: OpCount, items: int = 1, bits: int = 64,
          codings: dict[str, int] | None = None) -> Point:
    return Point({"load": load}, {"m": m}, {"read": read, "write": OpCount(mac=2.0)}, items, 1,
                 bits, codings or {})


# -- statistics -------------------------------------------------------------------------------
def test_the_interval_is_students() -> None:
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.mean == 3.0
    # t(0.975, 4) = 2.776445 by any table, standard deviation sqrt(2.5), 5 seeds
    assert found.half == pytest.approx(2.776445 * math.sqrt(2.5) / math.sqrt(5), rel=1e-6)
    assert math.isnan(estimate([2.0]).half)
    assert str(estimate([2.0])) == "2"
    assert estimate([1.0, math.nan, 3.0]).seeds == 2
    assert math.isnan(estimate([]).mean)
    assert str(estimate([1.0, math.inf])) == "∞"
    assert math.isnan(estimate([-math.inf, math.inf]).mean)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = [e.low <= 0.0 <= e.high for e in map(estimate, rng.standard_normal((2000, 5)))]
    assert 0.935 < np.mean(hits) < 0.965  # 0.95 with a standard error of 0.005: three of them


def test_differences_are_paired_by_seed() -> None:
    base = {0: 1.0, 1: 5.0, 2: 9.0}
    ours = {1: 5.5, 0: 1.5, 2: 9.5, 7: 100.0}  # one half more under every seed; 7 has no partner
    found = difference(ours, base)
    assert (found.mean, found.half, found.seeds) == (0.5, 0.0, 3)


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0"), (1.0, "1"), (0.98765, "0.9877"), (1234567.0, "1,234,567"), (3.2e9, "3.20e9"),
    (1.25e-5, "1.25e-5"), (-0.5, "-0.5"), (math.inf, "∞"), (math.nan, "-"), (100.0, "100")])
def test_numbers_are_short_and_right(value: float, text: str) -> None:
    assert number(value) == text


# -- what may be said -------------------------------------------------------------------------
CHEAP = OpCount(dense=1.0, mac=1.0, bytes_rw=1.0)
DEAR = OpCount(dense=2.0, mac=2.0, bytes_rw=2.0)
MIXED = OpCount(dense=9.0, ac=0.5, bytes_rw=1.5, neuron_updates=4.0)


def comparison(**reads: OpCount):
    return compared([record(m, seed, point(1.0, seed, ops), point(2.0, seed, ops))
                     for m, ops in reads.items() for seed in (0, 1)])[0]


def test_an_order_that_every_view_shares_may_be_said() -> None:
    c = comparison(a=CHEAP, b=DEAR)
    assert "No pair of memories changes its order" in costs.verdict(costs.costs(c))


def test_an_order_that_flips_is_never_said_without_saying_so() -> None:
    found = costs.costs(comparison(a=CHEAP, b=DEAR, sparse=MIXED))
    text = costs.verdict(found)
    assert "Of 3 pairs of memories, 2 change their order" in text
    assert "The other one does not." in text
    assert "depends on what is counted" in text
    flips = {(f.first, f.second): f for f in costs.flips(found)}
    assert set(flips) == {("a", "sparse"), ("b", "sparse")}
    assert flips["b", "sparse"].first_cheaper == ("dense", "updates")
    assert flips["b", "sparse"].second_cheaper == ("effective", "bytes")
    assert [(x, y) for x, y, _ in costs.agreed(found)] == [("a", "b")]
    assert "Every pair" in costs.verdict(costs.costs(comparison(a=CHEAP, sparse=MIXED)))


def test_an_order_that_flips_for_reads_alone_is_said_too() -> None:
    """Writes may hide it: together the first is cheaper in every view."""
    def asked(write: OpCount, read: OpCount):
        made = point(1.0, 0.0, read)
        return replace(made, ops={"write": write, "read": read})
    c = compared([record("a", 0, asked(CHEAP, OpCount(dense=4.0, mac=4.0, bytes_rw=1.0))),
                  record("b", 0, asked(DEAR * 9, OpCount(dense=1.0, mac=1.0, bytes_rw=4.0)))])[0]
    found = costs.costs(c)
    assert costs.flips(found) == []
    assert "No pair of memories changes its order" in costs.verdict(found)
    assert "of reads alone 1 and of writes alone 0 of 1 change it" in costs.verdict(found)
    assert "By reads or writes alone" in next(t.note for t in tables(c, "a")
                                              if t.title == "Pairs that no view turns around")


def test_texts_of_the_user_s_are_no_html_and_no_formulas(tmp_path: Path) -> None:
    evil = "<script>x</script> $x^{ & |"
    made = record("a$^{<b>.py:M", 0, point(1.0, 0.5, CHEAP))
    made = replace(made, about={**made.about, "memory": {**made.about.get("memory", {}),
                                                         "summary": evil}})
    save(made, tmp_path)
    written = write_report(tmp_path)
    assert "<script>x" not in (written.folder / "index.html").read_text()
    assert r"\<script>x\</script> $x^{ & \|" in (written.folder / "report.md").read_text()


def test_costs_are_shared_out_over_queries_and_items() -> None:
    c = compared([record("a", 0, point(1.0, 0, CHEAP, items=1), point(2.0, 0, DEAR * 3, items=3))])
    found = costs.costs(c[0])["a"]
    assert found.read.dense == (1 + 6) / 2
    assert found.write.mac == 4 / 4
    assert found.total.mac == (1 + 6 + 4) / 2


def test_nothing_is_said_of_costs_that_nobody_counted() -> None:
    c, = compared([replace(record(m, 0, replace(point(1.0, 0.5, CHEAP), ops={})))
                   for m in ("a", "b")])
    assert "No operations were counted in this task." in words.sentences(c, "a")
    assert not [t.title for t in tables(c, "a") if "Operations" in t.title or "Energy" in t.title]


def test_a_right_answer_costs_more_where_fewer_are_right() -> None:
    c = compared([record("a", 0, point(1.0, 0.5, CHEAP)), record("b", 0, point(1.0, 0.0, CHEAP))])
    found = {row[0].text: row for row in right(c[0], costs.costs(c[0])).rows}
    assert found["a"][1].value == 0.5
    assert found["a"][3].value == (1 + 2) / 0.5  # effective: a read of 1 and a write of 2
    assert found["b"][3].text == "-"
    beyond = compared([record("a", 0, point(1.0, 7.0, CHEAP))])[0]
    assert right(beyond, costs.costs(beyond)).rows == ()  # no share of anything


def test_costs_are_those_of_the_conditions_that_all_share() -> None:
    c = compared([record("a", 0, point(1.0, 0, CHEAP), point(2.0, 0, DEAR)),
                  record("b", 0, point(1.0, 0, CHEAP))])[0]
    assert [said(at) for at in costs.common(c)] == ["load 1"]
    assert costs.costs(c)["a"].read.dense == 1.0


def test_bits_of_state_whose_order_depends_on_the_coding_are_named() -> None:
    c = compared([record("a", 0, point(1.0, 0, CHEAP, bits=100, codings={"small": 10})),
                  record("b", 0, point(1.0, 0, CHEAP, bits=50))])[0]
    found = costs.costs(c)
    assert found["a"].cheapest == ("small", 10)
    assert "turns around between the declared and the cheapest coding for a and b" in \
        costs.state_verdict(found)


def test_energies_whose_ranges_overlap_order_nothing() -> None:
    c = comparison(a=CHEAP, b=CHEAP)
    assert "1 pair: 0 with" in words.energy_verdict(c, costs.costs(c))
    c = comparison(a=CHEAP, b=DEAR * 1000)
    assert "1 pair: 1 with" in words.energy_verdict(c, costs.costs(c))


def test_a_star_marks_differences_that_are_more_than_chance() -> None:
    c = compared([record(m, s, point(1.0, 0, CHEAP), score=base + s + (s * up))
                  for m, base, up in (("a", 0.0, 0.0), ("b", 1.0, 0.01), ("c", 0.0, 0.01))
                  for s in range(4)])[0]
    rows = {row[0].text: row[1].text for row in differences(c, "a").rows}
    assert rows["b"].endswith("*")
    assert not rows["c"].endswith("*")
    assert ("above in some and below in none: b; not told apart in any: c"
            in words.quality(c, "a"))


def test_a_memory_that_is_above_in_one_number_and_below_in_another_is_said_to_be() -> None:
    c = compared([record(m, s, point(1.0, 0, CHEAP), x=s + by, y=s - by)
                  for m, by in (("a", 0.0), ("b", 2.0)) for s in range(3)])[0]
    assert "above in some and below in others: b" in words.quality(c, "a")


def test_a_condition_leaves_out_the_alphabet_that_each_memory_chose() -> None:
    def at(domain: str) -> Point:
        return replace(point(1.0, 0.0, CHEAP), at={"load": 1.0, "domain": domain})
    c = compared([record("a", 0, at("unit")), record("b", 0, at("ksparse"))])[0]
    assert len(c.conditions) == 1
    both = compared([record("a", 0, at("unit"), at("ksparse"))])[0]
    assert len(both.conditions) == 2  # here the task sweeps it


def test_what_was_measured_in_part_is_said() -> None:
    whole = record("a", 0, point(1.0, 0.0, CHEAP), point(2.0, 0.0, CHEAP))
    part = replace(record("b", 0, point(1.0, 0.0, CHEAP)), refused=("too many",))
    c, = compared([whole, part])
    assert "1 of 2 memories could be measured in some conditions only" in words.scope(c)
    assert any("in part" in cell.text for t in tables(c, "a") for row in t.rows for cell in row)


def test_other_circumstances_are_another_comparison() -> None:
    r = record("a", 0, point(1.0, 0.0, CHEAP))
    others = [replace(r, job=replace(r.job, **{k: v})) for k, v in (
        ("size", "std"), ("backend", "torch"), ("domain", "unit"), ("state_bits", 64))]
    assert len(compared([r, *others])) == 5


# -- files ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compared")
    jobs = [Job(f"{FILE}:TASK", f"{FILE}:{m}", seed=s) for s in range(3)
            for m in ("Good", "Sparse", "Wrong", "refuses", "fails")]
    list(runner.run(jobs, place, Place(2), print))
    write_report(place)
    return place


def test_a_report_has_all_its_files(folder: Path) -> None:
    names = {p.relative_to(folder / "report").as_posix()
             for p in (folder / "report").rglob("*") if p.is_file()}
    assert names == {"report.md", "long.csv", "index.html",
                     *(f"figures/0-tiny_comparison-py-TASK-{y}-over-load.{kind}"
                       for y in ("level", "right") for kind in ("png", "svg"))}


def test_the_text_says_what_was_measured_and_what_was_not(folder: Path) -> None:
    text = (folder / "report" / "report.md").read_text()
    assert "3 memories, 3 seeds, 2 conditions" in text
    assert "2 of 5 memories could not be measured: the reasons stand below" in text
    assert "it takes 3 dimensions and no 4 | 0, 1, 2 |" in text
    assert "| failed | ZeroDivisionError: by nothing" in text
    assert "change their order between the four views" in text
    assert "simulator time" in text
    assert "estimated, pJ" in text
    assert "(theory 1)" in text
    for link in ("level", "right"):
        assert f"-{link}-over-load.svg)" in text


def test_the_long_form_has_every_number_once(folder: Path) -> None:
    rows = list(csv.DictReader((folder / "report" / "long.csv").read_text().splitlines()))
    level = [r for r in rows if r["phase"] == "metric" and r["quantity"] == "level"]
    assert len(level) == 3 * 3 * 2
    keys = {(r["memory"], r["seed"], r["point"]) for r in level}
    assert len(keys) == len(level)
    c, = read_folder(folder)
    for r in level:
        at = c.conditions[int(r["point"])]
        assert float(r["value"]) == c.metric(r["memory"], at, "level")[int(r["seed"])]
    assert {r["status"] for r in rows} == {"measured", "skipped", "failed"}
    assert {r["value"] for r in rows if r["quantity"] == "half"} == {"160"}


def test_every_table_has_a_cell_for_every_heading(folder: Path) -> None:
    c, = read_folder(folder)
    made = tables(c, "tiny_comparison.py:Good")
    assert {len(row) - len(t.header) for t in made for row in t.rows} == {0}
    assert {"Results", "Operations of a read", "State", "Time", "Not measured",
            "Pairs whose order depends on the view"} <= {t.title for t in made}


def test_the_same_records_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_report(folder, tmp_path / "again", with_page=False)
    first = folder / "report"
    for path in (tmp_path / "again").rglob("*.*"):
        if path.name != "report.md":  # which tells of a page, or does not
            assert path.read_bytes() == (first / path.relative_to(tmp_path / "again")).read_bytes()


def test_curves_carry_means_intervals_and_theory(folder: Path) -> None:
    c, = read_folder(folder)
    level, right = drawings(c)
    assert [d.curve.y for d in (level, right)] == ["level", "right"]
    good = next(x for x in right.panels[0].lines if x.memory.endswith("Good"))
    assert good.x == (1.0, 2.0)
    assert good.theory == ((1.0, 1.0), (2.0, 1.0))
    assert [y.mean for y in good.y] == [1.0, 1.0]
    ax = figures.draw(c, right).axes[0]
    assert ax.get_xscale() == "log"
    dashed = [n for n in ax.get_lines() if n.get_linestyle() not in ("-", "None")]
    assert len(dashed) == 3  # theory of three memories


def test_an_interval_of_two_seeds_does_not_flatten_the_curve() -> None:
    c, = compared([record("a", s, point(1.0, 0.4 + 0.2 * s, CHEAP), point(2.0, 1.0, CHEAP))
                   for s in (0, 1)])
    drawing, = drawings(c)
    assert drawing.panels[0].lines[0].y[0].half > 1.2  # Student's factor is 12.7
    # means 0.5 and 1: span 0.5, a quarter beyond and a twentieth of air
    assert extent(drawing) == pytest.approx((0.5 - 0.125 - 0.025, 1.0 + 0.125 + 0.025))
    ends = [extent(d) for d in drawings(compared([record("a", 0, point(1.0, 3.0, CHEAP))])[0])]
    assert ends[0][0] < 3.0 < ends[0][1]


def test_a_short_logarithmic_axis_is_marked_at_what_was_measured() -> None:
    def axis(*xs: float) -> tuple[float, ...]:
        c = compared([record("a", 0, *(point(x, 0.5, CHEAP) for x in xs))])[0]
        drawing, = drawings(c)
        return marked(replace(drawing, curve=replace(drawing.curve, log_x=True)))
    assert axis(0.125, 0.25, 1.0) == (0.125, 0.25, 1.0)
    assert axis(*range(1, 13)) == (1, 3, 5, 7, 9, 11)
    assert axis(0.1, 1.0, 10.0) == (), "powers of ten do"
    assert axis(0.0, 1.0) == (), "no logarithm"


@pytest.mark.parametrize("letters", [1, 12, 40, 90])
def test_the_names_under_a_figure_stay_in_it(letters: int) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    c, = compared([record(f"{n:0{letters}d}", 0, point(1.0, 0.5, CHEAP)) for n in range(24)])
    figure = draw(c, drawings(c)[0])
    FigureCanvasAgg(figure).draw()
    box, legend = figure.bbox, figure.legends[0].get_window_extent()
    assert legend.y0 >= box.y0
    assert legend.y1 < figure.axes[0].get_window_extent().y0
    if letters < 90:  # longer than the figure is wide
        assert box.x0 <= legend.x0 < legend.x1 <= box.x1


def test_a_damaged_record_is_named_and_not_read(folder: Path, tmp_path: Path) -> None:
    path = save(record("a", 0, point(1.0, 0.0, CHEAP)), tmp_path)
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    with pytest.raises(ArchiveError, match=r"(?s)t__a__.*its digest is not.*makes what is damaged"):
        write_report(tmp_path)
    with pytest.raises(ArchiveError, match="has no records of a comparison"):
        write_report(tmp_path / "nowhere")


def test_a_record_under_the_name_of_another_is_named(tmp_path: Path) -> None:
    path = save(record("a", 0, point(1.0, 0.0, CHEAP)), tmp_path)
    path.with_name("copy.json").write_bytes(path.read_bytes())
    with pytest.raises(ArchiveError, match=r"copy\.json is a record of t__a__\S+, under anoth"):
        write_report(tmp_path)


def test_a_baseline_that_was_not_measured_is_named(folder: Path) -> None:
    with pytest.raises(DescriptionError, match="--baseline 'x' was not measured; there are tiny_"):
        write_report(folder, baseline="x")


def test_a_folder_that_is_not_there_is_named_before_a_missing_package(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "bokeh.plotting", None)
    with pytest.raises(ArchiveError, match="nowhere has no records"):
        write_report(tmp_path / "nowhere")


def test_the_terminal_shows_a_column_a_memory(folder: Path) -> None:
    c, = read_folder(folder)
    text = summary_text(r for by in c.records.values() for r in by.values())
    assert "tiny_comparison.py:Good" in text
    assert "mean level" in text
    without = compared([record("a", 0, point(1.0, 0.25, CHEAP))])
    assert "0.25" in summary_text(r for by in without[0].records.values() for r in by.values())
