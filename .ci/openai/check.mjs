// OpenAI's own client against a running `kindred serve`: node check.mjs URL.
// It asks for base64 by itself and decodes it, which no other test does.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "any", maxRetries: 0 });

const models = [];
for await (const m of client.models.list()) models.push(m.id);
assert.match(models[0], /^static:[0-9a-f]+:256$/);
assert.deepEqual(models.slice(1), [`${models[0]}:query`, "kindred", "kindred:query"]);

const input = ["Tides of frozen moons", "Verbs without subjects"];
const usual = await client.embeddings.create({ model: "kindred", input });
const floats = await client.embeddings.create({ model: models[0], input, encoding_format: "float", dimensions: 256 });
assert.equal(usual.object, "list");
assert.equal(usual.model, models[0]);
assert.ok(usual.usage.prompt_tokens > 0 && usual.usage.total_tokens === usual.usage.prompt_tokens);
assert.equal(usual.data.length, 2);
usual.data.forEach((d, i) => {
  assert.equal(d.index, i);
  assert.equal(d.embedding.length, 256);
  assert.ok(Math.abs(d.embedding.reduce((sum, x) => sum + x * x, 0) - 1) < 1e-5, "unit length");
  d.embedding.forEach((x, j) => assert.equal(x, Math.fround(floats.data[i].embedding[j])));
});

const one = await client.embeddings.create({ model: "kindred", input: input[1] });
assert.deepEqual(one.data[0].embedding, usual.data[1].embedding);

const short = await client.embeddings.create({ model: "kindred", input, dimensions: 128 });
assert.equal(short.data[0].embedding.length, 128);

await assert.rejects(client.embeddings.create({ model: "text-embedding-3-small", input }), (e) =>
  e instanceof OpenAI.NotFoundError && e.code === "model_not_found" && e.param === "model");
await assert.rejects(client.embeddings.create({ model: "kindred", input: [""] }), (e) =>
  e instanceof OpenAI.BadRequestError && e.param === "input" && e.type === "invalid_request_error");
await assert.rejects(client.embeddings.create({ model: "kindred", input, dimensions: 257 }), (e) =>
  e instanceof OpenAI.BadRequestError && e.param === "dimensions");

console.log(`the client of OpenAI ${(await import("openai/version")).VERSION} embeds with ${models[0]}`);
