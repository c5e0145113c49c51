// The page in a real Chromium: node check.mjs URL. Every view by keyboard and by
// pointer, on a desktop and on a phone, light and dark, without JavaScript, and
// held to axe's rules. With SCREENSHOTS=FOLDER it also takes the README's
// pictures: .ci/client browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const [base] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const desktop = { width: 1280, height: 860 };
const phone = { width: 390, height: 844, isMobile: true, hasTouch: true };
const question = "How do germs outlive a course of antibiotics without being resistant?";
const results = `/search?q=${encodeURIComponent(question)}`;
const one = "/paper?id=sample-earth-001";

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const trouble = []; // that any page had: errors, refusals of the policy, calls elsewhere

async function open(path, { viewport = desktop, dark = false, script = true, until = "networkidle0" } = {}) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (m) => { if (m.type() === "error" && !page.expected) trouble.push(`${path}: ${m.text()}`); });
  page.on("pageerror", (e) => trouble.push(`${path}: ${e.message}`));
  page.on("request", (r) => { if (!r.url().startsWith(base) && !r.url().startsWith("data:")) trouble.push(`${path} asks ${r.url()}`); });
  await page.setViewport(viewport);
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  await page.goto(base + path, { waitUntil: until });
  return page;
}

const checks = {};
const count = (page, selector) => page.$$eval(selector, (list) => list.length);
const focused = (page, selector) => page.waitForFunction((s) => document.activeElement.matches(s), {}, selector);
const address = (page) => page.evaluate(() => location.pathname + location.search);
const follow = (page, selector) => Promise.all([page.waitForNavigation({ waitUntil: "networkidle0" }), page.click(selector)]);

checks["the box has the focus, and answers come as one types"] = async () => {
  const page = await open("/");
  await focused(page, "input[name=q]");
  assert.ok((await count(page, ".examples li")) >= 2 && (await count(page, ".newest li")) === 5);
  await page.keyboard.type("melting glaciers");
  await page.waitForFunction(() => document.title.startsWith("melting glaciers") && document.querySelectorAll(".hit").length === 10);
  assert.equal(await address(page), "/search?q=melting+glaciers");
  await focused(page, "input[name=q]");
  await page.goBack();
  await page.waitForSelector(".examples");
  return page;
};

checks["the answer to an old question never comes late"] = async () => {
  const page = await open("/");
  await page.setRequestInterception(true);
  let held;
  const holding = new Promise((seen) => {
    page.on("request", (r) => {
      if (!r.url().endsWith("q=glaciers")) return r.continue();
      held = r;
      seen();
    });
  });
  await page.type("input[name=q]", "glaciers");
  await holding;
  await page.type("input[name=q]", " and prices");
  await page.waitForFunction(() => document.title.startsWith("glaciers and prices"));
  await held.continue().catch(() => {}); // it was given up
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
  assert.equal(await address(page), "/search?q=glaciers+and+prices");
  assert.match(await page.title(), /^glaciers and prices/);
  return page;
};

checks["the keyboard leads everywhere"] = async () => {
  const page = await open(results);
  await page.keyboard.press("/");
  await focused(page, "input[name=q]");
  await page.keyboard.press("ArrowDown");
  await focused(page, "#hit-1 a.title");
  await page.keyboard.press("ArrowDown");
  await focused(page, "#hit-2 a.title");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await focused(page, "input[name=q]");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await focused(page, "input[name=q]");
  await page.keyboard.press("ArrowDown");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(await address(page), /^\/paper\?id=/);
  return page;
};

checks["pages come as one scrolls, each with its address"] = async () => {
  const page = await open(results);
  await page.$eval(".pages .next", (e) => e.scrollIntoView());
  await page.waitForFunction(() => document.querySelectorAll("#results > .hits > .hit").length >= 20);
  const ids = await page.$$eval(".hit", (list) => list.map((e) => e.dataset.id));
  assert.equal(new Set(ids).size, ids.length);
  await page.$eval("#hit-11", (e) => e.scrollIntoView());
  await page.waitForFunction(() => location.search.includes("cursor="));
  await page.reload({ waitUntil: "networkidle0" });
  assert.equal(await page.$eval("#hit-1", (e) => e.dataset.id), ids[10]);
  return page;
};

checks["years are narrowed by dragging, and by the fields"] = async () => {
  const page = await open(results);
  const { x, y, width, height } = await (await page.$(".histogram")).boundingBox();
  await page.mouse.move(x + width * 0.4, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.7, y + height / 2, { steps: 5 });
  await Promise.all([page.waitForNavigation({ waitUntil: "networkidle0" }), page.mouse.up()]);
  const [, from, to] = (await address(page)).match(/from=(\d{4})&to=(\d{4})/);
  const years = await page.$$eval(".hit .facts > span", (list) => list.map((e) => e.textContent).filter((t) => /^\d{4}$/.test(t)));
  assert.ok(years.length === 10 && years.every((n) => from <= n && n <= to), `${from}-${to}: ${years}`);
  await follow(page, ".chip");
  assert.equal(await count(page, ".chip"), 0);
  await page.type("input[name=from]", "2020");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(await page.$eval(".total", (e) => e.textContent), /within the filters/);
  return page;
};

checks["categories are links that toggle, with exact counts"] = async () => {
  const page = await open(results);
  const n = Number(await page.$eval(".values .count", (e) => e.textContent));
  await follow(page, ".values a");
  assert.match(await page.$eval(".total", (e) => e.textContent), new RegExp(`^${n} papers within`));
  await follow(page, ".values a.on");
  assert.equal(await count(page, ".values a.on"), 1); // how it matches
  return page;
};

checks["similar papers open in place"] = async () => {
  const page = await open(results);
  await page.click("#hit-1 .alike");
  await page.waitForFunction(() => document.querySelectorAll("#hit-1 .nested .hit").length === 3);
  assert.equal(await page.$eval("#hit-1 .alike", (e) => e.getAttribute("aria-expanded")), "true");
  await page.click("#hit-1 .alike");
  assert.equal(await count(page, ".nested"), 0);
  return page;
};

checks["marks turn the list and can be taken along"] = async () => {
  const page = await open(results);
  await follow(page, "#hit-2 .like");
  await follow(page, "#hit-3 .unlike");
  assert.equal(await page.$eval(".basket h2", (e) => e.textContent), "More like 1 paper, less like 1");
  assert.equal(await count(page, ".basket li"), 2);
  const file = await page.$$eval(".basket .actions a", (list) => list.map((a) => a.href).find((u) => u.includes("bibtex")));
  assert.match(await (await fetch(file)).text(), /^@/);
  await follow(page, ".basket .drop");
  await follow(page, ".basket .actions a");
  assert.equal(await address(page), results.replaceAll("%20", "+"));
  return page;
};

checks["formulas are rendered, and what is broken stays as it is"] = async () => {
  const page = await open(one);
  await page.waitForSelector("h1 math");
  assert.ok(!(await page.$eval("article", (e) => e.innerText)).includes("$"));
  return page;
};

checks["a paper can be cited"] = async () => {
  await browser.defaultBrowserContext().overridePermissions(base, ["clipboard-read", "clipboard-sanitized-write"]);
  const page = await open(one);
  await page.click(".citing > summary");
  await page.click(".citation:nth-of-type(2) button");
  await page.waitForFunction(() => [...document.querySelectorAll(".citation button")].some((b) => b.textContent === "Copied"));
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^@/);
  return page;
};

checks["the chat model's answer comes sentence by sentence"] = async () => {
  const page = await open("/");
  const html = (await (await fetch(base + results)).text()).replace('class="box"', 'class="box" data-write="/ask?q=x"');
  const id = html.match(/id="hit-2" data-id="([^"]+)"/)[1];
  const sentence = { text: "They <b>sleep</b> at $10^{-4}$.", citations: [1] };
  const events = `event: sentence\ndata: ${JSON.stringify(sentence)}\n\nevent: answer\ndata: ${JSON.stringify({ sentences: [sentence], papers: [{ id, title: "T" }], chat_model: "a model", left_out: 2 })}\n\n`;
  await page.setRequestInterception(true);
  page.on("request", (r) => {
    if (r.url().includes("/search?")) return r.respond({ contentType: "text/html", body: html });
    if (r.url().includes("/ask?")) return r.respond({ contentType: "text/event-stream", body: events });
    r.continue();
  });
  await page.goto(base + results);
  await page.waitForFunction(() => document.querySelector(".box h2").textContent === "Answer by a model, from the papers below");
  await page.waitForSelector(".says math");
  assert.match(await page.$eval(".says", (e) => e.textContent), /They <b>sleep<\/b> at/);
  assert.equal(await page.$eval(".says a", (e) => e.getAttribute("href")), "#hit-2");
  return page;
};

checks["a server that does not answer leaves the page usable"] = async () => {
  const page = await open(results);
  page.expected = true;
  await page.setOfflineMode(true);
  await page.type("input[name=q]", " today");
  await page.waitForSelector(".away");
  assert.equal(await count(page, "#results > .hits > .hit"), 10);
  await page.setOfflineMode(false);
  await page.click(".away button");
  await page.waitForFunction(() => document.title.includes("today"));
  return page;
};

checks["everything works without JavaScript"] = async () => {
  const page = await open("/", { script: false });
  await page.type("input[name=q]", "formulas of glaciers");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.equal(await count(page, ".hit"), 10);
  await follow(page, ".next");
  assert.match(await address(page), /cursor=/);
  await follow(page, ".values a");
  await follow(page, "#hit-1 .like");
  assert.equal(await count(page, ".basket li"), 1);
  await follow(page, "#hit-1 .alike");
  await page.click("#hit-1 .abstract summary");
  assert.ok(await page.$("#hit-1 .abstract[open]"));
  await page.type("input[name=to]", "2015");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(await page.$eval(".chip", (e) => e.textContent), /-2015/);
  await follow(page, "#hit-1 a.title");
  await page.click(".citing > summary");
  assert.equal(await count(page, ".citation pre"), 3);
  await page.setViewport(phone);
  await page.goto(base + results);
  assert.ok(!(await page.$eval(".beside", (e) => e.checkVisibility?.() ?? e.offsetHeight > 0)));
  await page.click(".tofilters");
  assert.ok(await (await page.$(".beside .values a")).isVisible());
  await follow(page, ".beside .values a");
  assert.ok(await (await page.$("#hit-1 a.title")).isVisible());
  return page;
};

// onMap opens a view of the map once the map is drawn, in a lull after papers
// have come.
async function onMap(path, options) {
  for (let tries = 0; tries < 120; tries++) {
    const page = await open(path, options);
    if (await page.$("figure.map")) return page;
    await page.close();
    await new Promise((done) => setTimeout(done, 500));
  }
  assert.fail("the map is not drawn within a minute");
}

const inSight = (page) => page.$eval(".sight .total", (e) => Number(e.textContent.replaceAll(",", "").match(/^\d+/)?.[0]));
const sightChanges = (page, from) => page.waitForFunction((n) => {
  const words = document.querySelector(".sight .total").textContent.replaceAll(",", "");
  return words.match(/^\d+/)?.[0] !== String(n);
}, {}, from);

checks["the map is zoomed, moved and read by links without JavaScript"] = async () => {
  const page = await onMap("/map", { script: false });
  const all = await inSight(page);
  assert.ok(all > 100 && (await count(page, ".map image")) > 0 && (await count(page, ".map text")) > 0);
  await follow(page, ".moves [data-move=in]");
  const some = await inSight(page);
  assert.ok(some > 0 && some < all, `${some} of ${all} papers`);
  await follow(page, ".moves [data-move=out]");
  assert.equal(await inSight(page), all);
  await follow(page, ".sight li a");
  assert.match(await address(page), /^\/paper\?id=/);
  await page.goto(base + results);
  await follow(page, ".order a[href^='/map']");
  assert.ok((await count(page, ".dot.found")) > 5);
  await follow(page, ".dot.found");
  assert.match(await address(page), /^\/paper\?id=/);
  return page;
};

checks["the map is moved by the keyboard and by the pointer"] = async () => {
  const page = await onMap("/map");
  const canvas = await page.waitForSelector(".map canvas");
  await page.waitForFunction(() => document.querySelectorAll(".sight li a").length > 5);
  const all = await inSight(page);
  await canvas.focus();
  await page.keyboard.press("+");
  await sightChanges(page, all);
  const some = await inSight(page);
  assert.ok(some < all, `${some} of ${all} papers`);
  await page.waitForFunction(() => new URLSearchParams(location.search).get("z") === "1");
  const before = await address(page);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((old) => location.pathname + location.search !== old, {}, before);
  const moved = await address(page);
  await page.reload({ waitUntil: "networkidle0" });
  assert.equal(await address(page), moved);
  await (await page.waitForSelector(".map canvas")).focus();
  await page.keyboard.press("0");
  await page.waitForFunction((n) => Number(document.querySelector(".sight .total").textContent.replaceAll(",", "").match(/^\d+/)[0]) === n, {}, all);

  await page.keyboard.press("+");
  await page.waitForFunction(() => location.search.includes("z=1"));
  const { x, y, width, height } = await (await page.$(".map canvas")).boundingBox();
  const at = await address(page);
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 - 150, y + height / 2 - 150, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction((old) => location.pathname + location.search !== old, {}, at);
  await page.click(".moves [data-move=whole]");
  await page.waitForFunction(() => !location.search.includes("z="));

  // A list's papers are points that lead to them.
  await page.goto(`${base}/map?q=${encodeURIComponent(question)}`, { waitUntil: "networkidle0" });
  await page.waitForSelector(".map canvas");
  const point = async () => {
    for (let j = 8; j < height; j += 12) {
      for (let i = 8; i < width; i += 12) {
        await page.mouse.move(x + i, y + j);
        if (await page.$(".map canvas.meant")) return [x + i, y + j];
      }
    }
    assert.fail("no point on the map");
  };
  const [px, py] = await point();
  assert.ok((await page.$eval(".map .tip", (e) => (e.hidden ? "" : e.textContent))).length > 5);
  await Promise.all([page.waitForNavigation(), page.mouse.click(px, py)]);
  assert.match(await address(page), /^\/paper\?id=/);
  return page;
};

checks["a map whose server is gone says so"] = async () => {
  const page = await onMap("/map");
  await page.waitForSelector(".map canvas");
  page.expected = true;
  await page.setOfflineMode(true);
  await page.focus(".map canvas");
  for (let i = 0; i < 3; i++) await page.keyboard.press("+");
  await page.waitForFunction(() => document.querySelector(".map .note")?.textContent.includes("does not answer"));
  return page;
};

checks["papers that come in are told while they do"] = async () => {
  const { papers } = await (await fetch(`${base}/v1/papers?${Array.from({ length: 12 }, (_, i) => `id=sample-bio-0${String(i + 1).padStart(2, "0")}`).join("&")}`)).json();
  const sent = await fetch(`${base}/v1/papers`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(papers) });
  assert.equal(sent.status, 200, await sent.text());
  const page = await open("/", { until: "load" });
  await page.waitForFunction(() => /Papers are coming in: 1[0-9] so far/.test(document.querySelector("#live").textContent));
  await page.waitForFunction(() => document.querySelector("#live").textContent === "");
  return page;
};

checks["a page is printed with what it is about and without its controls"] = async () => {
  const page = await open(results);
  await page.emulateMediaType("print");
  assert.ok(await (await page.$("#hit-1 a.title")).isVisible());
  for (const control of ["footer", ".beside", ".pages", ".order", ".actions", "input[name=q]"]) {
    const shown = await page.$$eval(control, (list) => list.some((e) => e.checkVisibility()));
    assert.ok(!shown, `${control} is printed`);
  }
  assert.match(await page.$eval("main", (e) => e.innerText), /How do germs outlive/);
  return page;
};

async function accessible(views) {
  for (const path of views) {
    for (const [viewport, dark] of [[desktop, false], [desktop, true], [phone, false], [phone, true]]) {
      const page = await open(path, { viewport, dark, until: "load" });
      await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = true; });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is wider than ${viewport.width}`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const found = violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
      assert.deepEqual(found, [], `${path} at ${viewport.width}${dark ? ", dark" : ""}`);
      await page.close();
    }
  }
}

checks["a collection is left out, and taken in again"] = async () => {
  const ids = Array.from({ length: 6 }, (_, i) => `id=sample-bio-00${i + 1}`).join("&");
  const { papers } = await (await fetch(`${base}/v1/papers?${ids}`)).json();
  const name = "Field notes: what I have read and am to read again, 2024";
  for (const p of papers) p.collections = [name];
  const sent = await fetch(`${base}/v1/papers`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(papers) });
  assert.equal(sent.status, 200, await sent.text());
  const page = await open("/");
  await follow(page, ".shelves li:nth-child(2) .leave");
  await page.type("input[name=q]", "bacteria");
  await page.waitForFunction(() => document.querySelectorAll(".hit").length === 10);
  const url = new URL(await page.evaluate(() => location.href));
  assert.equal(url.searchParams.get("not_collection"), name);
  assert.equal(await page.$eval(".chip", (e) => e.textContent.trim()), `left out: ${name} ×`);
  for (const p of papers) assert.equal(await count(page, `.hit[data-id="${p.id}"]`), 0);
  await page.click(".values .out + .leave");
  await page.waitForFunction(() => !document.querySelector(".chip"));
  const out = `not_collection=${encodeURIComponent(name)}`;
  await accessible(["/", `/search?${out}`, `${results}&${out}`, `/paper?id=sample-bio-001&${out}`, `/map?${out}`]);
  const gone = await fetch(`${base}/v1/collections/${encodeURIComponent(name)}`, { method: "DELETE" });
  assert.deepEqual(await gone.json(), { name, deleted: 0, kept: 6 });
  return page;
};

checks["every view is accessible and fits, in each size and colour"] = async () => {
  const views = ["/", "/map", `/map?q=${encodeURIComponent(question)}`, results, `${results}&category=q-bio.PE&like=sample-bio-001&unlike=sample-bio-003`, one, "/similar?id=sample-bio-001",
    "/search?q=flows&year=1900", "/search?q=flows&year=soon", "/paper?id=none", "/docs"];
  await accessible(views);
};

const mostWeight = 150_000; // bytes of a page of results as they travel, apart from KaTeX

checks["a page of results is light"] = async () => {
  const page = await browser.newPage();
  const client = await page.createCDPSession();
  const urls = new Map();
  let weight = 0;
  client.on("Network.requestWillBeSent", (e) => urls.set(e.requestId, e.request.url));
  client.on("Network.loadingFinished", (e) => { if (!urls.get(e.requestId).includes("katex")) weight += e.encodedDataLength; });
  await client.send("Network.enable");
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.setViewport(desktop);
  await page.goto(base + results, { waitUntil: "networkidle0" });
  assert.ok(weight > 5_000 && weight < mostWeight, `${weight} bytes`);
  console.log(`a page of results: ${weight} bytes`);
  return page;
};

for (const [name, check] of Object.entries(checks)) {
  const page = await check().catch((err) => {
    err.message = `${name}: ${err.message}`;
    throw err;
  });
  await page?.close();
  console.log(`ok: ${name}`);
}
assert.deepEqual([...new Set(trouble)].filter((t) => !/status of (400|404)/.test(t)), []);

if (process.env.SCREENSHOTS) {
  for (const [name, path, viewport, dark] of [
    ["results", results, { width: 1200, height: 900 }, false],
    ["paper", one, { width: 1100, height: 900 }, true],
    ["map", "/map", { width: 1200, height: 900 }, false],
  ]) {
    const page = await open(path, { viewport, dark });
    await page.evaluate(() => document.activeElement.blur());
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/page-${name}.webp`, type: "webp", quality: 70 });
    await page.close();
  }
}
await browser.close();
