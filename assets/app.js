/* What the browser does by itself: the URL, the menu, the theme, hints. Charts have a file of their own. */
(function () {
  "use strict";

  /* A browser that blocks storage throws as soon as the storage is accessed. */
  function remembered(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  }

  function remember(name, text) {
    try { localStorage.setItem(name, text); } catch { /* then it holds until the page is left */ }
  }

  const noUpdate = () => window.dash_clientside.no_update;
  const written = (value) => (value === null || value === undefined ? "" : String(value));

  function query(values, defaults) {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(values)) {
      if (written(value) !== "" && written(value) !== written(defaults[key])) search.set(key, written(value));
    }
    const text = search.toString();
    return text ? "?" + text : "";
  }

  /* Controls -> the page's view and the URL. Another data set or timeframe is a navigation: its defaults are others. */
  function compose(values, ids, views) {
    if (!views.length) return;
    const view = views[0];
    const next = Object.assign({}, view.values);
    ids.forEach((id, at) => {
      const value = Array.isArray(values[at]) ? values[at].join(",") : values[at];
      next[id.key] = written(value) === "" ? view.defaults[id.key] : value;
    });
    const changed = Object.keys(next).filter((key) => written(next[key]) !== written(view.values[key]));
    if (!changed.length) return;
    if (changed.includes("dataset")) {
      [...view.of_dataset, "timeframe"].forEach((key) => delete next[key]);
      if (next.range === "custom") delete next.range;
    }
    const search = query(next, view.defaults);
    window.history.pushState(null, "", window.location.pathname + search);
    if (changed.includes("dataset") || changed.includes("timeframe")) {
      window.dispatchEvent(new PopStateEvent("popstate"));
      return;
    }
    const id = { page: view.page, type: "view" };
    window.dash_clientside.set_props(id, { data: Object.assign({}, view, { values: next }) });
    window.dash_clientside.set_props("written", { data: search });
  }

  /* The links to the pages carry what is shown; the one of the present page is marked. */
  function links(search, pathname, written, ids) {
    const hrefs = ids.map((id) => (id.path === "brand" ? "/" : id.path) + window.location.search);
    const classes = ids.map((id) =>
      id.path === "brand" ? "brand" : "nav-link" + (id.path === pathname ? " active" : ""));
    for (const link of document.querySelectorAll("#menu .nav-link")) {
      if (new URL(link.href).pathname === pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    return [hrefs, classes];
  }

  function menu(clicks, pathname, className) {
    const pressed = window.dash_clientside.callback_context.triggered_id === "menu-button";
    const open = pressed && !String(className).includes("open");
    const button = document.getElementById("menu-button");
    if (button) button.setAttribute("aria-expanded", String(open));
    return open ? "menu open" : "menu";
  }

  function switchTheme() {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    remember("theme", next);
    window.dataflowTheme(next);
    return next;
  }

  const toggle = (clicks, open) => !open;

  function jobDone(outcome, id) {
    if (outcome && outcome.request && !outcome.cancelled) window.dash_clientside.set_props(id, { data: outcome });
  }

  function showStart() {
    const outcome = (window.dash_clientside.callback_context.triggered[0] || {}).value;
    return outcome && (outcome.cancelled || outcome.problem) ? "job-start" : "d-none";
  }

  /* Replace every colour of a figure by its twin of the other theme; data arrays are passed by. */
  function recolour(theme, figures, roles) {
    const [from, to] = theme === "dark" ? [0, 1] : [1, 0];
    const twins = new Map();
    for (const pair of roles.pairs) {
      twins.set(pair[from].toLowerCase(), pair[to]);
      twins.set(channels(pair[from]), channels(pair[to]));
    }
    return figures.map((figure) => {
      if (!figure || !figure.layout) return noUpdate();
      const next = swap(figure, twins);
      next.layout = Object.assign({}, next.layout, { template: roles[theme] });
      return next;
    });
  }

  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(",");

  function swap(value, twins) {
    if (typeof value === "string") return swapText(value, twins);
    if (ArrayBuffer.isView(value) || value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) {
      /* Numbers only; the pairs of a colour scale begin with a number too. */
      const plain = (typeof value[0] === "number" || value[0] === null) && typeof value[value.length - 1] !== "string";
      return plain ? value : value.map((one) => swap(one, twins));
    }
    if ("bdata" in value) return value;
    const next = {};
    for (const [key, one] of Object.entries(value)) next[key] = key === "template" ? one : swap(one, twins);
    return next;
  }

  function swapText(text, twins) {
    if (text[0] === "#") return twins.get(text.toLowerCase()) || text;
    const match = /^rgba\((\d+,\d+,\d+),([\d.]+)\)$/.exec(text);
    const twin = match && twins.get(match[1]);
    return twin ? `rgba(${twin},${match[2]})` : text;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    dataflow: { compose, links, menu, switchTheme, toggle, jobDone, showStart, recolour },
  });

  /* Hints that were closed stay closed; the chip of a narrow screen opens its controls. */
  function closedHints() {
    return JSON.parse(remembered("closed-hints") || "[]");
  }

  function hideClosedHints() {
    for (const name of closedHints()) document.documentElement.classList.add("no-hint-" + name);
  }

  document.addEventListener("keydown", (event) => {
    const opened = event.key === "Escape" && document.querySelector(".menu.open");
    if (!opened) return;
    window.dash_clientside.set_props("menu", { className: "menu" });
    const button = document.getElementById("menu-button");
    button.setAttribute("aria-expanded", "false");
    button.focus();
  });

  document.addEventListener("click", (event) => {
    const close = event.target.closest(".hint-close");
    if (close) {
      const name = close.closest("[data-hint]").dataset.hint;
      remember("closed-hints", JSON.stringify([...new Set([...closedHints(), name])]));
      document.documentElement.classList.add("no-hint-" + name);
    }
    const chip = event.target.closest(".context-chip");
    if (chip) {
      const open = chip.parentElement.classList.toggle("open");
      chip.setAttribute("aria-expanded", String(open));
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText(copy);
  });

  /* A button with data-copy="ELEMENT_ID" copies that element's text. */
  function copyText(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = source ? source.value || source.textContent : "";
    const clipboard = navigator.clipboard;
    const copied = clipboard ? clipboard.writeText(text) : Promise.resolve(copySelected(text));
    copied.then(() => flash(button, "Copied"), () => flash(button, "Copying is not allowed here"));
  }

  /* A page that came over plain HTTP from another machine has no clipboard; this way is old but works there. */
  function copySelected(text) {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  function flash(button, words) {
    if (!button.dataset.words) button.dataset.words = button.textContent;
    button.textContent = words;
    setTimeout(() => { button.textContent = button.dataset.words; }, 1500);
  }

  /* Let the browser keep a blob as a file. */
  window.dataflowSave = function (name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  /* What Dash only writes to the console: the server is gone, has failed, or is newer than this page. */
  const plainFetch = window.fetch;
  let leaving = false;
  window.addEventListener("pagehide", () => { leaving = true; });

  window.fetch = async function (resource, options) {
    const isCallback = String((resource && resource.url) || resource).includes("/_dash-update-component");
    try {
      const response = await plainFetch(resource, options);
      if (isCallback && response.status >= 400) tell(response.status < 500 ? TOO_OLD : FAILED);
      return response;
    } catch (error) {
      if (isCallback && !leaving && error.name !== "AbortError") tell(GONE);
      throw error;
    }
  };

  const TOO_OLD = "This page is from an earlier version of the server. Reload it.";
  const FAILED = "The server could not answer; its log has the details. What is shown may be out of date.";
  const GONE = "The server does not respond. Is it running? What is shown may be out of date.";

  function tell(words) {
    window.dash_clientside.set_props("toast", { is_open: true, children: words });
  }

  hideClosedHints();
})();
