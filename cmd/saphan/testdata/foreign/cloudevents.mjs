// Files what a labour inspector saw, with the CloudEvents SDK: one event in structured
// mode, one in binary mode, and two in a batch.
//
//	node cloudevents.mjs desk.json
import { readFileSync } from "node:fs";
import { CloudEvent, HTTP } from "cloudevents";
import { eventId, newId } from "./ids.mjs";

const desk = JSON.parse(readFileSync(process.argv[2]));

// visit is an inspection. The desk fills in what is left out, and signs.
const visit = () => new CloudEvent({
  id: eventId(),
  source: `urn:saphan:agency:${desk.agency}`,
  type: "org.saphan.visit.recorded.v1",
  subject: newId(),
  datacontenttype: "application/json",
  data: { kind: "routine", area: { kind: "province", code: "TH-74" }, sector: "C", month: new Date().toISOString().slice(0, 7) },
});

async function file(mode, { headers, body }) {
  const answer = await fetch(`${desk.url}/v1/events`, {
    method: "POST", body, headers: { ...headers, authorization: `Bearer ${desk.token}` },
  });
  const told = await answer.json();
  const receipts = [told].flat().map((t) => (t.answer ?? t).receipt?.sha256.slice(0, 8));
  console.log(mode, answer.status, answer.ok ? receipts.join(" ") : told.detail);
}

const first = visit();
await file("structured", HTTP.structured(first));
await file("again", HTTP.structured(first)); // gets the same receipt
await file("binary", HTTP.binary(visit()));
await file("batch", {
  headers: { "content-type": "application/cloudevents-batch+json" },
  body: JSON.stringify([visit(), visit()]),
});
await file("foreign", HTTP.structured(visit().cloneWith({ source: "urn:saphan:agency:shelter-harbour" })));
