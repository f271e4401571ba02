/* The page Data: files go to the server by XMLHttpRequest, never through a callback, and its answer into a store. */
(function () {
  "use strict";

  const CANCELLED = -1, UNREACHABLE = 0;
  const UNSET = "-";  /* the value of a select whose field is left out of the request: our selects have no empty value */
  const SHOWN_NAMES = 10;
  let files = [], request = null, suggested = "";

  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const field = (name) => ({ field: name, type: "data-field" });
  const zone = () => document.getElementById("data-drop");
  const bytesOf = (list) => list.reduce((sum, file) => sum + file.size, 0);
  const megabytes = (bytes) => (bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  /* A file input of our own: Dash has none. */
  const picker = document.createElement("input");
  picker.type = "file";
  picker.multiple = true;
  picker.hidden = true;
  picker.id = "data-picker";
  picker.setAttribute("aria-label", "Files to import");
  document.body.append(picker);
  picker.addEventListener("change", () => { take([...picker.files]); picker.value = ""; });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#data-choose")) picker.click();
    if (event.target.closest("#data-zone")) {
      set(field("time_zone"), { value: Intl.DateTimeFormat().resolvedOptions().timeZone });
    }
    const way = event.target.closest("[data-fill]");
    if (way) fill(JSON.parse(way.dataset.fill));
  });

  /* A file that misses the zone must not replace the page. */
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!zone() || !event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      const inside = Boolean(event.target.closest && event.target.closest("#data-drop"));
      zone().classList.toggle("over", inside && kind === "dragover");
      if (kind === "drop" && inside) take([...event.dataTransfer.files]);
    });
  }

  const FLAGS = ["append", "keep_zero_runs", "exclude_bots", "exclude_static"];
  const LISTS = ["where", "outage"];  /* one value a line */
  const control = (name) => document.getElementById(JSON.stringify(field(name)));

  /* Give fields the values that a message proposes; of a time column and its format, all at once. */
  function fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const present = LISTS.includes(name) && control(name) ? control(name).value.split("\n").filter(Boolean) : [];
      const text = present.includes(value) || !present.length ? value : [...present, value].join("\n");
      set(field(name), { value: FLAGS.includes(name) ? ["true"] : LISTS.includes(name) ? text : value });
    }
    if ("sum_columns" in values) set(field("count_column"), { value: "" });
    if ("count_column" in values) set(field("sum_columns"), { value: "" });
  }

  /* The clientside callback of the choices under the first rows: what each column is, and which rows are read. */
  function choose(roles, wheres, roleIds, whereIds) {
    const triggered = window.dash_clientside.callback_context.triggered.map((one) => one.prop_id);
    const changed = (type) => triggered.map((text) => JSON.parse(text.slice(0, text.lastIndexOf(".")) || "{}"))
      .filter((id) => id.type === type).map((id) => id.column);
    const named = (role) => roleIds.filter((id, at) => roles[at] === role).map((id) => id.column);
    const [column] = changed("data-role"), [filtered] = changed("data-where");
    if (filtered !== undefined && wheres.length) {
      const own = whereIds.map((id) => id.column + "=");
      const others = control("where").value.split("\n").filter((line) => line && !own.some((start) => line.startsWith(start)));
      const chosen = wheres.map((value, at) => (value === UNSET ? "" : own[at] + value)).filter(Boolean);
      set(field("where"), { value: [...others, ...chosen].join("\n") });
    }
    if (column === undefined) return;
    const role = roles[roleIds.findIndex((id) => id.column === column)];
    if (named("status").length || control("json_status").value || control("json_time").value || isKeys()) {
      if (role === "time" || control("json_time").value === column) set(field("json_time"), { value: role === "time" ? column : "" });
      if (role === "status" || control("json_status").value === column) set(field("json_status"), { value: role === "status" ? column : "" });
      return;
    }
    if (role === "time") set(field("time_column"), { value: column });
    else if (control("time_column").value === column) set(field("time_column"), { value: "" });
    const counts = named("count");
    set(field("count_column"), { value: counts.length === 1 ? counts[0] : "" });
    set(field("sum_columns"), { value: counts.length > 1 ? counts.join(",") : "" });
  }

  /* Whether the choices are those of JSON keys, which have a status. */
  const isKeys = () => Boolean(document.querySelector(".data-first-rows option[value='status']"));

  /* What the data set may be called, from the name of a file. */
  function nameFrom(file) {
    const plain = file.name.toLowerCase().replace(/\.(gz|bz2|xz|zst|zip|tar|tgz)$/, "").replace(/\.tar$/, "").replace(/\.(csv|tsv|txt|log|json|jsonl)$/, "");
    return plain.replace(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+/, "").slice(0, 63) || "data";
  }

  function take(chosen) {
    if (!chosen.length) return;
    files = chosen;
    const shown = files.slice(0, SHOWN_NAMES).map((file) => `${file.name} (${megabytes(file.size)})`).join(", ");
    const more = files.length > SHOWN_NAMES ? ` and ${(files.length - SHOWN_NAMES).toLocaleString("en")} more` : "";
    set("data-file-names", { children: shown + more });
    set("data-form", { hidden: false });
    const input = document.getElementById(JSON.stringify(field("name")));
    if (input && (input.value === "" || input.value === suggested)) {
      suggested = nameFrom(files[0]);
      set(field("name"), { value: suggested });
    }
    set("data-files", { data: { count: files.length, bytes: bytesOf(files), at: Date.now() } });
  }

  /* The clientside callback of everything that may start or stop a transfer. */
  function send(chosen, values, again, keep, cancel, ids, replace) {
    const triggers = window.dash_clientside.callback_context.triggered.map((one) => one.prop_id);
    const by = (text) => triggers.some((trigger) => trigger.includes(text));
    if (!chosen || !files.length) return;
    if (by("data-upload-cancel.")) { if (request) request.abort(); return; }
    const isCommit = by("data-import."), isAsked = isCommit || by("data-files.") || by("data-again.");
    const appends = ids.some((id, at) => id.field === "append" && values[at] && values[at].length);
    if (!isAsked && !appends && triggers.every((trigger) => trigger.includes('"field":"name"'))) return;
    if (!isAsked && bytesOf(files) > Number(zone().dataset.atOnce)) {
      set("data-stale", { data: true });
      set("data-again", { class_name: "" });
      return;
    }
    transfer(form(values, ids, !isCommit, Boolean(replace)), !isCommit);
  }

  function form(values, ids, isDry, replace) {
    const data = new FormData();
    ids.forEach((id, at) => {
      for (const text of texts(id.field, values[at])) data.append(id.field, text);
    });
    if (!data.has("name")) data.append("name", nameFrom(files[0]));
    if (isDry) data.append("dry_run", "true");
    else if (replace) data.append("replace", "true");
    for (const file of files) data.append("file", file, file.name);
    return data;
  }

  function texts(name, value) {
    if (Array.isArray(value)) return value;
    const text = value === null || value === undefined ? "" : String(value).trim();
    if (LISTS.includes(name)) return text.split("\n").map((line) => line.trim()).filter(Boolean);
    return text === "" || text === UNSET ? [] : [text];
  }

  function transfer(data, isDry) {
    if (request) { request.onabort = null; request.abort(); }
    const most = Number(zone().dataset.most), bytes = bytesOf(files);
    if (bytes > most) {
      const limit = `the limit is ${megabytes(most)} (DATAFLOW_MAX_UPLOAD_BYTES sets it)`;
      answer(413, isDry, { message: `The files have ${megabytes(bytes)}; ${limit}. Compress them, or split them.` });
      return;
    }
    const own = request = new XMLHttpRequest();
    let isSent = false;
    own.upload.onprogress = (event) => progress(event.loaded, event.total, isDry);
    own.upload.onload = () => { isSent = true; progress(1, 1, isDry); };
    own.onload = () => end(own, own.status, isDry, body(own));
    own.onerror = () => end(own, UNREACHABLE, isDry,
      { message: "The connection broke off before there was an answer. Is the server running? Then try again." });
    own.onabort = () => end(own, CANCELLED, isDry, { message: isSent && !isDry
      ? "Cancelled after all was sent: it may have been imported already, the table above shows it."
      : "Cancelled; nothing was imported." });
    set("data-buttons", { hidden: true });
    set("data-outcome", { className: "data-outcome stale" });
    set("data-excerpt", { className: "data-excerpt stale" });
    set("data-upload-running", { hidden: false });
    progress(0, bytes, isDry);
    own.open("POST", "/datasets");
    own.setRequestHeader("Accept", "application/json");
    own.send(data);
  }

  function progress(done, total, isDry) {
    const share = total ? done / total : 0;
    set("data-upload-bar", { value: String(Math.round(100 * share)) });
    const doing = share < 1 ? `Sending: ${Math.round(100 * share)} %` : isDry ? "Reading it …" : "Importing it …";
    set("data-upload-text", { children: doing });
  }

  function body(done) {
    try {
      return JSON.parse(done.responseText);
    } catch (error) {
      return { message: `The server answered ${done.status} ${done.statusText}.` };
    }
  }

  function end(own, status, isDry, response) {
    if (own !== request) return;
    request = null;
    if (!zone()) return;
    set("data-upload-running", { hidden: true });
    answer(status, isDry, response);
  }

  function answer(status, isDry, response) {
    set("data-stale", { data: false });
    set("data-again", { class_name: "d-none" });
    set("data-outcome", { className: "data-outcome" });
    set("data-excerpt", { className: "data-excerpt" });
    set("data-buttons", { hidden: status === 201 });
    set("data-answer", { data: { status, dry_run: isDry, body: response } });
  }

  /* Whether the typed text differs from the name. */
  const differs = (typed, name) => !name || typed !== name;

  /* The data set that the other pages show has another name now, or none: the address follows. */
  function moved(move, views) {
    if (!move || !views.length || views[0].values.dataset !== move.from) return;
    const search = new URLSearchParams(window.location.search);
    if (move.to) search.set("dataset", move.to);
    else search.delete("dataset");
    const text = search.toString();
    window.history.replaceState(null, "", window.location.pathname + (text ? "?" + text : ""));
    window.dispatchEvent(new PopStateEvent("popstate"));
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { data: { send, choose, differs, moved } });
})();
