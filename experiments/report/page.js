"use strict";

// Tables sort by the column whose heading is pressed: largest first for numbers, then the other
// way; cells without a value stay last.
for (const button of document.querySelectorAll("thead button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th");
    const column = [...heading.parentElement.children].indexOf(heading);
    const body = heading.closest("table").tBodies[0];
    const rows = [...body.rows];
    const value = (row) => row.cells[column].dataset.value;
    const numeric = rows.some((row) => value(row) !== undefined);
    const before = heading.getAttribute("aria-sort");
    const falls = before === "none" ? numeric : before === "ascending";
    const sign = falls ? -1 : 1;
    rows.sort((a, b) => {
      const x = value(a), y = value(b);
      if (!numeric) return sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return sign * (Number(x) - Number(y));
    });
    for (const other of heading.parentElement.children) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
    body.append(...rows);
  });
}

// Curves: what stands in a document of Bokeh's, once it is there.
const plots = (inside) => (window.Bokeh ? Bokeh.documents : [])
  .flatMap((d) => d.roots())
  .filter((plot) => plot.renderers && (!inside || inside.contains(elementOf(plot))));
const elementOf = (plot) => {
  const view = Bokeh.index.get_by_id(plot.id);
  return view ? view.el : null;
};

function show(keys, shown) {
  const names = new Set(keys.map((key) => key.dataset.memory));
  for (const key of keys) key.setAttribute("aria-pressed", String(shown));
  for (const plot of plots(keys[0].closest(".comparison"))) {
    for (const renderer of plot.renderers) {
      if (names.has(renderer.name)) renderer.visible = shown;
    }
  }
}
const pressed = (key) => key.getAttribute("aria-pressed") === "true";
for (const box of document.querySelectorAll(".keys")) {
  const keys = [...box.querySelectorAll(".key[data-memory]")];
  for (const key of keys) key.addEventListener("click", () => show([key], !pressed(key)));
  const every = box.querySelector(".every");
  if (every) every.addEventListener("click", () => show(keys, !keys.every(pressed)));
}

// Bokeh draws on a canvas, which no style sheet reaches: its colours are the page's.
function paint() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const quiet = style.getPropertyValue("--quiet").trim();
  const rule = style.getPropertyValue("--rule").trim();
  for (const plot of plots()) {
    for (const axis of [...plot.below, ...plot.left]) {
      axis.setv({
        axis_label_text_color: ink, axis_label_text_font_style: "normal",
        major_label_text_color: quiet, axis_line_color: quiet, major_tick_line_color: quiet,
        minor_tick_line_color: null,
      });
    }
    for (const grid of plot.center.filter((c) => "grid_line_color" in c)) grid.grid_line_color = rule;
    if (plot.title) plot.title.text_color = ink;
    plot.outline_line_color = null;
  }
  document.documentElement.dataset.painted = "yes";
}
function whenDrawn(attempt) {
  const places = document.querySelectorAll(".chart").length;
  if (plots().length >= places || attempt > 200) paint();
  else setTimeout(() => whenDrawn(attempt + 1), 50);
}
whenDrawn(0);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
