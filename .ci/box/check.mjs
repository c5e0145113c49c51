// The search box in Chromium, on a page of another origin whose content
// security policy allows nothing inline: node check.mjs URL PROGRAM SERVED FREE.
// It serves that page itself, and the papers of FREE by a server that lists the
// page's origin; the server at URL does not.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const [unlisted, program, , free] = process.argv.slice(2);

// What runs in the page: it waits for all four elements to have shown something,
// uses the search box by hand, and sends what stands in the shadow roots.
function watch() {
  const seen = [];
  document.addEventListener("securitypolicyviolation", (e) => seen.push(`${e.violatedDirective} ${e.blockedURI}`));
  const state = (id) => {
    const root = document.getElementById(id).shadowRoot;
    return {
      rows: [...root.querySelectorAll("li")].map((li) => ({ text: li.innerText, href: li.querySelector("a").href, marked: li.querySelectorAll("mark").length })),
      status: root.querySelector("[role=status]").textContent,
      tags: [...new Set([...root.querySelectorAll("*")].map((e) => e.localName))].sort(),
      label: root.querySelector("label, h2").textContent,
      styled: getComputedStyle(root.querySelector("ol")).listStyleType,
      labelled: root.querySelector("input")?.labels[0]?.textContent,
    };
  };
  const shown = (id) => new Promise((done) => document.getElementById(id).addEventListener("kindred-shown", done, { once: true }));
  const ids = ["search", "related", "odd", "missing"];
  Promise.all(ids.map(shown)).then(async () => {
    const first = Object.fromEntries(ids.map((id) => [id, state(id)]));
    // Two questions one after the other: the first is given up.
    const root = document.getElementById("search").shadowRoot;
    const input = root.querySelector("input");
    const next = shown("search");
    for (const q of ["galaxies", "rechargeable batteries"]) {
      input.value = q;
      root.querySelector("form").requestSubmit();
    }
    await next;
    const second = state("search");
    input.value = "";
    input.dispatchEvent(new Event("input"));
    const emptied = state("search");
    const again = shown("related");
    document.getElementById("related").setAttribute("paper-id", "sample-chem-012");
    await again;
    await fetch("/result", { method: "POST", body: JSON.stringify({ first, second, emptied, related: state("related"), seen, title: document.title }) });
  });
}

const page = (server) => `<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>A page elsewhere</title>
<script src="watch.js" defer></script>
<script src="${server}/embed.js" defer></script>
<kindred-search id="search" q="bacteria antibiotics" limit="3" label="Search here"></kindred-search>
<kindred-related id="related" paper-id="sample-chem-010" limit="2"></kindred-related>
<kindred-search id="odd" q="&lt;img src=x onerror=document.title='hacked'&gt; batteries" limit="1"></kindred-search>
<kindred-related id="missing" paper-id="nobody"></kindred-related>`;

let server = "";
let answered;
const site = createServer((request, response) => {
  if (request.url === "/result") {
    let body = "";
    request.on("data", (chunk) => (body += chunk)).on("end", () => {
      response.end();
      answered(JSON.parse(body));
    });
    return;
  }
  const script = request.url === "/watch.js";
  response.setHeader("Content-Type", script ? "text/javascript" : "text/html; charset=utf-8");
  response.setHeader("Content-Security-Policy",
    `default-src 'none'; script-src 'self' ${server}; style-src ${server}; connect-src 'self' ${server}; base-uri 'none'`);
  response.end(script ? `(${watch})();` : page(server));
}).listen(0, "127.0.0.1");
await once(site, "listening");
const origin = `http://127.0.0.1:${site.address().port}`;

const kindred = spawn(program, ["serve", "--data", free, "--addr", "127.0.0.1:0", "--cors", origin], { stdio: ["ignore", "pipe", "inherit"] });
const listed = await new Promise((done) => {
  let out = "";
  kindred.stdout.on("data", (chunk) => {
    out += chunk;
    const url = /answers at (\S+)/.exec(out);
    if (url) done(url[1]);
  });
});

// open shows the page with the box of a server in a browser of its own.
async function open(from) {
  server = from;
  // Beside this copy of the script, where the caller cleans up: the browser's
  // children write there for a moment after it has gone.
  const profile = mkdtempSync(join(import.meta.dirname, "profile-"));
  const result = new Promise((done) => (answered = done));
  const browser = spawn(process.env.CHROMIUM ?? "chromium",
    ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0", `--user-data-dir=${profile}`, origin], { stdio: "ignore" });
  const ended = once(browser, "exit");
  const got = await Promise.race([result, ended.then(([code]) => assert.fail(`the browser ended with ${code}`))]);
  browser.kill();
  await ended;
  return got;
}

try {
  const { first, second, emptied, related, seen, title } = await open(listed);
  assert.deepEqual(seen, [], "the page's policy is broken");
  assert.equal(title, "A page elsewhere");
  assert.equal(first.search.rows.length, 3);
  assert.equal(first.search.label, "Search here");
  assert.equal(first.search.labelled, "Search here");
  assert.equal(first.search.styled, "none", "embed.css is not in effect");
  assert.ok(first.search.rows.some((row) => row.marked > 0));
  for (const row of [...first.search.rows, ...first.related.rows]) assert.match(row.href, /^https?:/);
  assert.equal(first.related.rows.length, 2);
  assert.equal(first.related.label, "Related papers");
  assert.equal(first.odd.rows.length, 1);
  for (const one of Object.values(first)) assert.ok(!one.tags.includes("img") && !one.tags.includes("script"), one.tags.join());
  assert.match(first.missing.status, /no paper has the id/);
  assert.match(second.rows[0].text, /batter|accumulator/i);
  assert.equal(second.status, "");
  assert.deepEqual(emptied.rows, []);
  assert.notDeepEqual(related.rows, first.related.rows);

  // A server that does not list the origin lends its script and no paper.
  const refused = (await open(unlisted)).first;
  for (const one of Object.values(refused)) {
    assert.deepEqual(one.rows, []);
    assert.match(one.status, /cannot be searched from here/);
  }
  console.log("Chromium shows the search box and related papers on a page of another origin, and nothing where that is not listed");
} finally {
  kindred.kill("SIGINT");
  await once(kindred, "exit");
  site.close();
  site.closeAllConnections();
}
