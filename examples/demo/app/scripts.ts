/**
 * What the app's pages run in the browser. Every page works without it.
 * @module
 */

/** Served as /countdown.js: counts down to the end of the access token. */
export const countdownScript = `
const place = document.querySelector("[data-expires-at]");
const expiresAt = Number(place.dataset.expiresAt);
function show() {
  const seconds = Math.max(0, Math.round(expiresAt - Date.now() / 1000));
  place.textContent = seconds > 0 ? "expires in " + seconds + " s" : "has expired";
}
setInterval(show, 1000);
show();
`;

/** Served as /call.js: calls the API as a single-page app would, and shows what comes back. */
export const callScript = `
const answer = document.querySelector("#answer");
async function call() {
  const response = await fetch("/api/me");
  return { status: response.status, body: await response.json() };
}
async function show(count) {
  answer.textContent = "…";
  try {
    const [first, ...others] = await Promise.all(Array.from({ length: count }, call));
    const statuses = [first, ...others].map(({ status }) => status);
    const head = count === 1 ? "HTTP " + first.status : count + " answers: " + [...new Set(statuses)].join(", ");
    answer.textContent = head + "\\n" + JSON.stringify(first.body, null, 2);
  } catch (error) {
    answer.textContent = "No answer: " + error.message;
  }
}
for (const button of document.querySelectorAll("[data-calls]")) {
  button.hidden = false;
  button.addEventListener("click", () => show(Number(button.dataset.calls)));
}
`;
