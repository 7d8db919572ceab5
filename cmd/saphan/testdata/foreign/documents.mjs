// Holds the documents of a running desk against the parsers of their standards.
//
//	node documents.mjs URL
import { Parser } from "@asyncapi/parser";
import { Validator } from "@seriousme/openapi-schema-validator";

const get = async (path) => (await fetch(process.argv[2] + path)).text();

const openapi = new Validator();
const found = await openapi.validate(await get("/v1/openapi.json"));
console.log("openapi", openapi.version, found.valid ? "valid" : JSON.stringify(found.errors));

const { document, diagnostics } = await new Parser().parse(await get("/v1/asyncapi.json"));
const [error, warning] = [0, 1];
const wrong = diagnostics.filter((d) => d.severity === error || d.severity === warning);
console.log("asyncapi", document?.version(), wrong.length ? JSON.stringify(wrong) : "valid");
