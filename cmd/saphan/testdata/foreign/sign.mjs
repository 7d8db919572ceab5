// Signs events as the bus wants them: CloudEvents Verifiability with a DSSE envelope
// and an Ed25519 key.
import { createHash, createPublicKey, sign } from "node:crypto";

const payloadType = "https://cloudevents.io/verifiability/dsse/v0.1";
const extensions = ["causationid", "dataclassification", "traceparent"];

const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash("sha256")).digest();
const digest = (parts) => sha256(...parts.map((p) => sha256(p))).toString("base64");
const base64 = (text) => Buffer.from(text).toString("base64");

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
