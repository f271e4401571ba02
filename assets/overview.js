/* The overview: what it shows apart from the lines laid over the chart, and between which times one looks at it. */
(function () {
  "use strict";

  const noUpdate = () => window.dash_clientside.no_update;

  /* Everything is drawn anew for another view, but not for another line over the chart. */
  function shown(view, before) {
    const next = Object.assign({}, view.values);
    delete next.overlay;
    return JSON.stringify(next) === JSON.stringify(before) ? noUpdate() : next;
  }

  /* [from, to] after a zoom, null for all of it; whatever else changes the layout is of no interest. */
  function seen(change) {
    if (!change) return noUpdate();
    if (change["xaxis.autorange"]) return null;
    if (change["xaxis.range"]) return change["xaxis.range"];
    if ("xaxis.range[0]" in change) return [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    return noUpdate();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { overview: { shown, seen } });
})();
