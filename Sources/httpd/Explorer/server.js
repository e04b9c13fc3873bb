// What the server is doing: figures drawn as they come, running jobs, open transactions, the log, and the care of the file.

import { get, reql, request } from "/_explorer/api.js";
import { failed, notice } from "/_explorer/dialog.js";
import { fill, h, iconButton } from "/_explorer/dom.js";
import { bytes, counted, cut, duration, number, pseudo } from "/_explorer/format.js";
import { quantile, rate, readMetrics, total } from "/_explorer/metrics.js";
import { spark } from "/_explorer/spark.js";

const interval = 2000;
const kept = 90;

const tenths = (value) => number(Math.round(value * 10) / 10);
const upTo = (seconds) => `≤ ${duration(seconds)}`;

/**
 * Figures: a title, how one is made of two readings `{status, metrics}` in a row and the seconds between them, and how it is written. Undefined:
 * nothing to be said this time.
 */
const figures = [
  ["Requests a second", (now, last, seconds) => (now.status.requests - last.status.requests) / seconds, tenths],
  ["99 % of requests in", (now, last) => quantile(now.metrics, last.metrics, "pando_http_request_seconds", 0.99), upTo],
  ["Queries running", (now) => total(now.metrics, "pando_queries_running"), number],
  ["Documents read a second", (now, last, seconds) => rate(now.metrics, last.metrics, "pando_documents_read_total", seconds), tenths],
  ["Documents written a second", (now, last, seconds) => rate(now.metrics, last.metrics, "pando_documents_written_total", seconds), tenths],
  ["Commits a second", (now, last, seconds) => (now.status.file.transaction - last.status.file.transaction) / seconds, tenths],
  ["99 % of commits in", (now, last) => quantile(now.metrics, last.metrics, "pando_commit_seconds", 0.99), upTo],
  ["Transactions open", (now) => total(now.metrics, "pando_transactions_open"), number],
  ["Connections", (now) => now.status.connections, number],
  ["Snapshots held", (now) => now.status.file.live_snapshots, number],
  ["Size of the file", (now) => now.status.file.bytes, bytes],
  ["Free pages", (now) => now.status.file.free_pages, number],
  ["Changes not yet in the file", (now) => total(now.metrics, "pando_file_dirty_bytes"), bytes],
];

export function server() {
  const series = figures.map(([title, , text]) => spark(title, text, kept));
  const facts = h("p", { class: "lead" });
  const jobs = h("div", { class: "stack" });
  const open = h("div", { class: "stack" });
  const beside = h("ul", { class: "quiet" });
  const log = h("div", {});
  const problem = h("div", {});
  let last = null;
  let timer = null;
  let isClosed = false;

  async function tick() {
    try {
      const [status, metrics, list, transactions] = await Promise.all([
        get("/_status"), readMetrics(), reql('r.db("rethinkdb").table("jobs").coerceTo("array")'), get("/_admin/transactions"),
      ]);
      if (isClosed) return;
      const now = { status, metrics, time: performance.now() };
      if (last) figures.forEach(([, value], index) => series[index].add(value(now, last, (now.time - last.time) / 1000)));
      last = now;
      fill(problem);
      fill(
        facts, `Pando ${status.version}, up for ${duration(status.uptime_seconds)}; ${counted(status.requests, "request")} on `,
        `${counted(status.connections_accepted, "connection")}; commit ${number(status.file.transaction)}.`);
      showJobs(list);
      fill(beside, company(status.replication ?? {}).map((text) => h("li", {}, text)));
      fill(open, transactions.length === 0 ? h("p", { class: "quiet" }, "No transaction is open.") : transactions.map(transaction));
    } catch (error) {
      fill(problem, failed(error));
    }
    if (!isClosed) timer = setTimeout(tick, document.hidden ? interval * 5 : interval);
  }

  function showJobs(list) {
    const own = list.filter((each) => !(each.type === "query" && each.info.query?.includes('table("jobs")')));
    fill(jobs, own.length === 0 ? h("p", { class: "quiet" }, "Nothing runs but this page.") : own.map(job));
  }

  readLog(log);
  tick();
  return {
    title: "Server",
    element: h(
      "section", { class: "stack" },
      h("header", { class: "head" }, h("div", {}, h("h1", {}, "Server"), facts, beside)), problem,
      h("div", { class: "sparks" }, series.map((each) => each.element)),
      h("h2", {}, "Running"), jobs, h("h2", {}, "Transactions"), open, h("h2", {}, "Care"), care(), h("h2", {}, "Log"), log),
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Who writes beside this process, and where there are copies of everything: a line each. */
function company({ processes = [], standbys, primary, degraded, error }) {
  return [
    primary && `PostgreSQL ${primary} keeps the records${degraded && !error ? "; commits wait for standbys that are not there" : ""}.`,
    error, degraded && !primary && !error && "Commits don't find the standbys that they wait for.",
    ...processes.filter((each) => !each.is_this).map((each) => `Process ${each.name}, seen ${duration(each.silent_seconds)} ago.`),
    ...(standbys ?? []).map((each) => {
      const behind = each.lag_bytes === undefined ? counted(each.behind, "commit") : bytes(each.lag_bytes);
      return `Standby ${each.name ?? each.id}${each.state ? `, ${each.state}` : ""}, ${behind} behind.`;
    }),
  ].filter(Boolean);
}

function job({ id, type, duration_sec: seconds, info }) {
  const text = info.query ?? [info.db, info.table, info.index].filter(Boolean).join(".");
  const stop = async () => {
    try {
      await reql('r.db("rethinkdb").table("jobs").get(i).delete()', { i: id });
      notice("Stopped.");
    } catch (error) {
      notice(error.message, "bad");
    }
  };
  return h(
    "article", { class: "card job" }, h("div", { class: "row" }, h("b", {}, type.replaceAll("_", " ")),
      h("span", { class: "quiet" }, `${duration(seconds ?? 0)}${info.user ? `, ${info.user}` : ""}`), h("span", { class: "spring" }),
      type === "query" && iconButton("stop", "Stop this query", stop)),
    typeof info.progress === "number" && h("progress", { max: 1, value: info.progress, "aria-label": "Progress" }),
    h("pre", { class: "snippet wraps" }, cut(text, 400)));
}

function transaction({ number: id, user, open_seconds: seconds, busy, failed: hasFailed, read_only: isReadOnly }) {
  const end = async () => {
    try {
      await request("DELETE", `/_admin/transactions/${id}`);
      notice("Rolled back.");
    } catch (error) {
      notice(error.message, "bad");
    }
  };
  const facts = [
    `open for ${duration(seconds)}`, user, isReadOnly && "read only", hasFailed ? "failed" : busy ? "a request is under way" : "waits for its client",
  ];
  return h(
    "article", { class: "card job" }, h("div", { class: "row" }, h("b", {}, `transaction ${id}`),
      h("span", { class: "quiet" }, facts.filter(Boolean).join(", ")), h("span", { class: "spring" }),
      iconButton("stop", "Undo this transaction", end)));
}

/** Compaction: long work, so it says that it runs, and can be stopped. */
function care() {
  const outcome = h("p", { class: "quiet", role: "status" }, "Makes the file as small as what it holds, while everything goes on.");
  const bar = h("div", { class: "progress", role: "progressbar", "aria-label": "Compacting", hidden: true });
  let running = null;
  const button = h("button", { type: "button", onclick: toggle }, "Compact");
  async function toggle() {
    if (running) return running.abort();
    running = new AbortController();
    button.textContent = "Stop";
    bar.hidden = false;
    try {
      const report = await (await request("POST", "/_admin/compact", { signal: running.signal })).json();
      const held = report.pins.length > 0 ? ` ${counted(report.pins.length, "reader")} kept pages in use.` : "";
      fill(outcome, `From ${bytes(report.bytes_before)} to ${bytes(report.bytes_after)}.${held}`);
    } catch (error) {
      fill(outcome, error.name === "AbortError" ? "Stopped. The file is sound at every moment." : error.message);
    }
    running = null;
    bar.hidden = true;
    button.textContent = "Compact";
    return undefined;
  }
  return h("div", { class: "card" }, h("div", { class: "row" }, h("div", { class: "spring" }, outcome), button), bar);
}

async function readLog(place) {
  try {
    const list = await reql('r.db("rethinkdb").table("logs").orderBy(r.desc("timestamp")).limit(30)');
    fill(place, h("ol", { class: "log" }, list.map((each) => h(
      "li", { class: `level-${each.level}` }, h("time", {}, pseudo(each.timestamp)?.replace(" UTC", "") ?? ""),
      h("b", {}, each.level), h("span", {}, each.message)))));
  } catch (error) {
    fill(place, failed(error));
  }
}
