// A search box of Kindred, or a list of related papers, for any page:
//
//   <script src="https://papers.example.org/embed.js" async></script>
//   <kindred-search></kindred-search>
//   <kindred-related paper-title="Density estimation using Real NVP"></kindred-related>
//
// It talks to the server that the script came from, which allows the page's
// origin by `kindred serve --cors`. What papers say is set as text, never as
// markup, and all styles come from embed.css: a page's content security policy
// needs script-src, style-src and connect-src of that server, nothing inline.
(() => {
  "use strict";

  const home = new URL(".", document.currentScript.src); // the server's root, be it a path below another's
  const usual = 5; // papers
  const most = 50;

  // make is an element with attributes and children; texts become text.
  function make(name, attributes = {}, ...children) {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    e.append(...children);
    return e;
  }

  // link is where a paper can be read: only what a browser opens as a page.
  function link(paper) {
    const ids = paper.ids || {};
    const tries = [
      paper.url,
      ids.doi && "https://doi.org/" + encodeURI(ids.doi),
      ids.arxiv && "https://arxiv.org/abs/" + encodeURI(ids.arxiv),
    ];
    for (const t of tries) {
      try {
        const u = new URL(t);
        if (u.protocol === "https:" || u.protocol === "http:") return u.href;
      } catch { /* not there, or no address */ }
    }
    return new URL("paper?id=" + encodeURIComponent(paper.id), home).href;
  }

  function people(names = []) {
    return names.length > 3 ? names.slice(0, 2).join(", ") + " et al." : names.join(", ");
  }

  // marked is a sentence with the words of the question marked. Ranges count
  // code points, which are the entries of an array made from a string.
  function marked(highlight) {
    const signs = Array.from(highlight.text);
    const out = [];
    let at = 0;
    for (const [from, to] of highlight.matches) {
      out.push(signs.slice(at, from).join(""), make("mark", {}, signs.slice(from, to).join("")));
      at = to;
    }
    out.push(signs.slice(at).join(""));
    return out;
  }

  function item(hit) {
    const paper = hit.paper;
    const row = make("li", {}, make("a", { href: link(paper) }, paper.title || paper.id));
    const byline = [people(paper.authors), paper.year || "", paper.venue || ""].filter(Boolean).join(" · ");
    if (byline) row.append(make("p", { class: "byline" }, byline));
    const best = (hit.highlights || [])[0];
    if (best && best.text !== paper.title) row.append(make("p", {}, ...marked(best)));
    return row;
  }

  // Papers is what both elements share: a list, a line that says how it stands,
  // and one request at a time.
  class Papers extends HTMLElement {
    #abort = null;

    connectedCallback() {
      if (this.shadowRoot) return; // moved within the page
      this.attachShadow({ mode: "open" });
      this.list = make("ol");
      // A screen reader reads out what comes to stand here.
      this.status = make("p", { class: "status", role: "status" });
      this.shadowRoot.append(
        make("link", { rel: "stylesheet", href: new URL("embed.css", home).href }),
        ...this.head(), this.status, this.list);
      this.start();
    }

    disconnectedCallback() {
      this.#abort?.abort();
    }

    // limit is how many papers are shown.
    get limit() {
      const n = Number.parseInt(this.getAttribute("limit") ?? "", 10);
      return n > 0 ? Math.min(n, most) : usual;
    }

    // show asks the server and shows what it finds. An earlier request that is
    // still under way is given up.
    async show(route, question) {
      this.#abort?.abort();
      const abort = this.#abort = new AbortController();
      const url = new URL("v1/" + route, home);
      url.search = new URLSearchParams({ ...question, limit: this.limit, fields: "title,authors,year,venue,ids,url" });
      const key = this.getAttribute("key");
      this.list.setAttribute("aria-busy", "true");
      this.status.textContent = "Searching …";
      let answer, problem = "";
      try {
        const response = await fetch(url, {
          signal: abort.signal, credentials: "omit", mode: "cors", headers: key ? { "x-api-key": key } : {},
        });
        answer = await response.json();
        if (!response.ok) problem = answer.error?.message || "The server answered " + response.status + ".";
      } catch {
        problem = "The papers cannot be searched from here now.";
      }
      if (abort.signal.aborted) return; // by a later question, or with the element
      this.list.removeAttribute("aria-busy");
      const hits = problem ? [] : answer.hits;
      this.list.replaceChildren(...hits.map(item));
      this.status.textContent = problem || (hits.length === 0 ? "No paper found." : "");
      this.dispatchEvent(new CustomEvent("kindred-shown", { detail: { papers: hits.length }, bubbles: true, composed: true }));
    }

    clear() {
      this.#abort?.abort();
      this.list.removeAttribute("aria-busy");
      this.list.replaceChildren();
      this.status.textContent = "";
    }
  }

  // <kindred-search label="…" placeholder="…" button="…" q="…" limit="5" key="…">
  class Search extends Papers {
    head() {
      this.input = make("input", { type: "search", id: "q", name: "q", autocomplete: "off", maxlength: "2000", placeholder: this.getAttribute("placeholder") ?? "" });
      const form = make("form", { role: "search" },
        make("label", { for: "q" }, this.getAttribute("label") ?? "Search papers"),
        this.input, make("button", { type: "submit" }, this.getAttribute("button") ?? "Search"));
      form.addEventListener("submit", (e) => {
        e.preventDefault();
        this.ask();
      });
      // The cross of a search field, and Escape, empty it.
      this.input.addEventListener("input", () => {
        if (this.input.value.trim() === "") this.clear();
      });
      return [form];
    }

    start() {
      this.input.value = this.getAttribute("q") ?? "";
      if (this.input.value.trim() !== "") this.ask();
    }

    ask() {
      const q = this.input.value.trim();
      if (q === "") this.clear();
      else this.show("search", { q });
    }
  }

  // <kindred-related paper-title="…" or paper-id="…" label="…" limit="5" key="…">
  class Related extends Papers {
    static observedAttributes = ["paper-title", "paper-id"];

    head() {
      const label = this.getAttribute("label") ?? "Related papers";
      this.list.setAttribute("aria-label", label);
      return [make("h2", {}, label)];
    }

    attributeChangedCallback() {
      if (this.shadowRoot) this.start();
    }

    start() {
      const id = this.getAttribute("paper-id")?.trim();
      const title = this.getAttribute("paper-title")?.trim();
      if (id) this.show("similar", { id });
      else if (title) this.show("similar", { title });
      else this.clear();
    }
  }

  if (!customElements.get("kindred-search")) customElements.define("kindred-search", Search);
  if (!customElements.get("kindred-related")) customElements.define("kindred-related", Related);
})();
