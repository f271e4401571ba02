/* The buttons of every chart: its data as CSV or as a table, its image. */
(function () {
  "use strict";

  const MOST_ROWS = 500;

  function plotOf(button) {
    return button.closest(".chart").querySelector(".js-plotly-plot");
  }

  /* [titles, columns] of everything drawn: x, then each trace's values. Traces may have x of their own. */
  function columnsOf(plot) {
    const titles = [], columns = [];
    for (const trace of plot._fullData) {
      if (trace.visible !== true || trace.hoverinfo === "skip" && !trace.name) continue;
      const name = trace.name || trace.type;
      const matrix = trace.z && matrixOf(trace);
      for (const axis of ["x", "y", "z"]) {
        const values = matrix ? matrix[axis] : valuesOf(trace, axis);
        if (values) { titles.push(`${name} ${axis}`); columns.push(values); }
      }
    }
    return [titles, columns];
  }

  /* A matrix cell by cell: where it stands, and its value. */
  function matrixOf(trace) {
    const rows = Array.from(trace.z, (row) => Array.from(row));
    const place = (axis, at) => (trace[axis] ? trace[axis][at] : at);
    return {
      x: rows.flatMap((row) => row.map((_, at) => place("x", at))),
      y: rows.flatMap((row, at) => row.map(() => place("y", at))),
      z: rows.flat(),
    };
  }

  function valuesOf(trace, axis) {
    if (trace[axis]) return Array.from(trace[axis]);
    const step = trace["d" + axis], start = trace[axis + "0"], other = trace[axis === "x" ? "y" : "x"];
    if (axis === "z" || step === undefined || start === undefined || !other) return null;
    const first = typeof start === "string" ? Date.parse(start.replace(" ", "T") + "Z") : start;
    return Array.from(other, (_, at) => {
      const value = first + at * step;
      return typeof start === "string" ? new Date(value).toISOString().slice(0, 19).replace("T", " ") : value;
    });
  }

  function rowsOf(plot, most) {
    const [titles, columns] = columnsOf(plot);
    const length = Math.min(most, Math.max(0, ...columns.map((column) => column.length)));
    const rows = Array.from({ length }, (_, at) => columns.map((column) => (at < column.length ? column[at] : "")));
    return [titles, rows];
  }

  function cell(value) {
    const text = value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  function downloadCsv(button) {
    if (button.dataset.url) { window.location.assign(button.dataset.url); return; }
    const [titles, rows] = rowsOf(plotOf(button), Infinity);
    const text = [titles, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
    window.dataflowSave(`${button.dataset.chart}.csv`, new Blob([text], { type: "text/csv" }));
  }

  function toggleTable(button) {
    const place = button.closest(".chart").querySelector(".chart-table");
    place.hidden = !place.hidden;
    button.setAttribute("aria-pressed", String(!place.hidden));
    if (place.hidden) return;
    const [titles, rows] = rowsOf(plotOf(button), MOST_ROWS);
    const table = document.createElement("table");
    table.className = "table table-sm";
    table.append(section("thead", [titles], "th"), section("tbody", rows, "td"));
    place.replaceChildren(table);
  }

  function section(kind, rows, cellKind) {
    const part = document.createElement(kind);
    for (const row of rows) {
      const line = document.createElement("tr");
      for (const value of row) {
        const box = document.createElement(cellKind);
        if (cellKind === "th") box.scope = "col";
        box.textContent = value === null || Number.isNaN(value) ? "" : String(value);
        line.append(box);
      }
      part.append(line);
    }
    return part;
  }

  function downloadImage(button, format) {
    const plot = plotOf(button);
    const size = { width: plot.offsetWidth, height: plot.offsetHeight };
    window.Plotly.downloadImage(plot, { format, filename: button.dataset.chart, scale: format === "png" ? 2 : 1, ...size });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".chart-button");
    if (!button || !plotOf(button)) return;
    const does = button.dataset.does;
    if (does === "csv") downloadCsv(button);
    else if (does === "table") toggleTable(button);
    else downloadImage(button, does);
  });
})();
