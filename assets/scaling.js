/* The Scaling page: the player of the replay, the pages of the decision log, and the reset of the form. */
(function () {
  "use strict";

  const TICK_MS = 100;
  const EXACT_STEPS = 720;
  const ACTIONS = { 1: "▲ scale out", 0: "no change", "-1": "▼ scale in" };
  let when = null, timer = null, part = 0;

  const element = (id) => document.getElementById(id);
  const control = (key, value) => window.dash_clientside.set_props({ key, type: "control" }, { value });
  const moment = (text) => Date.parse(String(text).slice(0, 19).replace(" ", "T") + "Z");
  const wall = (ms) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");
  const text = (value) => (value === null || value === undefined ? "unknown" : Number(value).toLocaleString("en"));

  /* The points that are drawn: their times, and what one of them stands for. */
  function points() {
    const plot = document.querySelector(".scaling-stage .js-plotly-plot");
    if (!plot || !plot.data || !plot.data.length || !plot.layout.meta) return null;
    const byName = Object.fromEntries(plot.data.map((line) => [line.name, line]));
    const demand = byName.demand, length = demand.y.length, meta = plot.layout.meta;
    const time = (n) => (demand.x ? moment(demand.x[n]) : moment(demand.x0) + n * demand.dx);
    follow(plot);
    return { plot, byName, time, length, meta, start: moment(plot.layout.uirevision), end: moment(plot.layout.uirevision.slice(20)) };
  }

  /* When the chart is redrawn or zoomed, the veil moves with it. */
  function follow(plot) {
    if (plot.dataset.followed) return;
    plot.dataset.followed = "yes";
    when = null;
    plot.on("plotly_afterplot", () => { if (when !== null) show(); });
  }

  /* The last point at or before the position in time. */
  function place(drawn) {
    let low = 0, high = drawn.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (drawn.time(middle) <= when) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /* Everything after the position is veiled; the decision at it is written below. */
  function show() {
    const drawn = points(), veil = element("scaling-veil");
    if (!drawn || !veil) return;
    if (when === null) when = drawn.time(0);
    const { plot } = drawn, at = place(drawn);
    const axis = plot._fullLayout.xaxis, size = plot._fullLayout._size;
    const stage = veil.parentElement.getBoundingClientRect(), box = plot.getBoundingClientRect();
    const x = Math.max(0, Math.min(axis._length, axis.d2p(wall(drawn.time(at)))));
    veil.hidden = false;
    veil.style.left = box.left - stage.left + axis._offset + x + "px";
    veil.style.width = axis._length - x + "px";
    veil.style.top = box.top - stage.top + size.t + "px";
    veil.style.height = size.h + "px";
    const track = element("scaling-place");
    track.max = drawn.length - 1;
    track.value = at;
    element("scaling-readout").textContent = words(drawn, at);
  }

  function words({ byName, time, meta }, at) {
    const value = (name) => byName[name].y[at];
    const ready = value("ready"), starting = Math.round(100 * (value("and starting") - ready)) / 100;
    const [rule, change] = byName.demand.customdata[at];
    const planned = byName["forecast used"].visible === false ? "" : `, forecast used ${text(value("forecast used"))}`;
    const group = meta.together > 1 ? ` (busiest of ${meta.together} bins)` : "";
    return `${wall(time(at))}${group}: demand ${text(value("demand"))}${planned}; ${text(ready)} ready` +
      `${starting ? `, ${text(starting)} starting` : ""}; desired ${text(value("desired"))}: ${ACTIONS[change]}, ` +
      `deciding rule: ${meta.bindings[rule]}.`;
  }

  function playing(on) {
    clearInterval(timer);
    timer = on ? setInterval(tick, TICK_MS) : null;
    const button = document.querySelector('[data-play="play"]');
    if (!button) return;
    button.firstElementChild.className = `bi bi-${on ? "pause" : "play"}-fill`;
    button.setAttribute("aria-label", on ? "Pause" : "Play");
  }

  /* Bins are played one by one: if a point stands for several, the chart zooms in first. */
  function look(drawn) {
    const span = EXACT_STEPS * drawn.meta.step * 1000;
    const from = Math.max(drawn.time(0), Math.min(when, drawn.end - span));
    window.Plotly.relayout(drawn.plot, { "xaxis.range": [wall(from), wall(from + span)] });
  }

  function play() {
    const drawn = points();
    if (timer || !drawn) { playing(false); return; }
    if (when === null || when >= drawn.end - drawn.meta.step * 1000) when = drawn.time(0);
    show();
    if (drawn.meta.together > 1) look(drawn);
    playing(true);
  }

  let requested = null;
  function tick() {
    const drawn = points();
    if (!drawn) { playing(false); return; }
    if (drawn.meta.together > 1 || requested === drawn.byName.demand.x0) return; // the zoomed chart is on its way
    requested = null;
    part += Number(element("scaling-speed").value) * TICK_MS / 1000;
    const steps = Math.floor(part);
    part -= steps;
    when = Math.min(when + steps * drawn.meta.step * 1000, drawn.end - drawn.meta.step * 1000);
    show();
    if (when >= drawn.end - drawn.meta.step * 1000) { playing(false); return; }
    if (when <= drawn.time(drawn.length - 1)) return;
    requested = drawn.byName.demand.x0;
    look(drawn);
  }

  function step(by) {
    playing(false);
    const drawn = points();
    if (!drawn) return;
    if (when === null) when = drawn.time(0);
    if (drawn.meta.together > 1) look(drawn);
    when = Math.max(drawn.time(0), Math.min(when + by * drawn.meta.step * 1000, drawn.end - drawn.meta.step * 1000));
    show();
  }

  const does = {
    play, back: () => step(-1), on: () => step(1),
    whole: () => { playing(false); const drawn = points(); if (drawn) window.Plotly.relayout(drawn.plot, { "xaxis.range": [drawn.start, drawn.end].map(wall) }); },
    origin: () => { const drawn = points(); if (drawn) control("origin", wall(drawn.time(place(drawn)))); },
  };

  function turn(by) {
    const box = element(JSON.stringify({ key: "page", type: "control" }));
    control("page", Math.max(1, Number(box.value || 1) + by));
  }

  /* The URL without the values of the form: the page is redrawn with stored or proposed values. */
  function reset(keys) {
    const search = new URLSearchParams(window.location.search);
    keys.forEach((key) => search.delete(key));
    const text = search.toString();
    window.history.pushState(null, "", window.location.pathname + (text ? "?" + text : ""));
    window.dispatchEvent(new PopStateEvent("popstate"));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-play], [data-turn], [data-reset]");
    if (!button) return;
    if (button.dataset.play) does[button.dataset.play]();
    else if (button.dataset.turn) turn(Number(button.dataset.turn));
    else reset(button.dataset.reset.split(","));
  });

  document.addEventListener("input", (event) => {
    const drawn = event.target.id === "scaling-place" && points();
    if (!drawn) return;
    playing(false);
    when = drawn.time(Number(event.target.value));
    show();
  });

  window.addEventListener("resize", () => { const veil = element("scaling-veil"); if (veil && !veil.hidden) show(); });

  /* The stored values are the defaults now: redraw the page with them. */
  function stored(children) {
    const button = document.querySelector("[data-reset]");
    if (children && JSON.stringify(children).includes('"success"') && button) reset(button.dataset.reset.split(","));
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { scaling: { stored } });
})();
