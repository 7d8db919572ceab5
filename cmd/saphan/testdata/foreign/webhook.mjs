// Has a desk send what it is shown, and checks each message both ways: with Standard
// Webhooks and the secret, and with the public key alone.
//
//	node webhook.mjs desk.json
import { createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { eventId, newId } from "./ids.mjs";

const desk = JSON.parse(readFileSync(process.argv[2]));
async function ask(method, path, { headers, body } = {}) {
  const answer = await fetch(desk.url + path, { method, body, headers: { ...headers, authorization: `Bearer ${desk.token}` } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

// The receiver. It says in answer to OPTIONS whom it takes events from; what it cannot
// verify it refuses, and what it could not keep it would not acknowledge either.
let hook; // with its secret, which is told once
const receiver = createServer(async (request, response) => {
  const { headers } = request;
  if (request.method === "OPTIONS") {
    response.writeHead(200, { "webhook-allowed-origin": headers["webhook-request-origin"] }).end();
    return;
  }
  const body = await text(request);
  try {
    new Webhook(hook.secret).verify(body, headers);
    if (!signedBy(hook.keys[0].public_key, headers, body)) throw new Error("not signed with its key");
  } catch {
    response.writeHead(401).end();
    return;
  }
  response.writeHead(204).end();
  receiver.emit("event", HTTP.toEvent({ headers, body }));
});

// signedBy reports whether one of the signatures is the key's.
function signedBy(key, headers, body) {
  const x = Buffer.from(key.replace("whpk_", ""), "base64").toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  return headers["webhook-signature"].split(" ").some((one) =>
    one.startsWith("v1a,") && verify(null, signed, publicKey, Buffer.from(one.slice(4), "base64")));
}

receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
hook = await ask("POST", "/v1/webhooks", {
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ url: `http://127.0.0.1:${receiver.address().port}/hook`, types: ["visit.*"] }),
});
console.log("added", hook.state);

const arrived = once(receiver, "event");
const visit = new CloudEvent({
  id: eventId(), source: `urn:saphan:agency:${desk.agency}`, type: "org.saphan.visit.recorded.v1", subject: newId(),
  datacontenttype: "application/json",
  data: { kind: "routine", area: { kind: "province", code: "TH-74" }, sector: "C", month: new Date().toISOString().slice(0, 7) },
});
await ask("POST", "/v1/events", HTTP.structured(visit));
const [event] = await arrived;
console.log("sent", event.type, event.id === visit.id, event.data === undefined ? "thin" : "full");

await ask("POST", `/v1/webhooks/${hook.id}/remove`);
receiver.close();
receiver.closeAllConnections();
