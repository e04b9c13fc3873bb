// What `/_metrics` says, in Prometheus' text: read, and made into figures for the time between two readings.

import { request } from "/_explorer/api.js";

const line = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;

/** @returns {Map<string, {labels: string, value: number}[]>} samples by their name */
function parse(text) {
  const samples = new Map();
  for (const each of text.split("\n")) {
    const [, name, labels = "", value] = line.exec(each) ?? [];
    if (name === undefined) continue;
    if (!samples.has(name)) samples.set(name, []);
    samples.get(name).push({ labels, value: Number(value) });
  }
  return samples;
}

/** Nothing for an account that may not see them. */
export async function readMetrics() {
  try {
    return parse(await (await request("GET", "/_metrics")).text());
  } catch (error) {
    if ([403, 404].includes(error.status)) return new Map();
    throw error;
  }
}

/** The sum of all samples of a name; undefined if there is none. */
export function total(samples, name) {
  return samples.get(name)?.reduce((sum, each) => sum + each.value, 0);
}

/** How much a counter grew in a second. */
export function rate(now, last, name, seconds) {
  const [to, from] = [total(now, name), total(last, name)];
  return to === undefined || from === undefined ? undefined : Math.max(0, to - from) / seconds;
}

/**
 * Below which bound a share of what a histogram counted between two readings lies: the upper end of its bucket. Undefined if nothing was counted.
 */
export function quantile(now, last, name, share) {
  const before = new Map((last.get(`${name}_bucket`) ?? []).map((each) => [each.labels, each.value]));
  const buckets = (now.get(`${name}_bucket`) ?? []).map((each) => ({
    bound: Number((/le="([^"]*)"/.exec(each.labels)?.[1] ?? "").replace("+Inf", "Infinity")), count: each.value - (before.get(each.labels) ?? 0),
  }));
  const all = buckets.at(-1)?.count ?? 0;
  if (all <= 0) return undefined;
  const found = buckets.find((each) => each.count >= all * share);
  return Number.isFinite(found.bound) ? found.bound : buckets.at(-2)?.bound;
}
