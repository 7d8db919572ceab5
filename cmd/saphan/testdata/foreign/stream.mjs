// Follows what a desk is shown, and parses it with the CloudEvents SDK. A program that
// keeps the last id and begins behind it loses nothing, whatever happens in between.
//
//	node stream.mjs desk.json LAST HOW_MANY
import { readFileSync } from "node:fs";
import { HTTP } from "cloudevents";

const desk = JSON.parse(readFileSync(process.argv[2]));
const last = process.argv[3];
let left = Number(process.argv[4]);

const answer = await fetch(`${desk.url}/v1/stream`, {
  headers: { authorization: `Bearer ${desk.token}`, "last-event-id": last },
});
if (!answer.ok) throw new Error((await answer.json()).detail);

// blocks are what stands between two empty lines.
async function* blocks(body) {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) yield text.slice(0, end);
  }
}

// fields are the lines of a block by name; what begins with a colon only says that the
// line is alive.
function fields(block) {
  const found = {};
  for (const line of block.split("\n")) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name) found[name] = name in found ? `${found[name]}\n${value}` : value;
  }
  return found;
}

for await (const block of blocks(answer.body)) {
  const { id, data } = fields(block);
  if (!data) continue;
  const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body: data });
  console.log("shown", id, event.type, event.subject);
  if (--left === 0) break;
}
