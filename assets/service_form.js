/* The service form: sliders beside numbers, and only the fields that the chosen policy has. */
(function () {
  "use strict";

  const REST_MS = 150;
  const timers = {};

  const keyOf = (element) => JSON.parse(element.id).key;
  const control = (key) => document.getElementById(JSON.stringify({ key, type: "control" }));

  /* The number follows the slider at once; the page is updated when the slider has rested a moment. */
  document.addEventListener("input", (event) => {
    if (!event.target.matches(".field-slider")) return;
    const key = keyOf(event.target), value = Number(event.target.value);
    const box = control(key);
    if (box) box.value = value;
    clearTimeout(timers[key]);
    timers[key] = setTimeout(() => window.dash_clientside.set_props({ key, type: "control" }, { value }), REST_MS);
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches(".field-number")) return;
    const slider = document.getElementById(JSON.stringify({ key: keyOf(event.target), type: "slider" }));
    if (slider && event.target.value !== "") slider.value = event.target.value;
  });

  /* A form is no document to send: enter in a field only leaves it. */
  document.addEventListener("submit", (event) => {
    if (event.target.matches(".service-form")) event.preventDefault();
  });

  function fields(values, ids, fieldIds) {
    const given = {};
    ids.forEach((id, at) => { given[id.key] = values[at]; });
    return fieldIds.map((id) =>
      !id.of.split(",").includes(given.policy) || (id.key === "quantile" && given.goal !== "quantile"));
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { service_form: { fields } });
})();
