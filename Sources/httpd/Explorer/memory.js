// What the browser remembers: history, saved queries, the theme. Without room or permission it remembers nothing, and nothing breaks.

export function remembered(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`pando.${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`pando.${name}`, JSON.stringify(value));
  } catch {
    // Full, or not allowed.
  }
}
