// Ids as Saphan wants them.
import { randomBytes } from "node:crypto";

// eventId makes the id of a new event: a UUID of version 7 (RFC 9562), in lower case.
export function eventId() {
  const b = randomBytes(16);
  b.writeUIntBE(Date.now(), 0, 6);
  b[6] = 0x70 | (b[6] & 0x0f);
  b[8] = 0x80 | (b[8] & 0x3f);
  return b.toString("hex").replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

// newId makes the id of a new case, inspection, referral or batch.
export const newId = () => randomBytes(16).toString("hex");
