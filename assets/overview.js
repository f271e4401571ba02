/* The overview: its content apart from the optional lines of the chart, and the span of time shown. */
(function () {
  "use strict";

  const noUpdate = () => window.dash_clientside.no_update;

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  /* The view without the overlay, and the overlay: a change of the former redraws everything, of the latter the chart only. */
  function split(view, shownBefore, overlayBefore) {
    const { overlay, ...shown } = view.values;
    return [
      same(shown, shownBefore) ? noUpdate() : shown,
      same(overlay || null, overlayBefore || null) ? noUpdate() : overlay,
    ];
  }

  /* [from, to] after a zoom, null for all of it; whatever else changes the layout is of no interest. */
  function seen(change) {
    if (!change) return noUpdate();
    if (change["xaxis.autorange"]) return null;
    if (change["xaxis.range"]) return change["xaxis.range"];
    if ("xaxis.range[0]" in change) return [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    return noUpdate();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { overview: { split, seen } });
})();
