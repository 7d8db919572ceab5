// Signs events as the bus wants them: CloudEvents Verifiability with a DSSE envelope
// and an Ed25519 key. As a program it signs the event of a file with the key of a bundle:
//
//	node sign.mjs BUNDLE EVENT.json > signed.json
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const payloadType = "https://cloudevents.io/verifiability/dsse/v0.1";
const extensions = ["causationid", "dataclassification", "traceparent"];

const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash("sha256")).digest();
const digest = (parts) => sha256(...parts.map((p) => sha256(p))).toString("base64");
const base64 = (text) => Buffer.from(text).toString("base64");

// complete fills in what an event of an agency leaves out.
export const complete = (event, agency) => ({
  specversion: "1.0",
  source: `urn:saphan:agency:${agency}`,
  time: new Date().toISOString().slice(0, 16) + ":00Z",
  datacontenttype: "application/json",
  dataschema: event.type.replace("org.saphan.", "urn:saphan:schema:"),
  dataclassification: "confidential",
  traceparent: `00-${event.subject}-${event.id.slice(19).replace("-", "")}-01`,
  ...event,
});

// signed returns the bytes of an event with its signature. From then on only these
// bytes count: to write the event a second time could change them.
export function signed(event, key) {
  const core = digest([
    event.id, event.source, event.specversion, event.type, event.datacontenttype, event.dataschema, event.subject,
    event.time, JSON.stringify(event.data),
  ]);
  const ext = digest(extensions.map((name) => event[name] ?? ""));
  const payload = JSON.stringify({ core, ext, signedextattrs: extensions });
  const encoded = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} ${payload}`;
  const signatures = [{ keyid: keyId(key), sig: sign(null, Buffer.from(encoded), key).toString("base64") }];
  return JSON.stringify({ ...event, dssematerial: base64(JSON.stringify({ payloadType, payload: base64(payload), signatures })) });
}

// keyId names the public half of a key.
function keyId(key) {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return sha256(Buffer.from(x, "base64url")).toString("hex").slice(0, 16);
}

function main([bundle, path]) {
  if (!path) {
    console.error("usage: node sign.mjs BUNDLE EVENT.json > signed.json");
    process.exit(2);
  }
  const { agency } = JSON.parse(readFileSync(join(bundle, "bundle.json")));
  const key = createPrivateKey(readFileSync(join(bundle, "signing.pem")));
  console.log(signed(complete(JSON.parse(readFileSync(path)), agency), key));
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
