// Redocly's rules over the OpenAPI document that a running server gives, its
// schemas and references with it: node check.mjs URL. A rule that is off here
// is one that the document breaks on purpose.
import assert from "node:assert/strict";
import { createConfig, formatProblems, lintFromString } from "@redocly/openapi-core";

const source = await (await fetch(`${process.argv[2]}/openapi.json`)).text();
const config = await createConfig({
  extends: ["recommended-strict"],
  rules: {
    "info-license": "off", // the API is not licensed, the program is
    "operation-4xx-response": "off", // what asks for nothing refuses nothing
  },
});
const lint = (source) => lintFromString({ source, absoluteRef: "openapi.json", config });

const problems = await lint(source);
if (problems.length > 0) {
  formatProblems(problems, { format: "stylish", totals: { errors: problems.length, warnings: 0, ignored: 0 }, version: "" });
}
assert.equal(problems.length, 0, "the document breaks rules");
// The rules are in effect: a reference to nothing is found.
assert.ok((await lint(source.replace("#/components/schemas/Result", "#/components/schemas/Nothing"))).length > 0);
const paths = Object.keys(JSON.parse(source).paths);
console.log(`Redocly finds nothing wrong with the ${paths.length} paths of the OpenAPI document`);
