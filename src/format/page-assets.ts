import { createHash } from "node:crypto";
import { Html } from "./html";

/** The style of the status page. Colors only repeat what words say, and have a contrast of 4.5 or more. */
export const STYLE = new Html(`
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif;
  --back: #fff; --text: #1b1f24; --faint: #57606a; --line: #d0d7de; --link: #0550ae;
  --behind: #fff4d6; --blocked: #ffe1df; --bar: #0969da; --reason: #b42318; }
@media (prefers-color-scheme: dark) { :root {
  --back: #0d1117; --text: #e6edf3; --faint: #9da7b3; --line: #30363d; --link: #79b8ff;
  --behind: #372b0b; --blocked: #43201f; --bar: #4493f8; --reason: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 120rem; background: var(--back); color: var(--text); }
a { color: var(--link); }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; }
small, .faint { color: var(--faint); font-size: .85rem; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .8rem 0; }
input, select { font: inherit; padding: .25rem .5rem; }
table { border-collapse: collapse; width: 100%; }
#services { table-layout: fixed; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
thead th { position: sticky; top: 0; background: var(--back); z-index: 2; box-shadow: 0 1px var(--line); }
#services tbody th { position: sticky; left: 0; background: var(--back); z-index: 1; }
#services td b { white-space: nowrap; font-weight: 600; }
#services th > small, #services td > span, #services td > small { display: block; font-weight: 400; }
.behind { background: var(--behind); }
.blocked { background: var(--blocked); }
.scrolls { overflow-x: auto; }
.days td, .days th { padding: .15rem .25rem; text-align: center; font-size: .8rem; min-width: 1.5rem;
  overflow-wrap: normal; white-space: nowrap; }
.days tbody th { text-align: left; min-width: 6rem; }
.days td.some { background: color-mix(in srgb, var(--bar) 22%, var(--back)); }
.days td.reason { box-shadow: inset 0 -3px var(--reason); }
summary { cursor: pointer; padding: .4rem 0; font-weight: 600; }
.why { color: var(--reason); }
[hidden] { display: none; }
@media (max-width: 45rem) {
  body { padding: .6rem; }
  #services thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  #services tr { display: grid; grid-template-columns: 1fr 1fr; border-bottom: 2px solid var(--line); }
  #services tr[hidden] { display: none; }
  #services tbody th { grid-column: 1 / -1; border: 0; padding: .6rem .4rem .2rem; top: 0; font-size: 1.05rem; }
  #services td { border: 0; padding: .3rem .4rem; }
  #services td::before { content: attr(data-environment); display: block; font-size: .75rem; color: var(--faint); }
  .changes td, .changes th { padding: .3rem .25rem; }
  .changes :is(td, th):nth-child(n + 5) { display: none; }
}
@media print { .controls { display: none; } thead th { position: static; } }
`);

/** The script of the status page: hides the services that a search or a filter leaves out. */
const SCRIPT = `
const form = document.getElementById("filter");
const rows = [...document.querySelectorAll("#services tbody tr")];
const shown = document.getElementById("shown");
const apply = () => {
const { search, team, state } = Object.fromEntries(new FormData(form));
const words = search.toLowerCase().split(/\\s+/);
for (const row of rows) {
const text = row.textContent.toLowerCase();
row.hidden = !words.every((word) => text.includes(word))
|| (team !== "" && row.dataset.team !== team)
|| (state !== "" && !row.dataset.state.split(" ").includes(state));
}
shown.textContent = rows.filter((row) => !row.hidden).length + " of " + rows.length + " services";
};
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
apply();
addEventListener("hashchange", () => {
const month = document.getElementById(location.hash.slice(1));
if (month instanceof HTMLDetailsElement) { month.open = true; month.scrollIntoView(); }
});
`;

/** The element of the script, as it is: the policy names the hash of every byte between its tags. */
export const SCRIPT_ELEMENT = new Html(`<script>${SCRIPT}</script>`);

/** What the page may load and run: nothing but its own style and script. */
export const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash("sha256").update(SCRIPT).digest("base64")}'`,
].join("; ");
