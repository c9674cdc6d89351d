"""The page of a report in a real browser: Chromium without a window."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tiny_comparison as tiny

from engram.experiments.compare import runner
from engram.experiments.compare.job import Job
from engram.experiments.compare.runner import Place
from engram.experiments.report.write import write_report

FILE = Path(tiny.__file__)
WIDE, NARROW = (1280, 900), (400, 800)

NAMED = ("www.w3.org", "jquery.org", "www.foretagsplatsen.se", "bokeh.org", "docs.bokeh.org",
         "developers.google.com", "github.com", "tabler.io")
"""Hosts in names of formats, licences and messages of the library: nothing asks them."""

DEEP_TEXT = """
const texts = [];
const walk = (node) => {
  if (node.matches && node.matches('.bk-tooltip, [class*="tooltip"]')) texts.push(
    (node.shadowRoot || node).textContent);
  if (node.shadowRoot) walk(node.shadowRoot);
  for (const child of node.children || []) walk(child);
};
walk(document.body);
return texts.join(' ');
"""
"""What tooltips say, inside the shadow trees of Bokeh's views too."""

PLACE_OF_FIRST_MARK = """
const plot = Bokeh.documents.flatMap((d) => d.roots())[0];
const view = Bokeh.index.get_by_id(plot.id);
const marks = plot.renderers.filter((r) => r.glyph.type === 'Scatter')[0];
const x = marks.data_source.data.x[0], y = marks.data_source.data.y[0];
view.el.scrollIntoView({block: 'center'});
const box = view.el.getBoundingClientRect();
return [box.left + view.frame.bbox.left + view.frame.x_scale.compute(x) - view.frame.bbox.left,
        box.top + view.frame.y_scale.compute(y), marks.data_source.data.mean[0]];
"""

FAINT_TEXT = """
const linear = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const channel = (c) => linear(c / 255);
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const ground = (node) => {
  for (let n = node; n; n = n.parentElement) {
    const c = numbers(getComputedStyle(n).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c;
  }
  return [255, 255, 255];
};
const bad = [];
for (const node of document.querySelectorAll('body *')) {
  if (![...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
  if (!node.checkVisibility() || ['SCRIPT', 'STYLE'].includes(node.tagName)) continue;
  const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.push([node.tagName, node.textContent.slice(0, 30), ratio]);
}
return bad;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page")
    jobs = [Job(f"{FILE}:TASK", f"{FILE}:{m}", seed=s) for s in range(3)
            for m in ("Good", "Sparse", "Wrong", "refuses", "fails")]
    list(runner.run(jobs, place, Place(1), print))
    return write_report(place).folder / "index.html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from selenium import webdriver
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.fail("no browser to show the page in: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for word in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-sandbox"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options,
                            service=webdriver.ChromeService(driver, log_output=os.devnull))
    yield made
    made.quit()


def shown(chromium: Any, page: Path, size: tuple[int, int] = WIDE, dark: bool = False) -> Any:
    """The browser with the page in it, its curves drawn."""
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == NARROW})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
    chromium.get_log("browser"), chromium.get_log("performance")
    chromium.get(page.as_uri())
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if chromium.execute_script("return document.documentElement.dataset.painted"):
            return chromium
        time.sleep(0.05)
    raise AssertionError("the curves were not drawn")


def column(chromium: Any, table: str, n: int) -> list[str]:
    return chromium.execute_script(
        "const t = document.getElementById(arguments[0]).parentElement.querySelector('table');"
        "return [...t.tBodies[0].rows].map((r) => r.cells[arguments[1]].textContent)", table, n)


def results(chromium: Any) -> str:
    return chromium.execute_script(
        "return [...document.querySelectorAll('h3')].find((h) => h.textContent === "
        "'Results').id")


def test_it_loads_without_errors_and_asks_the_network_for_nothing(chromium: Any,
                                                                  page: Path) -> None:
    shown(chromium, page)
    assert [e for e in chromium.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
    events = [json.loads(e["message"])["message"] for e in chromium.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events
             if e["method"] == "Network.requestWillBeSent"]
    assert page.as_uri() in asked
    assert [u for u in asked if u != page.as_uri() and not u.startswith("data:")] == []
    text = page.read_text()
    assert "default-src 'none'" in text
    assert set(re.findall(r"https?://([\w.-]+)", text)) <= set(NAMED)


def test_a_table_sorts_by_a_click_and_by_the_keyboard(chromium: Any, page: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    shown(chromium, page)
    name = results(chromium)
    section = chromium.find_element(By.ID, name).find_element(By.XPATH, "..")
    heads = section.find_elements(By.CSS_SELECTOR, "thead button")
    sorts = section.find_elements(By.CSS_SELECTOR, "thead th")
    assert [h.get_attribute("aria-sort") for h in sorts] == ["none"] * 3
    heads[2].click()  # `right`: Wrong has 0, the others 1
    assert sorts[2].get_attribute("aria-sort") == "descending"
    assert column(chromium, name, 2)[-1].startswith("0")
    heads[2].click()
    assert sorts[2].get_attribute("aria-sort") == "ascending"
    assert column(chromium, name, 2)[0].startswith("0")
    heads[0].send_keys(Keys.ENTER)
    first = column(chromium, name, 0)
    assert first == sorted(first)
    assert sorts[2].get_attribute("aria-sort") == "none"
    heads[0].send_keys(Keys.SPACE)
    assert column(chromium, name, 0) == sorted(first, reverse=True)


def test_a_point_under_the_pointer_shows_its_values(chromium: Any, page: Path) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.action_builder import ActionBuilder
    shown(chromium, page)
    x, y, mean = chromium.execute_script(PLACE_OF_FIRST_MARK)
    builder = ActionBuilder(chromium)
    builder.pointer_action.move_to_location(round(x), round(y))
    builder.perform()
    ActionChains(chromium).pause(0.3).perform()
    text = chromium.execute_script(DEEP_TEXT)
    assert "tiny_comparison.py:" in text
    assert mean in text
    assert "seeds" in text


def test_a_memory_is_hidden_and_shown_by_its_key(chromium: Any, page: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    shown(chromium, page)
    key = chromium.find_elements(By.CSS_SELECTOR, ".key")[0]
    visible = ("return Bokeh.documents.flatMap((d) => d.roots()).flatMap((p) => p.renderers)"
               f".filter((r) => r.name === {key.get_attribute('data-memory')!r} && r.visible)"
               ".length")
    before = chromium.execute_script(visible)
    assert before >= 4  # two curves, each of a line and marks at least
    key.send_keys(Keys.SPACE)
    assert key.get_attribute("aria-pressed") == "false"
    assert chromium.execute_script(visible) == 0
    key.click()
    assert chromium.execute_script(visible) == before
    every = chromium.find_element(By.CSS_SELECTOR, ".every")
    every.click()
    assert chromium.execute_script(visible) == 0
    every.click()
    assert chromium.execute_script(visible) == before


@pytest.mark.parametrize("size", [NARROW, (320, 700), WIDE])
def test_no_width_makes_the_page_itself_scroll_sideways(chromium: Any, page: Path,
                                                        size: tuple[int, int]) -> None:
    shown(chromium, page, size)
    widths = chromium.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1] == size[0]
    assert chromium.execute_script(  # what Bokeh lays beyond its frame counts for nothing
        "return getComputedStyle(document.querySelector('.chart')).overflowX") == "clip"
    if size != WIDE:  # tables scroll inside their boxes instead
        assert chromium.execute_script(
            "return [...document.querySelectorAll('.scroll')].some((s) => s.scrollWidth > "
            "s.clientWidth)")


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read(chromium: Any, page: Path, dark: bool) -> None:
    shown(chromium, page, dark=dark)
    chromium.execute_script("document.querySelectorAll('details').forEach((d) => d.open = true)")
    assert chromium.execute_script(FAINT_TEXT) == []
    ground = chromium.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") != dark
    axis = chromium.execute_script("return Bokeh.documents[0].roots()[0].below[0]"
                                   ".axis_label_text_color")
    assert axis == ("#e6e9ed" if dark else "#1b1f24")


def test_what_a_screen_reader_and_a_keyboard_need_is_there(chromium: Any, page: Path) -> None:
    shown(chromium, page)
    script = chromium.execute_script
    assert script("return [document.documentElement.lang, document.querySelectorAll('h1').length, "
                  "document.querySelectorAll('main, header, footer').length]") == ["en", 1, 3]
    assert script("return [...document.querySelectorAll('.scroll, figure, section')].every((n) => "
                  "n.getAttribute('aria-label') || document.getElementById("
                  "n.getAttribute('aria-labelledby')))")
    levels = script("return [...document.querySelectorAll('h1, h2, h3')].map((h) => "
                    "Number(h.tagName[1]))")
    assert all(b - a <= 1 for a, b in pairwise(levels)), levels
    assert script("const ids = [...document.querySelectorAll('[id]')].map((n) => n.id);"
                  "return new Set(ids).size === ids.length")
    outline = script("const b = document.querySelector('thead button'); b.focus({focusVisible: "
                     "true}); const s = getComputedStyle(b); return [s.outlineStyle, "
                     "parseFloat(s.outlineWidth)]")
    assert outline[0] == "solid"
    assert outline[1] >= 2
    assert script("return document.querySelectorAll('.scroll:not([tabindex=\"0\"])').length") == 0


def test_reasons_stand_on_the_page(chromium: Any, page: Path) -> None:
    shown(chromium, page)
    text = chromium.execute_script("return document.body.innerText")
    assert "it takes 3 dimensions and no 4" in text
    assert "ZeroDivisionError: by nothing" in text
    assert "simulator time" in text.lower()
    assert "change their order between the four views" in text
    assert "dashed: theory" in text
