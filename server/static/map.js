// The map drawn on a canvas, which moves and zooms without asking for views: it
// asks for pictures and lists of tiles, as many as are in sight. The address
// stays that of the view without JavaScript that comes nearest.

const lastLevel = 8; // of tiles
const nearest = 2 ** -9; // how much of the plane is seen at least
const mostKept = 160; // tiles in memory
const listed = 12;
const reach = 12; // pixels from a point at which it is meant

export function explore(figure) {
  const still = figure.querySelector("svg");
  const aside = figure.parentElement.querySelector(".sight");
  const asked = "asked" in figure.dataset;
  const query = figure.dataset.query;
  const start = ["zoom", "x", "y"].map((name) => Number(figure.dataset[name]));

  let extent = 2 ** -start[0]; // of the plane in sight
  let left = (start[1] * extent) / 2;
  let top = (start[2] * extent) / 2;
  const found = [...still.querySelectorAll(".found")].reverse().map((a) => {
    const dot = a.querySelector("circle");
    return {
      x: left + (dot.cx.baseVal.value / 1000) * extent, y: top + (dot.cy.baseVal.value / 1000) * extent,
      title: a.getAttribute("aria-label"), href: a.getAttribute("href"), found: true,
    };
  });

  const canvas = document.createElement("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Map of papers by meaning. Arrows move, plus and minus zoom, zero shows all. The papers in sight are listed beside it.");
  const tip = document.createElement("p");
  tip.className = "tip";
  tip.hidden = true;
  still.replaceWith(canvas, tip);
  const pen = canvas.getContext("2d");
  let size = 0; // of the canvas, in CSS pixels
  const colours = {};

  // Tiles.

  const tiles = new Map(); // by address; the ones used last are last
  let failed = false;

  function tile(kind, z, x, y, filter) {
    const url = `/map/${kind}/${z}/${x}/${y}${filter && query ? `?${query}` : ""}`;
    let t = tiles.get(url);
    if (t) {
      tiles.delete(url);
      tiles.set(url, t);
      return t;
    }
    t = { ready: false };
    tiles.set(url, t);
    const done = () => { t.ready = true; if (failed) { failed = false; say(""); } draw(); };
    const gone = () => { tiles.delete(url); failed = true; say("The server does not answer. What it answered last stays; move the map to try again."); };
    if (kind === "pictures") {
      t.image = new Image();
      t.image.onload = done;
      t.image.onerror = gone;
      t.image.src = url;
    } else {
      fetch(url).then((r) => (r.ok ? r.json() : Promise.reject(r))).then((content) => { Object.assign(t, content); done(); }).catch(gone);
    }
    while (tiles.size > mostKept) tiles.delete(tiles.keys().next().value);
    return t;
  }

  const note = document.createElement("p");
  note.className = "note";
  note.setAttribute("role", "alert");
  function say(words) {
    note.textContent = words;
    if (words) figure.prepend(note);
    else note.remove();
  }

  function inSight() {
    const level = Math.max(0, Math.min(lastLevel, Math.round(Math.log2(size / (extent * 400)))));
    const n = 2 ** level;
    const out = { level, list: [] };
    for (let y = Math.max(0, Math.floor(top * n)); y < Math.min(n, (top + extent) * n); y++) {
      for (let x = Math.max(0, Math.floor(left * n)); x < Math.min(n, (left + extent) * n); x++) out.list.push([x, y]);
    }
    return out;
  }

  // picture draws a tile, or what part of a wider one is there.
  function picture(level, x, y, filter) {
    for (let up = 0; up <= level && up < 5; up++) {
      const t = up === 0 ? tile("pictures", level, x, y, filter) : tiles.get(`/map/pictures/${level - up}/${x >> up}/${y >> up}${filter && query ? `?${query}` : ""}`);
      if (!t?.ready) continue;
      const side = t.image.width / 2 ** up;
      const width = (size / extent) * 2 ** -level;
      pen.drawImage(t.image, (x % 2 ** up) * side, (y % 2 ** up) * side, side, side,
        (x * 2 ** -level - left) * (size / extent), (y * 2 ** -level - top) * (size / extent), width, width);
      return;
    }
  }

  // Drawing.

  let waiting = false;
  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (canvas.isConnected) paint();
    });
  }

  let points = []; // in sight, which can be pointed at
  let over; // the one that is

  function paint() {
    const style = getComputedStyle(figure);
    for (const name of ["accent", "second", "ink", "raised"]) colours[name] = style.getPropertyValue(`--${name}`).trim();
    size = figure.clientWidth;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    if (canvas.width !== Math.round(size * ratio)) canvas.width = canvas.height = Math.round(size * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size, size);
    pen.imageSmoothingQuality = "high";
    const { level, list } = inSight();
    pen.globalCompositeOperation = "source-over";
    if (query || asked) {
      pen.globalAlpha = 0.3;
      for (const [x, y] of list) picture(level, x, y, false);
    }
    if (query || !asked) {
      pen.globalAlpha = 1;
      for (const [x, y] of list) picture(level, x, y, true);
    }
    pen.globalAlpha = 1;
    pen.globalCompositeOperation = "source-in";
    pen.fillStyle = colours.accent;
    pen.fillRect(0, 0, size, size);
    pen.globalCompositeOperation = "source-over";
    points = [];
    let labels = [];
    let total = 0;
    let known = true;
    let whole = true; // every paper in sight is a point
    const some = [];
    for (const [x, y] of list) {
      const t = tile("tiles", level, x, y, true);
      known &&= t.ready;
      whole &&= t.ready && t.points.length === t.total;
      if (!t.ready) continue;
      total += t.total;
      labels.push(...t.labels);
      for (const p of t.points) {
        p.href ??= `/paper?id=${encodeURIComponent(p.id)}`;
        if (!seen(p)) continue;
        some.push(p);
        if (t.points.length === t.total && !asked) points.push(p);
      }
    }
    const marked = found.filter(seen);
    points.push(...marked.toReversed());
    const radius = Math.min(6, 2 + Math.max(0, Math.log2(1 / extent) - 2) * 0.6);
    for (const p of points) if (p.found || whole) dot(p, p.found ? Math.max(3.5, radius) : radius);
    if (over && points.includes(over)) dot(over, radius + 4);
    names(labels);
    if (known) beside(asked ? marked : spread(some), total);
  }

  const seen = (p) => p.x >= left && p.x < left + extent && p.y >= top && p.y < top + extent;
  const spread = (list) => (list.length <= listed ? list : Array.from({ length: listed }, (_, i) => list[Math.floor((i * list.length) / listed)]));
  const place = (p) => [((p.x - left) / extent) * size, ((p.y - top) / extent) * size];

  function dot(p, radius) {
    const [x, y] = place(p);
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = p.found ? colours.second : colours.accent;
    pen.fill();
    pen.lineWidth = 1;
    pen.strokeStyle = colours.raised;
    pen.stroke();
  }

  // names writes the names of regions, the large ones first, where they do not
  // cover each other.
  function names(labels) {
    const zoom = Math.log2(1 / extent);
    const taken = [];
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    for (const l of labels.toSorted((a, b) => a.level - b.level || b.size - a.size)) {
      if (l.level > zoom + (size < 500 ? 0.5 : 1.2)) break;
      const large = l.level <= zoom - 0.2 || l.level === 0;
      const height = large ? 16 : 13;
      pen.font = `${large ? 600 : 500} ${height}px ${getComputedStyle(document.body).fontFamily}`;
      const half = pen.measureText(l.text).width / 2;
      const [atX, atY] = place(l);
      const x = Math.max(half + 4, Math.min(size - half - 4, atX));
      const y = Math.max(height, Math.min(size - height, atY));
      const box = [x - half - 6, y - height * 0.8, x + half + 6, y + height * 0.8];
      if (taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])) continue;
      taken.push(box);
      pen.lineWidth = 4;
      pen.strokeStyle = colours.raised;
      pen.globalAlpha = 0.85;
      pen.strokeText(l.text, x, y);
      pen.globalAlpha = 1;
      pen.fillStyle = colours.ink;
      pen.fillText(l.text, x, y);
    }
  }

  // The papers in sight, beside the map.

  let shown = "";
  function beside(list, total) {
    const words = asked ? `${list.length} of the best ${found.length} lie here.` : `${total.toLocaleString("en")} ${total === 1 ? "paper lies" : "papers lie"} here${query ? ", within the filters" : ""}.`;
    const some = list.slice(0, listed);
    const key = words + some.map((p) => p.href).join();
    if (key === shown) return;
    shown = key;
    aside.querySelector(".total").textContent = words;
    const items = some.map((p) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.className = "title math";
      link.dir = "auto";
      link.href = p.href;
      link.textContent = p.title;
      item.append(link);
      if (p.year) {
        const year = document.createElement("span");
        year.className = "quiet";
        year.textContent = ` ${p.year}`;
        item.append(year);
      }
      const light = (on) => () => { over = on ? p : undefined; draw(); };
      link.addEventListener("mouseenter", light(true));
      link.addEventListener("mouseleave", light(false));
      link.addEventListener("focus", light(true));
      link.addEventListener("blur", light(false));
      return item;
    });
    if (!items.length) {
      const none = document.createElement("li");
      none.className = "quiet";
      none.textContent = "None lies here.";
      items.push(none);
    }
    aside.querySelector("ul").replaceChildren(...items);
  }

  // Moving.

  let telling;
  function moved() {
    extent = Math.max(nearest, Math.min(1, extent));
    left = Math.max(0, Math.min(1 - extent, left));
    top = Math.max(0, Math.min(1 - extent, top));
    hide();
    draw();
    clearTimeout(telling);
    telling = setTimeout(tell, 300);
  }

  // tell puts the address of the nearest view into the bar.
  function tell() {
    if (!canvas.isConnected) return;
    const zoom = Math.max(0, Math.min(lastLevel - 1, Math.round(Math.log2(1 / extent))));
    const width = 2 ** -zoom;
    const at = (middle) => Math.max(0, Math.min(2 ** (zoom + 1) - 2, Math.round(((middle - width / 2) / width) * 2)));
    const url = new URL(location.href);
    for (const [name, value] of [["z", zoom], ["x", at(left + extent / 2)], ["y", at(top + extent / 2)]]) {
      if (zoom) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    if (url.href !== location.href) history.replaceState(null, "", url);
  }

  function zoom(by, x = 0.5, y = 0.5) {
    const next = Math.max(nearest, Math.min(1, extent / by));
    left += (extent - next) * x;
    top += (extent - next) * y;
    extent = next;
    moved();
  }

  const moves = {
    in: () => zoom(2), out: () => zoom(0.5), whole: () => { extent = 1; moved(); },
    left: () => { left -= extent / 4; moved(); }, right: () => { left += extent / 4; moved(); },
    up: () => { top -= extent / 4; moved(); }, down: () => { top += extent / 4; moved(); },
  };
  for (const link of figure.querySelectorAll("[data-move]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = link.textContent;
    const names = { in: "Zoom in", out: "Zoom out", left: "Left", right: "Right", up: "Up", down: "Down", whole: "Whole map" };
    button.title = names[link.dataset.move];
    button.setAttribute("aria-label", button.title);
    button.dataset.move = link.dataset.move;
    button.addEventListener("click", moves[link.dataset.move]);
    link.replaceWith(button);
  }
  const keys = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "+": "in", "=": "in", "-": "out", 0: "whole" };
  canvas.addEventListener("keydown", (event) => {
    const move = keys[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    moves[move]();
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(2 ** (-Math.max(-200, Math.min(200, event.deltaY)) / 250), event.offsetX / size, event.offsetY / size);
  }, { passive: false });

  const fingers = new Map();
  let travelled = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (fingers.size === 0) travelled = 0;
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return point(event.offsetX, event.offsetY);
    const now = [event.offsetX, event.offsetY];
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    if (other) {
      const apart = (p) => Math.max(20, Math.hypot(p[0] - other[0], p[1] - other[1]));
      zoom(apart(now) / apart(before), (now[0] + other[0]) / 2 / size, (now[1] + other[1]) / 2 / size);
    } else if (travelled > 4) {
      left -= ((now[0] - before[0]) / size) * extent;
      top -= ((now[1] - before[1]) / size) * extent;
      moved();
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    const was = fingers.delete(event.pointerId);
    if (!was || travelled > 4 || event.button !== 0) return;
    const meant = at(event.offsetX, event.offsetY);
    if (meant) location.href = meant.href;
    else if (event.pointerType === "mouse") zoom(2, event.offsetX / size, event.offsetY / size);
  });
  canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => { hide(); });

  function at(x, y) {
    let best;
    let least = reach;
    for (const p of points) {
      const [px, py] = place(p);
      const away = Math.hypot(px - x, py - y);
      if (away < least || (away === least && p.found)) [best, least] = [p, away];
    }
    return best;
  }

  function point(x, y) {
    const meant = at(x, y);
    canvas.classList.toggle("meant", Boolean(meant));
    if (meant === over) return;
    over = meant;
    draw();
    tip.hidden = !meant;
    if (meant) {
      tip.textContent = meant.title;
      const svg = place(meant);
      // The style sheet knows places in twentieths, as a page may set no styles.
      tip.dataset.column = Math.min(2, Math.floor((svg[0] / size) * 3));
      tip.dataset.row = svg[1] > size / 2 ? "top" : "bottom";
    }
  }

  function hide() {
    tip.hidden = true;
    if (over) { over = undefined; draw(); }
  }

  new ResizeObserver(draw).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
