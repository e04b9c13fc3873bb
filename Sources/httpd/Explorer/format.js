// Numbers, sizes, times and keys as people read them.

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const number = (value) => grouped.format(value);
export const compact = (value) => short.format(value);

/** "1 document", "1,204 documents" */
export const counted = (count, noun) => `${number(count)} ${count === 1 ? noun : `${noun}s`}`;

export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? count : count.toPrecision(3)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds < 0.001) return `${number(Math.round(seconds * 1e6))} µs`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

/** ReQL's values that JSON has no form for, as a short text; null for any other value. */
export function pseudo(value) {
  if (value === null || typeof value !== "object") return null;
  switch (value.$reql_type$) {
    case "TIME": return time(value);
    case "BINARY": return `${bytes(Math.floor((value.data.length * 3) / 4))} of binary`;
    case "GEOMETRY": return geometry(value);
    default: return null;
  }
}

function time(value) {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(value.timezone) ?? [null, "+", "0", "0"];
  const offset = (sign === "-" ? -60 : 60) * (Number(hours) * 60 + Number(minutes));
  const date = new Date((value.epoch_time + offset) * 1000);
  if (Number.isNaN(date.getTime())) return `${value.epoch_time} s since 1970`;
  return date.toISOString().replace("T", " ").replace(/\.000Z$|Z$/, "") + (value.timezone === "+00:00" ? " UTC" : ` ${value.timezone}`);
}

function geometry(value) {
  if (value.type === "Point") return `point ${value.coordinates.map((part) => part.toFixed(4)).join(", ")}`;
  return `${String(value.type).toLowerCase()} of ${counted(value.coordinates.flat(value.type === "Polygon" ? 1 : 0).length, "point")}`;
}

/** One line for a value, as long as a cell is. */
export function oneLine(value, length = 120) {
  if (typeof value === "string") return cut(value, length);
  return cut(pseudo(value) ?? JSON.stringify(value), length);
}

export const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** A name for the kind of a value, for its colour. */
export function kind(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "object") return pseudo(value) === null ? "object" : "pseudo";
  return typeof value;
}
