/* The Cost page: buttons that set a value, a table sorted by its headings, the line of the objective that follows its slider. */
(function () {
  "use strict";

  const nameOf = (name) => JSON.stringify({ name, type: "chart" });

  /* A button with data-set="KEY" writes its data-value into the control of that key, and so into the URL. */
  function setControl(button) {
    const value = button.dataset.value, number = Number(value);
    const id = { key: button.dataset.set, type: "control" };
    window.dash_clientside.set_props(id, { value: value === "" || Number.isNaN(number) ? value : number });
  }

  function sort(button) {
    const head = button.closest("th"), body = button.closest("table").tBodies[0];
    const falling = head.getAttribute("aria-sort") === "ascending";
    const column = Number(button.dataset.column);
    const rows = Array.from(body.rows).map((row) => [valueOf(row.cells[column]), row]);
    rows.sort(([a], [b]) => compare(a, b, falling ? -1 : 1));
    body.append(...rows.map(([, row]) => row));
    for (const other of head.parentElement.cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
  }

  function valueOf(cell) {
    const text = cell.dataset.sort;
    return text === "" || Number.isNaN(Number(text)) ? text : Number(text);
  }

  /* Cells without a value come last in both directions. */
  function compare(a, b, sign) {
    if (a === "" || b === "") return (a === "") - (b === "");
    return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
  }

  /* The line follows while the slider is moved; the rest of the chart stays until the new comparison is there. */
  function moveObjective(slider) {
    const percent = Number(slider.value), place = document.getElementById(nameOf("cost-frontier"));
    const words = slider.closest("label").querySelector(".objective-value");
    if (words) words.textContent = `${percent} %`;
    const plot = place && place.querySelector(".js-plotly-plot");
    if (!plot) return;
    const line = { "shapes[0].x0": percent, "shapes[0].x1": percent };
    window.Plotly.relayout(plot, { ...line, "annotations[0].x": Math.log10(percent) });
  }

  /* Mark the row of the selected policy, which is the second entry of `shown`. */
  function mark(shown) {
    for (const row of document.querySelectorAll(".policies tr[data-policy]")) {
      const looked = Boolean(shown) && row.dataset.policy === shown[1];
      row.classList.toggle("looked-at", looked);
      row.querySelector(".name-button").setAttribute("aria-pressed", String(looked));
    }
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { cost: { mark } });

  document.addEventListener("click", (event) => {
    const set = event.target.closest("[data-set]");
    if (set) setControl(set);
    const head = event.target.closest(".sort-button");
    if (head) sort(head);
  });

  document.addEventListener("input", (event) => {
    if (event.target.closest(".objective-slider")) moveObjective(event.target);
  });
})();
