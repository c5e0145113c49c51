// Citation.js reads what a running server exports of thousands of real papers,
// whose titles have LaTeX and whose names have accents, and finds in all formats
// what the papers say: node check.mjs URL PROGRAM SERVED.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { Cite } from "@citation-js/core";
import "@citation-js/plugin-bibtex";
import "@citation-js/plugin-csl";
import "@citation-js/plugin-ris";

const [url, program, served] = process.argv.slice(2);

// The first papers of arXiv, as many as the beginning of the file has: the end
// is missed, which is told at the end, with status 1.
const beginning = Buffer.alloc(6_000_000);
const file = openSync(`${process.env.KINDRED_SHARED}/abstracts/arxiv-1986-2019.jsonl.zst`, "r");
readSync(file, beginning, 0, beginning.length, 0);
closeSync(file);
const ingest = spawnSync(program, ["ingest", "--data", served, "--no-learn", "-"], { input: beginning, encoding: "utf8" });
assert.equal(ingest.status, 1, ingest.stderr);
assert.match(ingest.stderr, /cut off/);
assert.match(ingest.stdout, /\d\d,\d{3} (added|unchanged)/);

const questions = [
  "equation algebra theory quantum Poincaré", "Schrödinger operator Kähler manifold", "neutrino mass decay", "galaxy redshift survey",
  "superconductor temperature magnetic", "black hole entropy", "supersymmetric gauge string", "graph coloring random walk",
];
const kinds = { bibtex: "@bibtex/text", ris: "@ris/file", csl: "@csl/list+object" };

async function get(q, format, fields) {
  const query = new URLSearchParams({ q, mode: "lexical", limit: 1000, format });
  if (fields) query.set("fields", fields);
  const r = await fetch(`${url}/v1/search?${query}`);
  assert.equal(r.status, 200);
  return r.text();
}
const read = (text, format) => new Cite(format === "csl" ? JSON.parse(text) : text, { forceType: kinds[format] }).data;

// What a reference says, in one form for all readers: RIS has no particles.
const people = (ref) => (ref.author ?? []).map((a) =>
  a.literal ?? [[a["non-dropping-particle"], a["dropping-particle"], a.family].filter(Boolean).join(" "), a.given, a.suffix].filter(Boolean).join(", "))
  .map((name) => name.replace(/[\s.–-]+/g, " ").replace(/ (?=,|$)/g, "")); // readers differ about "J. -F." and "F.--M."
const year = (ref) => ref.issued?.["date-parts"]?.[0]?.[0];
// Citation.js sets what BibTeX has as LaTeX would; formulas, which it has as
// HTML, are left out here.
const set = (s) => s.replaceAll("ı", "i").normalize("NFC").replaceAll("---", "—").replaceAll("--", "–").replaceAll("``", "“").replaceAll("''", "”").replaceAll("`", "‘").replaceAll("'", "’");
const prose = (s) => set(s).split(/\$[^$]*\$/).flatMap((part) => part.split(/\s+/)).filter((word) => word && !/[\\{}$~_^]/.test(word));

// bibtex reads entry by entry: one that Citation.js cannot read would keep the
// others out.
function bibtex(text) {
  return text.split(/\n(?=@)/).map((entry) => {
    try {
      return read(entry, "bibtex")[0];
    } catch {
      return null;
    }
  });
}

let papers = 0, odd = 0, untitled = 0, entries = 0, unread = 0;
for (const q of questions) {
  const texts = {}, refs = {};
  for (const format of ["jsonl", ...Object.keys(kinds)]) {
    texts[format] = await get(q, format, "title,authors,year,date,venue,ids,url,categories");
    if (kinds[format]) refs[format] = format === "bibtex" ? bibtex(texts[format]) : read(texts[format], format);
  }
  const truth = texts.jsonl.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.ok(truth.length > 100, q);
  for (const [format, list] of Object.entries(refs)) {
    assert.equal(list.length, truth.length, format);
  }
  truth.forEach((p, i) => {
    papers++;
    const text = p.title + (p.authors ?? []).join();
    if (/[^\x00-\x7f]|[\\$]/.test(text)) odd++;
    const csl = refs.csl[i];
    // Where the source has no LaTeX, what is exported is what it says.
    if (!/[\\${}~]/.test(p.title)) assert.equal(csl.title, p.title.replace(/\s+/g, " ").normalize("NFC"));
    assert.equal(year(csl), p.year);
    assert.equal(people(csl).length, (p.authors ?? []).length, p.id);
    (p.authors ?? []).forEach((name, j) => {
      if (!/[\\{}~,$]/.test(name)) { // every word of the name is there
        assert.deepEqual(people(csl)[j].split(/[ ,]+/).filter(Boolean).sort(), name.normalize("NFC").split(/[\s.–-]+/).filter(Boolean).sort(), p.id);
      }
    });
    for (const format of ["bibtex", "ris"]) {
      const ref = refs[format][i];
      if (!ref) {
        untitled++;
        continue;
      }
      assert.deepEqual(people(ref), people(csl), `${format}: authors of ${p.id}`);
      assert.equal(year(ref), p.year, `${format}: year of ${p.id}`);
      if (format === "ris") assert.equal(ref.title, csl.title, p.id);
      else if (!/[\\$_^]/.test(csl.title)) assert.equal(set(ref.title), set(csl.title), p.id);
      else for (const word of prose(csl.title)) assert.ok(set(ref.title).includes(word), `${p.id}: no ${word} in ${ref.title}`);
    }
  });
  // Abstracts hold anything, and Citation.js knows some of LaTeX only.
  const whole = bibtex(await get(q, "bibtex"));
  entries += whole.length;
  unread += whole.filter((ref) => !ref).length;
  for (const text of [texts.csl, texts.bibtex]) {
    const keys = text.match(/(?<=^@\w+\{|^\{"id":")[^,"]+/gm);
    assert.equal(new Set(keys).size, truth.length, `keys of ${q}`);
  }
}
assert.ok(untitled * 200 <= papers, `${untitled} of ${papers} titles cannot be read`);
assert.ok(odd >= 300, `${odd} papers with accents or LaTeX only`);
assert.ok(unread * 200 <= entries, `${unread} of ${entries} abstracts cannot be read`);
console.log(`Citation.js reads ${papers} real papers in three formats, ${odd} with accents or LaTeX; ${untitled} titles and ${unread} abstracts are beyond it`);
