// Speaks with the hub itself over NATS: files a signed event, reads the inbox as
// CloudEvents, and asks the directory.
//
//	node nats.mjs BUNDLE
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import { connect, credsAuthenticator } from "@nats-io/transport-node";
import { HTTP } from "cloudevents";
import { eventId, newId } from "./ids.mjs";
import { complete, signed } from "./sign.mjs";

const file = (name) => join(process.argv[2], name);
const { agency, consumer, urls, prefix, subjects } = JSON.parse(readFileSync(file("bundle.json")));
const key = createPrivateKey(readFileSync(file("signing.pem")));

const nc = await connect({
  servers: urls, authenticator: credsAuthenticator(readFileSync(file("nats.creds"))), tls: { caFile: file("ca.pem") },
  maxReconnectAttempts: 2,
});
const request = async (verb, body) => (await nc.request(subjects[verb], body, { timeout: 10_000 })).json();

const subject = newId();
const visit = complete({
  id: eventId(),
  type: "org.saphan.visit.recorded.v1",
  subject,
  data: { kind: "routine", area: { kind: "province", code: "TH-74" }, sector: "C", month: new Date().toISOString().slice(0, 7) },
}, agency);
const filed = await request("submit", signed(visit, key));
console.log("filed", filed.error?.code ?? filed.reply.sha256.slice(0, 8));
const refused = await request("submit", signed({ ...visit, source: "urn:saphan:agency:shelter-harbour" }, key));
console.log("refused", refused.error.kind, refused.error.code);

const inbox = await jetstream(nc, { apiPrefix: prefix }).consumers.get("INBOX", consumer);
for await (const message of await inbox.fetch({ max_messages: 1, expires: 10_000 })) {
  const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body: message.string() });
  console.log("received", event.type, event.subject === subject, message.headers.get("Saphan-Sequence"));
  await message.ackAck();
}

const events = [];
for (let more = true; more; ) {
  const { reply } = await request("ask", JSON.stringify({ after: events.at(-1)?.sequence }));
  events.push(...reply.events);
  more = reply.more;
}
console.log("directory", events.length);
await nc.close();
