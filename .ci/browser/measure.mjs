// How quick the page is with a large folder, by the browser's own clocks: npm ci,
// then node measure.mjs URL. The server must hold the papers already. For each
// of some questions: first paint of a page of results, its weight; and from a key
// or a click to the next paint, while answers come as one types.
import puppeteer from "puppeteer-core";

const [base] = process.argv.slice(2);
const questions = [
  "How do germs outlive antibiotics without being resistant?", "transfer learning for low-resource machine translation",
  "dark matter halos in dwarf galaxies", "convergence of stochastic gradient descent without convexity",
  "topological insulators with strong disorder", "which losses make image retrieval robust to label noise",
  "gravitational waves of merging neutron stars", "sparse attention in long documents", "optimal transport between measures on graphs",
  "quantum error correction with surface codes",
];

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const middle = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const tell = (what, list, unit) => console.log(`| ${what} | ${middle(list).toFixed(0)} ${unit} | ${Math.max(...list).toFixed(0)} ${unit} |`);

// In a tab that shows the site already, with nothing of it kept: a new tab adds
// the start of a process.
const tab = await browser.newPage();
await tab.goto(`${base}/docs`, { waitUntil: "networkidle0" });

async function firstPaint(path) {
  const client = await tab.createCDPSession();
  const urls = new Map();
  let weight = 0;
  client.on("Network.requestWillBeSent", (e) => urls.set(e.requestId, e.request.url));
  client.on("Network.loadingFinished", (e) => { if (!urls.get(e.requestId)?.includes("katex")) weight += e.encodedDataLength; });
  await client.send("Network.enable");
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  await tab.goto(base + path, { waitUntil: "networkidle0" });
  const paint = await tab.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  await client.detach();
  return [paint, weight];
}

async function interactions(question) {
  const page = await browser.newPage();
  await page.goto(`${base}/`, { waitUntil: "networkidle0" });
  await page.evaluate(() => {
    globalThis.slow = [];
    new PerformanceObserver((list) => { for (const e of list.getEntries()) if (e.interactionId) slow.push(e.duration); }).observe({ type: "event", durationThreshold: 16, buffered: true });
  });
  await page.type("input[name=q]", question, { delay: 60 });
  await page.waitForSelector("#hit-1");
  await page.click("#hit-1 .abstract summary");
  await page.keyboard.press("ArrowDown");
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
  const worst = await page.evaluate(() => Math.max(16, ...slow));
  await page.close();
  return worst;
}

console.log("| | median | most |\n|---|---|---|");
for (const [what, path] of [
  ["a page of results", (q) => `/search?q=${encodeURIComponent(q)}`],
  ["the same under filters", (q) => `/search?q=${encodeURIComponent(q)}&year=2010-&category=cs.CL`],
  ["the start page", () => "/"], ["the map", () => "/map"],
]) {
  const all = [];
  for (const q of questions) all.push(await firstPaint(path(q)));
  tell(`${what}: first paint`, all.map(([paint]) => paint), "ms");
  tell(`${what}: weight`, all.map(([, weight]) => weight / 1000), "KB");
}
const worst = [];
for (const q of questions) worst.push(await interactions(q));
tell("the slowest interaction of typing a question and opening an abstract", worst, "ms");
await browser.close();
