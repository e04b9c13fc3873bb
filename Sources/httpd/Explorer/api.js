// The server, asked with fetch. What it answers with an error is thrown as a Failure.

/** An answer that is a problem document (RFC 9457), or no answer. */
export class Failure extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? "The server gave no reason.");
    this.problem = problem;
    this.status = problem.status ?? 0;
  }
}

let authorization = sessionStorage.getItem("pando.authorization");
let askForPassword = async () => false;

/** @param {() => Promise<boolean>} ask is called when the server wants a password; true: there is one now. */
export function onPasswordNeeded(ask) { askForPassword = ask; }

export const isLoggedIn = () => authorization !== null;

/** Kept for as long as the tab is open. */
export function logIn(user, password) {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  sessionStorage.setItem("pando.authorization", authorization);
}

export function logOut() {
  authorization = null;
  sessionStorage.removeItem("pando.authorization");
}

/** @returns {Promise<Response>} of a status below 400, or 304. */
export async function request(method, path, { headers = {}, body, signal } = {}) {
  for (;;) {
    const fields = { ...headers };
    if (authorization) fields.Authorization = authorization;
    let response;
    try {
      // Without credentials of its own the browser doesn't ask for a password in our place.
      response = await fetch(path, { method, headers: fields, body, signal, credentials: "omit", cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Failure({ status: 0, title: "No answer", detail: "The server can't be reached. Is it running still?" });
    }
    if (response.ok || response.status === 304) return response;
    const failure = new Failure(await problem(response));
    if (failure.status !== 401 || !(await askForPassword(failure))) throw failure;
  }
}

async function problem(response) {
  try {
    return await response.json();
  } catch {
    return { status: response.status, title: response.statusText };
  }
}

/** The JSON value that a path answers. */
export async function get(path, options) {
  return (await request("GET", path, options)).json();
}

/** Sends JSON and reads JSON. */
export async function send(method, path, value, options = {}) {
  const headers = { "Content-Type": "application/json", ...options.headers };
  const response = await request(method, path, { ...options, headers, body: JSON.stringify(value) });
  return response.status === 204 ? null : response.json();
}

/**
 * The result of a query. Values go in as `args`, names that stand for them in the text, so that none is ever spelled into it:
 * reql("r.db(d).table(t).count()", {d: "app", t: "users"}).
 */
export async function reql(query, args = {}, { db, ...options } = {}) {
  return (await send("POST", "/_reql", { query, args, db }, options)).result;
}

/** The rows of a query as they come, each as the text of its line. An error on the way is thrown when it is its turn. */
export async function* rows(path, { body, signal } = {}) {
  const headers = { Accept: "application/x-ndjson" };
  if (body) headers["Content-Type"] = "application/json";
  const response = await request(body ? "POST" : "GET", path, { headers, signal, body: body && JSON.stringify(body) });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        // A silent feed sends empty lines.
        if (line === "") continue;
        const failed = failureOf(line);
        if (failed) throw failed;
        yield line;
      }
    }
  } catch (error) {
    if (error instanceof Failure || error.name === "AbortError") throw error;
    throw new Failure({ status: 0, title: "Cut off", detail: "The answer broke off before its end." });
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** An error among rows stands in a line of its own. */
function failureOf(line) {
  if (!line.startsWith('{"error":{"code":')) return null;
  const { error } = JSON.parse(line);
  return error.type === undefined ? null : new Failure(error);
}

const part = encodeURIComponent;

export const tablePath = (database, table) => `/${part(database)}/${part(table)}`;

/** @param key the primary key, as a value */
export const documentPath = (database, table, key) => `${tablePath(database, table)}/_doc?key=${part(JSON.stringify(key))}`;

/** A key in an address: strings as they are, unless they look like JSON; all else as JSON. */
const addressOf = (key) => (typeof key === "string" && keyAt(key) === key ? key : JSON.stringify(key));

export function keyAt(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Addresses inside the page. */
export const links = {
  database: (database) => `#/db/${part(database)}`,
  table: (database, table, tab) => `#/table/${part(database)}/${part(table)}${tab ? `/${tab}` : ""}`,
  query: (text) => `#/query${text ? `?${part(text)}` : ""}`,
  /** Around a document, in a table, or without either what `options.query` answers. */
  graph: (database, table, key, options = {}) => {
    const place = [database, table, key === undefined ? undefined : addressOf(key)].filter((each) => each !== undefined).map((each) => `/${part(each)}`);
    const more = new URLSearchParams(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
    return `#/graph${place.join("")}${more.size > 0 ? `?${more}` : ""}`;
  },
};
