// What the page does beyond its links and forms. Without this module every
// view works by itself; with it, views come in parts: the main element of a
// URL, asked for with the header Kindred-Part.

const form = document.querySelector("form.search");
const box = form.elements.q;
const typed = { wait: 180, longest: 2000 }; // milliseconds; characters, beyond which Enter is needed

const live = document.createElement("p"); // told to screen readers when a list is another
live.className = "unseen";
live.setAttribute("role", "status");
document.body.append(live);

// part fetches the main element of a view.
async function part(url, signal) {
  const answer = await fetch(url, { headers: { "Kindred-Part": "main" }, signal });
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  const main = holder.content.querySelector("main");
  if (!main) throw new Error(`no view at ${url}: ${answer.status}`);
  return main;
}

// show puts a view in the place of the one that is there.
function show(main) {
  document.querySelector("main").replaceWith(main);
  document.title = main.dataset.title;
  document.body.className = main.dataset.view;
  live.textContent = main.querySelector("[role=status]")?.textContent ?? "";
  enhance(main);
}

// away says that the server does not answer; what is there stays.
function away(again) {
  const main = document.querySelector("main");
  let note = main.querySelector(".away");
  if (!note) {
    note = document.createElement("p");
    note.className = "note away";
    note.setAttribute("role", "alert");
    const button = document.createElement("button");
    button.textContent = "Try again";
    note.append("The server does not answer. What stands here is what it answered last. ", button);
    main.prepend(note);
  }
  note.querySelector("button").onclick = again;
}

// Search as you type. A newer question gives the older one up, so that its
// answer can never come late.

let timer, asking;
let typing = false; // the view's address is one that typing made

function ask() {
  clearTimeout(timer);
  asking?.abort();
  const words = box.value.trim();
  if (words.length > typed.longest) return;
  const url = words ? `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}` : "/";
  if (url === location.pathname + location.search) return;
  const mine = (asking = new AbortController());
  const main = document.querySelector("main");
  main.setAttribute("aria-busy", "true");
  part(url, mine.signal).then(
    (view) => {
      if (mine !== asking) return;
      history[typing ? "replaceState" : "pushState"](null, "", url);
      typing = true;
      show(view);
    },
    (err) => {
      if (err.name === "AbortError" || mine !== asking) return;
      main.removeAttribute("aria-busy");
      away(ask);
    },
  );
}

box.addEventListener("input", (event) => {
  clearTimeout(timer);
  asking?.abort();
  if (!event.isComposing) timer = setTimeout(ask, typed.wait);
});
box.addEventListener("compositionend", () => { timer = setTimeout(ask, typed.wait); });
form.addEventListener("submit", () => { clearTimeout(timer); asking?.abort(); });
window.addEventListener("popstate", () => { if (!location.hash) location.reload(); });

// The keyboard.

const editing = (e) => e.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const at = event.target;
  if (event.key === "/" && !editing(at)) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape" && at !== box) {
    if (location.hash === "#filters") location.hash = "#results";
    box.focus();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (at === box || !editing(at))) {
    const titles = [...document.querySelectorAll("main a.title")];
    const here = titles.indexOf(at.closest?.(".hit, .newest li")?.querySelector("a.title"));
    if (here < 0 && at !== box && at !== document.body) return;
    const next = here + (event.key === "ArrowDown" ? 1 : -1);
    if (next < -1 || next >= titles.length) return;
    event.preventDefault();
    (next < 0 ? box : titles[next]).focus();
  }
});

// Paging on as one scrolls. The address is that of the page in sight.

const endless = 5; // pages that come by themselves; for further ones the link is there
let pages = [];

function paging(main) {
  pages = [];
  const list = main.querySelector("#results > .hits");
  const link = main.querySelector("#results > .pages > a[rel=next]");
  if (!list || !link || !window.IntersectionObserver) return;
  pages.push({ url: location.pathname + location.search, from: list });
  const watch = new IntersectionObserver((seen) => {
    if (seen.some((s) => s.isIntersecting) && pages.length <= endless) more();
  }, { rootMargin: "600px" });
  let busy = false;
  const more = async () => {
    if (busy) return;
    busy = true;
    try {
      const url = link.getAttribute("href");
      const view = await part(url);
      if (!list.isConnected) return;
      const items = [...view.querySelectorAll("#results > .hits > .hit")];
      let number = list.children.length;
      for (const item of items) item.id = `hit-${++number}`;
      list.append(...items);
      if (items.length) pages.push({ url, from: items[0] });
      for (const item of items) enhance(item);
      const next = view.querySelector("#results > .pages > a[rel=next]");
      if (next) link.href = next.getAttribute("href");
      else { watch.disconnect(); link.remove(); }
    } catch {
      watch.disconnect(); // the link still leads on
    } finally {
      busy = false;
    }
    if (link.isConnected && pages.length <= endless) { watch.unobserve(link); watch.observe(link); }
  };
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !pages.length) return;
    event.preventDefault();
    more();
  });
  watch.observe(link);
}

let scrolled = false;
window.addEventListener("scroll", () => {
  if (scrolled || pages.length < 2) return;
  scrolled = true;
  requestAnimationFrame(() => {
    scrolled = false;
    const above = pages.filter((p) => p.from.getBoundingClientRect().top < innerHeight / 2);
    const url = (above.at(-1) ?? pages[0]).url;
    if (url !== location.pathname + location.search) history.replaceState(null, "", url);
  });
}, { passive: true });

// Similar papers under a card.

const alikeShown = 3;

async function alike(link) {
  const card = link.closest(".hit");
  const open = card.querySelector(":scope > .nested");
  if (open) {
    open.remove();
    link.setAttribute("aria-expanded", "false");
    return;
  }
  const nested = document.createElement("div");
  nested.className = "nested";
  nested.textContent = "…";
  card.append(nested);
  link.setAttribute("aria-expanded", "true");
  try {
    const view = await part(`${link.getAttribute("href")}&limit=${alikeShown}`);
    const list = view.querySelector("#results > .hits");
    const all = document.createElement("a");
    all.href = link.href;
    all.textContent = "All similar papers";
    for (const spare of list?.querySelectorAll(".marks, .tags, .alike, .why") ?? []) spare.remove();
    for (const hit of list?.children ?? []) hit.removeAttribute("id");
    nested.replaceChildren(list ?? "There are no others yet. ", all);
    math(nested);
  } catch {
    nested.textContent = "The server does not answer.";
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.alike");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  alike(link);
});

// Years by dragging over the histogram; the fields below are for the keyboard.

function histogram(svg) {
  const { first, last, step } = Object.fromEntries(Object.entries(svg.dataset).map(([k, v]) => [k, Number(v)]));
  const fields = svg.closest("form").elements;
  const bars = [...svg.querySelectorAll("rect")];
  const bar = (event) => {
    const { left, width } = svg.getBoundingClientRect();
    return Math.min(bars.length - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * bars.length)));
  };
  let start = -1;
  const mark = (event) => {
    const [from, to] = [start, bar(event)].sort((a, b) => a - b);
    fields.from.value = first + from * step;
    fields.to.value = Math.min(last, first + (to + 1) * step - 1);
    bars.forEach((b, i) => b.classList.toggle("out", i < from || i > to));
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = bar(event);
    svg.setPointerCapture(event.pointerId);
    mark(event);
  });
  svg.addEventListener("pointermove", (event) => { if (start >= 0) mark(event); });
  svg.addEventListener("pointerup", () => { if (start >= 0) svg.closest("form").requestSubmit(); start = -1; });
  svg.addEventListener("pointercancel", () => { start = -1; });
}

// The chat model's answer, as it is written. The extract stays where nothing
// comes.

function answer(section) {
  const source = new EventSource(section.dataset.write);
  const says = section.querySelector(".says");
  const heading = section.querySelector("h2");
  const sentences = document.createElement("p");
  sentences.className = "says";
  section.setAttribute("aria-busy", "true");
  const write = (s, papers) => {
    const text = document.createElement("span");
    text.className = "math";
    text.textContent = s.text;
    sentences.append(text);
    for (const n of s.citations) {
      const p = papers?.[n - 1];
      const cite = document.createElement(p ? "a" : "span");
      cite.className = "cite";
      cite.textContent = n;
      if (p) {
        const card = document.querySelector(`.hit[data-id="${CSS.escape(p.id)}"]`);
        cite.href = card ? `#${card.id}` : `/paper?id=${encodeURIComponent(p.id)}`;
        cite.title = p.title ?? "";
      }
      sentences.append(cite);
    }
    sentences.append(" ");
  };
  const end = () => {
    source.close();
    section.removeAttribute("aria-busy");
  };
  source.addEventListener("sentence", (event) => {
    write(JSON.parse(event.data));
    if (says.isConnected) says.replaceWith(sentences);
  });
  source.addEventListener("answer", (event) => {
    end();
    const a = JSON.parse(event.data);
    sentences.replaceChildren();
    for (const s of a.sentences) write(s, a.papers);
    if (a.sentences.length && says.isConnected) says.replaceWith(sentences);
    if (a.chat_model && a.sentences.length) heading.textContent = `Answer by ${a.chat_model}, from the papers below`;
    for (const note of [a.degraded, a.left_out ? `${a.left_out} of the model's sentences left out: the papers do not bear them out.` : ""]) {
      if (!note) continue;
      const p = document.createElement("p");
      p.className = "quiet";
      p.textContent = note;
      section.append(p);
    }
    section.querySelector(".actions")?.remove();
    math(section);
  });
  source.addEventListener("error", end);
}

// Formulas. KaTeX comes when there are some; what it cannot read stays as it
// was written.

const formula = /\$\$([^$]{1,1000})\$\$|(?<![\\$])\$(?!\s)((?:[^$\\]|\\.){1,1000}?)(?<!\s)\$(?!\d)/gs;
const mostFormulas = 400; // of a view
let katex;

function loadKatex() {
  katex ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = "/static/katex.min.js";
    script.onload = () => done(window.katex);
    script.onerror = failed;
    document.head.append(script);
  });
  return katex;
}

async function math(root) {
  const texts = [];
  for (const e of root.querySelectorAll(".math")) {
    const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (walk.currentNode.data.includes("$")) texts.push(walk.currentNode);
  }
  if (!texts.length) return;
  const { render } = await loadKatex();
  let left = mostFormulas;
  for (const text of texts) {
    let at = 0;
    const pieces = [];
    for (const found of text.data.matchAll(formula)) {
      const span = document.createElement("span");
      try {
        if (--left < 0) break;
        render(found[1] ?? found[2], span, { output: "mathml", trust: false, throwOnError: true, strict: "ignore", maxSize: 10, maxExpand: 200 });
      } catch {
        continue;
      }
      pieces.push(text.data.slice(at, found.index), span);
      at = found.index + found[0].length;
    }
    if (pieces.length) text.replaceWith(...pieces, text.data.slice(at));
  }
}

// enhance adds to a view, or to a piece of one, what it can do here.
function enhance(root) {
  math(root).catch(() => {}); // the source stays
  if (root.id !== "main") return;
  paging(root);
  for (const svg of root.querySelectorAll("svg.histogram")) histogram(svg);
  for (const citation of root.querySelectorAll(".citation")) copying(citation);
  const map = root.querySelector("figure.map");
  if (map) import("/static/map.js").then(({ explore }) => explore(map), () => {}); // the drawing stays
  if (root.querySelector("[data-again]")) setTimeout(again, 2000, root);
}

function copying(citation) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(citation.querySelector("pre").textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(citation.querySelector("pre"));
      button.textContent = "Selected: copy it by keyboard";
    }
  });
  citation.querySelector(".actions").prepend(button);
}

// again looks whether an index that was not ready is.
function again(main) {
  if (!main.isConnected) return;
  part(location.href).then((view) => { if (main.isConnected) show(view); }, () => away(() => again(main)));
}

// What the index is at: papers coming in, a model learning.

const look = { busy: 2000, idle: 15000 }; // milliseconds between two looks

async function watch() {
  let wait = look.idle;
  if (!document.hidden) {
    try {
      const here = document.getElementById("live");
      const holder = document.createElement("template");
      holder.innerHTML = await (await fetch("/state")).text();
      const words = holder.content.querySelector("#live")?.textContent ?? "";
      if (words !== here.textContent) here.textContent = words;
      if (words) wait = look.busy;
    } catch {
      // The next look may be luckier; who asks something is told.
    }
  }
  setTimeout(watch, wait);
}
setTimeout(watch, look.busy);

enhance(document.querySelector("main"));
for (const section of document.querySelectorAll(".box[data-write]")) answer(section);
