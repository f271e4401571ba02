/* The page Forecasts: the slider through history, its tabs, and the bars of a training. */
(function () {
  "use strict";

  const DRAG_MS = 90, REST_MS = 600;
  let clock = null, sent = null, kept = null, drag = null, rest = null;

  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const noUpdate = () => window.dash_clientside.no_update;
  const two = (number) => String(number).padStart(2, "0");

  /* Each part watches a text of what it shows; one whose tab is closed keeps the old one until it is opened. */
  function parts(view, shown, ...olds) {
    return Object.keys(shown.keys).map((name, at) => {
      const text = JSON.stringify(shown.keys[name].map((key) => view.values[key]));
      const open = shown.always.includes(name) || view.values.tab === name;
      return open && text !== olds[at] ? text : noUpdate();
    });
  }

  function showTab(view, ids) {
    return ids.map((id) => !id.tabs.split(" ").includes(view.values.tab));
  }

  /* The time on the wall of a position; within an hour that clocks repeat, with its offset from UTC. */
  function textOf(position) {
    if (position === clock.last) return "";
    const second = clock.start + position * clock.bin;
    const at = clock.offsets.findLastIndex((pair) => pair[0] <= second);
    const offset = clock.offsets[at][1], before = at ? clock.offsets[at - 1] : null;
    const repeated = before && second < clock.offsets[at][0] + before[1] - offset;
    const date = new Date((second + offset) * 1000);
    const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
    const seconds = date.getUTCSeconds() ? ":" + two(date.getUTCSeconds()) : "";
    return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}${seconds}${repeated ? offsetText(offset) : ""}`;
  }

  function offsetText(offset) {
    const minutes = Math.abs(offset) / 60;
    return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  }

  /* What the server drew is where the slider stands, unless it has been moved on meanwhile. */
  function wind(next) {
    if (!next) return;
    clock = next;
    kept = null;
    if (rest) return;
    sent = next.position;
    say(textOf(sent));
  }

  /* While it moves the chart follows, at most so often; when it has rested the moment becomes part of the URL. */
  function slide(value, known) {
    if (!known) return;
    clock = clock || known;
    const position = Number(value);
    if (position === sent) return;
    if (rest && position === kept) {
      // A response for an earlier moment: the slider has moved since the request.
      setProps("forecasts-slider", { value: sent });
      return;
    }
    sent = position;
    say(textOf(position));
    if (!drag) drag = setTimeout(show, DRAG_MS);
    clearTimeout(rest);
    rest = setTimeout(keep, REST_MS);
  }

  function show() {
    drag = null;
    setProps("forecasts-drag", { data: textOf(sent) });
  }

  function keep() {
    rest = null;
    kept = sent;
    setProps({ key: "origin", type: "control" }, { value: textOf(sent) });
  }

  function say(text) {
    const slider = document.getElementById("forecasts-slider");
    if (slider) slider.setAttribute("aria-valuetext", text || "the end of the data");
  }

  function move(amount) {
    if (!clock) return;
    const slider = document.getElementById("forecasts-slider");
    const least = Number(slider.min), most = Number(slider.max);
    const position = Math.min(Math.max(sent + Number(amount), least), most);
    setProps("forecasts-slider", { value: amount === "latest" ? clock.last : position });
  }

  /* The share of each model follows from that of the whole. */
  function trained(share, edges, ids) {
    if (!edges) return ids.map(noUpdate);
    return ids.map((id) => {
      const [begin, end] = edges[id.of] || [0, 1];
      return String(Math.min(1, Math.max(0, (Number(share) / 1000 - begin) / (end - begin))));
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(button.dataset.move);
    const tab = event.target.closest("[data-tab]");
    if (tab) {
      setProps({ key: "tab", type: "control" }, { value: tab.dataset.tab });
      document.getElementById("forecasts-tabs").scrollIntoView({ behavior: "smooth" });
    }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    forecasts: { parts, showTab, slide, wind, trained },
  });
})();
