/* The overview: what it shows apart from the lines laid over the chart, and between which times one looks at it. */
(function () {
  "use strict";

  const noUpdate = () => window.dash_clientside.no_update;

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  /* What is shown, and what is laid over the chart: everything is drawn anew for the one, the chart alone for the other. */
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
