// Logging in: asked for when the server wants a password, kept in this tab only.

import { get, isLoggedIn, logIn, logOut, onPasswordNeeded } from "/_explorer/api.js";
import { dialog, failed } from "/_explorer/dialog.js";
import { fill, h, labelled } from "/_explorer/dom.js";

let asking = null;

/** Many requests may find out at once that a password is needed; one dialog answers all. */
onPasswordNeeded((failure) => {
  asking ??= ask(failure).finally(() => { asking = null; });
  return asking;
});

async function ask(failure) {
  const wasKnown = isLoggedIn();
  logOut();
  const answer = await dialog("Log in", (close) => {
    const user = h("input", { type: "text", value: "admin", autocomplete: "username", name: "user", required: true });
    const password = h("input", { type: "password", autocomplete: "current-password", name: "password", autofocus: true });
    const place = h("div", {}, wasKnown && failed(failure, "Not accepted"));
    return h(
      "form", {
        class: "stack",
        onsubmit: async (event) => {
          event.preventDefault();
          fill(place);
          const problem = await check(user.value, password.value);
          if (problem) fill(place, failed(problem, "Not accepted"));
          else close(true);
        },
      },
      h("p", { class: "hint" }, "This server has accounts. The password stays in this tab until it is closed."),
      labelled("User", user), labelled("Password", password), place,
      h("div", { class: "row end" }, h("button", { type: "submit", class: "primary" }, "Log in")));
  });
  return answer === true;
}

/** Tries a password out. Not with `request`, which would ask again. */
async function check(user, password) {
  logIn(user, password);
  const headers = { Authorization: sessionStorage.getItem("pando.authorization") };
  const response = await fetch("/_status", { headers, credentials: "omit", cache: "no-store" });
  if (response.status !== 401) return null;
  logOut();
  const problem = await response.json().catch(() => ({}));
  return Object.assign(new Error(problem.detail ?? "The user name or the password is wrong."), { problem });
}

/** Forgets the password and begins anew. */
export function leave() {
  logOut();
  location.reload();
}

/** What the server says about itself. */
export const status = () => get("/_status");
