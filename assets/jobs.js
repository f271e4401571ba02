/* The jobs of the server on every page: a button that appears while there are some, or when one has failed. */
(function () {
  "use strict";

  const BUSY_MS = 4000, QUIET_MS = 10000, REFUSED_MS = 60000, FIRST_MS = 1500, DAY_MS = 86400000;
  const STATES = ["running", "queued", "failed"];
  const HEADINGS = { running: "Running", queued: "Queued", failed: "Failed in the last day" };
  const NAMES = {
    "before-after": "Comparison of models",
    compare: "Comparison of policies",
    comparison: "Comparison of policies",
    "cost-grid": "Map of start-up times",
    "cost-report": "Report",
    "fetch-nasa": "Fetch of NASA-HTTP",
    leaderboard: "Leaderboard",
    rehearse: "Forecasts of past days",
    train: "Training",
    training: "Training",
    trust: "Analysis of errors",
  };

  const jobs = { running: [], queued: [], failed: [] };
  let seen = stored(), timer = 0;

  const byId = (id) => document.getElementById(id);

  /* Failures up to this time have been looked at. A browser that blocks storage throws. */
  function stored() {
    try { return localStorage.getItem("jobs-seen") || ""; } catch { return ""; }
  }

  function look() {
    seen = jobs.failed.reduce((latest, job) => (job.ended > latest ? job.ended : latest), seen);
    try { localStorage.setItem("jobs-seen", seen); } catch { /* then it holds until the page is left */ }
  }

  async function fetched() {
    const query = STATES.map((state) => "&state=" + state).join("");
    const response = await fetch("/jobs?limit=100" + query, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.status);
    return (await response.json()).jobs;
  }

  async function poll() {
    clearTimeout(timer);
    let next = QUIET_MS;
    if (!document.hidden) {
      try {
        const all = await fetched();
        const shown = (job) => job.state !== "failed" || Date.now() - Date.parse(job.ended) < DAY_MS;
        for (const state of STATES) jobs[state] = all.filter((job) => job.state === state && shown(job));
        show();
        if (jobs.running.length || jobs.queued.length) next = BUSY_MS;
      } catch {
        next = REFUSED_MS; /* the page itself says that the server is gone, or that the session has ended */
      }
    }
    timer = setTimeout(poll, next);
  }

  function show() {
    const button = byId("jobs-button"), panel = byId("jobs-panel");
    if (!button || !panel) return;
    const active = jobs.running.length + jobs.queued.length;
    const failed = jobs.failed.filter((job) => job.ended > seen).length;
    button.hidden = !active && !failed && panel.hidden;
    button.classList.toggle("has-failed", failed > 0);
    const words = STATES.filter((state) => jobs[state].length).map((state) => `${jobs[state].length} ${state}`);
    button.setAttribute("aria-label", "Jobs: " + (words.join(", ") || "none"));
    button.title = button.getAttribute("aria-label");
    byId("jobs-count").textContent = active || failed || "";
    if (!panel.hidden) draw(panel);
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function draw(panel) {
    const parts = [element("h2", "section-title", "Jobs")];
    for (const state of STATES) {
      if (!jobs[state].length) continue;
      const list = element("ul", "jobs-list");
      list.append(...jobs[state].map(row));
      parts.push(element("h3", "jobs-heading", HEADINGS[state]), list);
    }
    if (parts.length === 1) parts.push(element("p", "muted", "Nothing is running, queued or has failed."));
    const focused = document.activeElement && document.activeElement.dataset.job;
    panel.replaceChildren(...parts);
    const again = focused && panel.querySelector(`[data-job="${focused}"]`);
    if (again) again.focus();
  }

  function row(job) {
    const item = element("li", "jobs-row");
    const about = job.arguments.dataset || job.arguments.name || "";
    item.append(element("strong", "", NAMES[job.kind] || job.kind), element("span", "muted", about));
    if (job.state === "running") {
      const bar = element("progress", "");
      Object.assign(bar, { max: 1, value: job.share });
      bar.setAttribute("aria-label", "Share done");
      item.append(bar, element("span", "muted jobs-stage", job.stage));
    }
    if (job.state === "failed") item.append(element("span", "jobs-error", job.error || ""));
    else item.append(cancelButton(job));
    return item;
  }

  function cancelButton(job) {
    const button = element("button", "btn btn-sm btn-outline-secondary", "Cancel");
    button.type = "button";
    button.dataset.job = job.id;
    button.setAttribute("aria-label", `Cancel ${NAMES[job.kind] || job.kind}`);
    button.addEventListener("click", async () => {
      button.disabled = true;
      const response = await fetch("/jobs/" + encodeURIComponent(job.id), { method: "DELETE" });
      if (!response.ok && response.status !== 409) button.after(element("span", "jobs-error", await reason(response)));
      else poll();
    });
    return button;
  }

  async function reason(response) {
    try { return (await response.json()).message; } catch { return `Status ${response.status}`; }
  }

  function toggle(open) {
    const panel = byId("jobs-panel"), button = byId("jobs-button");
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    look();
    show();
    if (open) poll();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#jobs-button")) toggle(byId("jobs-panel").hidden);
    else if (byId("jobs-panel") && !byId("jobs-panel").hidden && event.target.isConnected
      && !event.target.closest("#jobs-panel")) toggle(false);
  });

  document.addEventListener("keydown", (event) => {
    const panel = byId("jobs-panel");
    if (event.key !== "Escape" || !panel || panel.hidden) return;
    toggle(false);
    byId("jobs-button").focus();
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });

  timer = setTimeout(poll, FIRST_MS);
})();
