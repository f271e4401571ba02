/* The API page: the request as curl, Python and JavaScript while it is edited, and the response. */
(function () {
  "use strict";

  const SHOWN_CHARACTERS = 20000;
  const PRETTY_CHARACTERS = 1000000;
  const LINE_WIDTH = 100;
  const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

  let controller = null;
  let answer = null;

  /* ---- The request from the fields. ---- */

  /* {method, url, path, query, form, files, body}; `problem` names an empty field of the path. */
  function requestOf(values, ids, call) {
    const request = { method: call.method, query: [], form: [], files: [], body: null, operation: call.operation };
    let path = call.path;
    ids.forEach((id, at) => {
      const text = values[at] === null || values[at] === undefined ? "" : String(values[at]);
      if (id.where === "path") {
        if (!text) request.problem = id.name;
        path = path.replace(`{${id.name}}`, encodeURIComponent(text));
      } else if (id.where === "body") request.body = text;
      else if (id.where === "file") request.files.push(...filesOf(id.name, text, call.file));
      else if (text) {
        const texts = call.many.includes(id.name) ? text.split("\n").filter(Boolean) : [text];
        request[id.where].push(...texts.map((one) => [id.name, one]));
      }
    });
    request.address = window.location.origin + path;
    request.url = request.address + queryText(request.query);
    return request;
  }

  function queryText(query) {
    const parts = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    return parts.length ? "?" + parts.join("&") : "";
  }

  /* The selected files, else one with the text of the field. */
  function filesOf(name, text, exampleName) {
    const input = document.querySelector(`.api-own-files[data-name="${name}"] input`);
    const own = input ? Array.from(input.files) : [];
    if (own.length) return own.map((file) => ({ name, file, fileName: file.name, own: true }));
    return [{ name, file: new File([text], exampleName), fileName: exampleName, text }];
  }

  function fetchOptions(request) {
    const options = { method: request.method, cache: "no-store" };
    if (request.body !== null) {
      options.headers = { "Content-Type": "application/json" };
      options.body = request.body;
    } else if (request.files.length) {
      options.body = new FormData();
      for (const [name, value] of request.form) options.body.append(name, value);
      for (const one of request.files) options.body.append(one.name, one.file, one.fileName);
    }
    return options;
  }

  /* ---- The request as code. ---- */

  const quoted = (text) => `'${text.replace(/'/g, "'\\''")}'`;

  function asCurl(request) {
    const parts = [];
    const example = request.files.find((one) => !one.own);
    if (request.body !== null) parts.push("-H 'Content-Type: application/json'", `--data-raw ${quoted(request.body)}`);
    for (const one of request.files) parts.push(`-F ${quoted(curlFile(one))}`);
    for (const [name, value] of request.form) parts.push(`--form-string ${quoted(`${name}=${value}`)}`);
    const sends = request.body !== null || request.files.length > 0;
    const implied = sends ? "POST" : "GET";
    const method = request.method === implied ? "" : `-X ${request.method} `;
    const command = [`curl -sS ${method}${quoted(request.url)}`, ...parts].join(" \\\n  ");
    return example ? `printf '%s' ${quoted(example.text)} |\n${command}` : command;
  }

  function curlFile(one) {
    if (!one.own) return `${one.name}=@-;filename=${one.fileName}`;
    return `${one.name}=@"${one.fileName.replace(/[\\"]/g, "\\$&")}"`;
  }

  /* JSON strings are valid Python: every escape of JSON.stringify means the same there. */
  const literal = JSON.stringify;

  function asPython(request) {
    const own = request.files.some((one) => one.own);
    const example = request.files.find((one) => !one.own);
    const lines = own ? ["from pathlib import Path", "", "import requests", ""] : ["import requests", ""];
    if (example) lines.push("file = (", ...linesOf(example.text).map((line) => `    ${literal(line)}`), ")");
    lines.push(`answer = requests.${request.method.toLowerCase()}(`, `    ${literal(request.address)},`);
    if (request.query.length) lines.push(`    params=${pythonPairs(request.query)},`);
    if (request.body !== null) lines.push(...pythonBody(request.body));
    if (request.form.length) lines.push(`    data=${pythonPairs(request.form)},`);
    if (request.files.length) lines.push("    files=[", ...request.files.map(pythonFile), "    ],");
    lines.push("    timeout=60,", ")", "print(answer.status_code, answer.text)");
    return lines.join("\n");
  }

  function pythonFile(one) {
    const content = one.own ? `Path(${literal(one.fileName)}).read_bytes()` : "file";
    return `        (${literal(one.name)}, (${literal(one.fileName)}, ${content})),`;
  }

  const pythonPairs = (pairs) =>
    `[${pairs.map(([name, value]) => `(${literal(name)}, ${literal(value)})`).join(", ")}]`;

  function pythonBody(text) {
    if (!isJson(text)) {
      return [`    data=${literal(text)}.encode(),`, '    headers={"Content-Type": "application/json"},'];
    }
    const words = { true: "True", false: "False", null: "None" };
    const python = text.trim().replace(JSON_TOKEN, (token) =>
      token[0] === '"' ? literal(JSON.parse(token)) : words[token] || token);
    return [`    json=${indented(python)},`];
  }

  function asJavaScript(request) {
    const options = [];
    const lines = [];
    if (request.method !== "GET") options.push(`method: ${literal(request.method)}`);
    if (request.body !== null) {
      options.push('headers: {"Content-Type": "application/json"}', `body: ${javaScriptBody(request.body)}`);
    } else if (request.files.length) {
      lines.push("const form = new FormData();");
      lines.push(...request.form.map(([name, value]) => `form.append(${literal(name)}, ${literal(value)});`));
      lines.push(...request.files.map(javaScriptFile));
      options.push("body: form");
    }
    const given = options.length ? `, {\n${options.map((one) => `    ${one},`).join("\n")}\n}` : "";
    lines.push(`const answer = await fetch(${literal(request.url)}${given});`);
    lines.push("console.log(answer.status, await answer.text());");
    return lines.join("\n");
  }

  function javaScriptFile(one) {
    const name = literal(one.name);
    if (one.own) return `form.append(${name}, document.querySelector("input[type=file]").files[0]);`;
    const rows = linesOf(one.text).map((line) => `    ${literal(line)},`).join("\n");
    return `form.append(${name}, new File([\n${rows}\n], ${literal(one.fileName)}));`;
  }

  /* A literal if it gives the same JSON again, which is not so for 1.0, large integers and __proto__. */
  function javaScriptBody(text) {
    const same = isJson(text) && !text.includes("__proto__") && (text.match(JSON_TOKEN) || []).join("") ===
      (JSON.stringify(JSON.parse(text)).match(JSON_TOKEN) || []).join("");
    return same ? `JSON.stringify(${indented(text.trim())})` : literal(text);
  }

  const indented = (text) => text.replace(/\n/g, "\n    ");
  const linesOf = (text) => text.match(/[^\n]*\n|[^\n]+$/g) || [""];

  function isJson(text) {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  }

  function write(values, call, files, ids) {
    const request = requestOf(values, ids, call);
    if (request.problem) return [...Array(3).fill(`Fill in ${request.problem}.`), ""];
    const line = `${request.method} ${request.url.slice(window.location.origin.length)}`;
    return [asCurl(request), asPython(request), asJavaScript(request), line];
  }

  /* ---- The response. ---- */

  async function send(clicks, values, ids, call) {
    const request = requestOf(values, ids, call);
    if (request.problem) return report("danger", "Not sent", `Fill in ${request.problem}: it is part of the address.`);
    controller = new AbortController();
    waiting(true);
    const began = performance.now();
    try {
      const response = await fetch(request.url, { ...fetchOptions(request), signal: controller.signal });
      const blob = await response.blob();
      return await shown(response, blob, performance.now() - began, request);
    } catch (error) {
      if (error.name === "AbortError") return report("secondary", "Cancelled", "The server may still complete the request.");
      return report("danger", "No response", `${error.message}. Is the server running?`);
    } finally {
      waiting(false);
    }
  }

  function waiting(isWaiting) {
    const button = document.getElementById("api-send");
    if (!button) return;
    window.dash_clientside.set_props("api-send", { disabled: isWaiting });
    if (isWaiting) window.dash_clientside.set_props("api-status", { children: "Waiting for the response …" });
  }

  function report(colour, status, text) {
    answer = null;
    return [badge(colour, status), text, "", "panel api-answer"];
  }

  async function shown(response, blob, milliseconds, request) {
    const type = (response.headers.get("Content-Type") || "").split(";")[0];
    answer = { blob, name: nameOf(response, type, request.operation) };
    const facts = [`${Math.round(milliseconds)} ms`, sizeText(blob.size), type].filter(Boolean).join(" · ");
    const status = [badge(response.ok ? "success" : "danger", `${response.status} ${response.statusText}`), ` ${facts}`];
    const text = await blob.text();
    const laid = type === "application/json" && text.length <= PRETTY_CHARACTERS ? pretty(text) : text;
    const cut = laid.slice(0, SHOWN_CHARACTERS);
    const note = cut.length < laid.length
      ? `The first ${cut.length.toLocaleString("en")} of ${laid.length.toLocaleString("en")} characters; Download has all.`
      : "";
    return [status, cut, note, "panel api-answer has-answer"];
  }

  function nameOf(response, type, operation) {
    const match = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") || "");
    const ending = { "application/json": "json", "text/csv": "csv", "text/html": "html", "text/yaml": "yaml" }[type];
    return match ? match[1] : `${operation}.${ending || "txt"}`;
  }

  const sizeText = (bytes) =>
    bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

  const part = (type, props) => ({ type, namespace: "dash_html_components", props });
  const badge = (colour, text) => part("Span", { children: text.trim(), className: `badge text-bg-${colour}` });

  /* JSON with short lists and objects on one line; every number as it was sent. */
  function pretty(text) {
    const tokens = text.match(JSON_TOKEN) || [];
    let at = 0;
    function value() {
      const open = tokens[at++];
      if (open !== "{" && open !== "[") return open;
      const close = open === "{" ? "}" : "]";
      const parts = [];
      while (at < tokens.length && tokens[at] !== close) {
        if (tokens[at] === ",") at += 1;
        else if (open === "[") parts.push(value());
        else {
          const key = tokens[at];
          at += 2;
          parts.push(`${key}: ${value()}`);
        }
      }
      at += 1;
      const line = open + parts.join(", ") + close;
      if (line.length <= LINE_WIDTH && !line.includes("\n")) return line;
      return `${open}\n${parts.map((one) => "  " + one.replace(/\n/g, "\n  ")).join(",\n")}\n${close}`;
    }
    return value() || text;
  }

  /* Colour JSON with highlights instead of elements, of which thousands would take seconds. */
  function colour(place) {
    if (!CSS.highlights) return;
    const ranges = { key: [], string: [], value: [] };
    const node = place.firstChild;
    const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g;
    const text = node && "{[".includes(node.data[0]) ? node.data : "";
    for (const match of text.matchAll(tokens)) {
      const range = new Range();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + (match[1] || match[0]).length);
      ranges[match[1] ? (match[2] ? "key" : "string") : "value"].push(range);
    }
    for (const [kind, spans] of Object.entries(ranges)) CSS.highlights.set(`json-${kind}`, new Highlight(...spans));
  }

  /* ---- File fields and buttons. ---- */

  /* Insert the file inputs, which Dash does not have, and colour every response. */
  function begin() {
    for (const place of document.querySelectorAll(".api-own-files")) {
      const input = document.createElement("input");
      input.type = "file";
      input.multiple = true;
      input.className = "form-control form-control-sm";
      input.addEventListener("change", chosen);
      place.replaceChildren(input);
    }
    const place = document.getElementById("api-answer");
    new MutationObserver(() => colour(place)).observe(place, { childList: true, characterData: true, subtree: true });
    return 0;
  }

  function chosen(event) {
    const own = event.target.files.length > 0;
    event.target.closest(".api-file").classList.toggle("has-own", own);
    window.dash_clientside.set_props("api-file", { data: Date.now() });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest(".api-cancel") && controller) controller.abort();
    if (event.target.closest(".api-download") && answer) window.dataflowSave(answer.name, answer.blob);
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    api: { write, send, begin, asCurl, asPython, asJavaScript },
  });
})();
