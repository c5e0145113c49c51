// The protocol's own client lists and calls every tool and reads a resource,
// over streamable HTTP, over standard input and output through the server, and
// on a folder that no server holds: node check.mjs URL PROGRAM SERVED FREE.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, program, served, free] = process.argv.slice(2);
const most = 20000; // characters of an answer

async function check(name, transport, pages) {
  const client = new Client({ name: "kindred-check", version: "1.0.0" });
  await client.connect(transport);
  assert.equal(client.getServerVersion().name, "kindred");
  assert.ok(client.getInstructions().length > 100);

  const called = new Set();
  async function call(tool, args) {
    called.add(tool);
    // The client holds the answer against the tool's output schema by itself.
    const r = await client.callTool({ name: tool, arguments: args });
    assert.ok(!r.isError, `${tool}: ${r.content[0]?.text}`);
    assert.equal(r.content.length, 1);
    assert.equal(r.content[0].type, "text");
    assert.ok(r.content[0].text.length <= most, `${tool} answers ${r.content[0].text.length} characters`);
    const answer = JSON.parse(r.content[0].text);
    assert.deepEqual(answer, r.structuredContent);
    return answer;
  }
  const cited = (list) => {
    assert.ok(list.results.length > 0);
    for (const p of list.results) {
      assert.ok(p.id && p.title && /^https?:\/\/./.test(p.url), JSON.stringify(p));
      if (p.url.includes("/paper?id=")) assert.ok(p.url.startsWith(pages ?? "http://127.0.0.1:"), p.url);
    }
    return list.results.map((p) => p.id);
  };

  const { tools } = await client.listTools();
  const found = await call("search", { query: "how do bacteria survive antibiotics", limit: 5 });
  const ids = cited(found);
  assert.equal(ids.length, 5);
  const more = cited(await call("search", { query: "how do bacteria survive antibiotics", limit: 5, cursor: found.next_cursor }));
  assert.equal(new Set([...ids, ...more]).size, 10);
  cited(await call("search", { query: "galaxies", year: "2015-", category: ["astro-ph"] }));

  const fetched = await call("fetch", { id: ids[0] });
  assert.equal(fetched.id, ids[0]);
  assert.ok(fetched.text.includes(fetched.title) && fetched.text.length > 200 && fetched.url && fetched.metadata.authors);
  assert.ok(!cited(await call("similar", { id: ids[0], limit: 3 })).includes(ids[0]));
  assert.ok((await call("similar", { title: fetched.title.toLowerCase() })).started_from.includes(ids[0]));
  cited(await call("similar", { text: "Superconductors lose their resistance when they are cold." }));
  const { collections } = await call("collections", {});
  assert.ok(collections.length > 0 && collections[0].papers > 0);
  cited(await call("similar", { id: ids[0], collection: [collections[0].name] }));
  const recommended = cited(await call("recommend", { liked: ids.slice(0, 2), disliked: [ids[4]] }));
  assert.ok(![ids[0], ids[1], ids[4]].some((id) => recommended.includes(id)));
  const record = await call("paper", { id: ids[0] });
  assert.equal(record.title, fetched.title);
  assert.ok(record.abstract && record.authors.length > 0);
  for (const [format, begin] of [["bibtex", "@"], ["ris", "TY  - "], ["csl", "["]]) {
    const c = await call("cite", { ids: ids.slice(0, 3), format });
    assert.ok(c.text.startsWith(begin) && c.count === 3);
    if (format === "csl") assert.equal(JSON.parse(c.text).length, 3);
  }
  assert.deepEqual([...called].sort(), tools.map((t) => t.name).sort(), "every tool is called");
  for (const t of tools) assert.ok(t.description.length > 60 && t.annotations.readOnlyHint, t.name);

  const { resourceTemplates } = await client.listResourceTemplates();
  assert.ok(resourceTemplates.some((t) => t.uriTemplate === "kindred://paper/{id}"));
  const { contents } = await client.readResource({ uri: `kindred://paper/${encodeURIComponent(ids[0])}` });
  assert.equal(JSON.parse(contents[0].text).id, ids[0]);
  await assert.rejects(client.readResource({ uri: "kindred://paper/none" }));

  for (const [tool, args, want] of [
    ["fetch", { id: "none" }, /no paper has the id/], ["search", { query: "" }, /empty/],
    ["search", { query: "a", limt: 3 }, /limt/], ["cite", { ids: [ids[0]], format: "word" }, /word/],
  ]) {
    const r = await client.callTool({ name: tool, arguments: args });
    assert.ok(r.isError && want.test(r.content[0].text), `${tool} ${JSON.stringify(args)}: ${JSON.stringify(r)}`);
  }
  await client.close();
  return `${name}: ${tools.length} tools`;
}

const stdio = (data) => new StdioClientTransport({ command: program, args: ["mcp", "--data", data], stderr: "inherit" });
console.log(await check("streamable HTTP", new StreamableHTTPClientTransport(new URL("/mcp", url)), url));
console.log(await check("stdio, through the server", stdio(served), url));
console.log(await check("stdio, on a folder of its own", stdio(free)));
