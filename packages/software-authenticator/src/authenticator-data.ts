import { createHash } from 'node:crypto';

/** The flags of authenticator data (WebAuthn level 3, section 6.1). */
export interface Flags {
  isUserPresent: boolean;
  isUserVerified: boolean;
  isBackupEligible: boolean;
  isBackedUp: boolean;
}

/** Authenticator data: hash of the relying party's id, flags, counter, and at creation the credential itself. */
export function authenticatorData(given: {
  rpId: string;
  flags: Flags;
  counter: number;
  attested?: { credentialId: Uint8Array; publicKey: Uint8Array };
}): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(given.counter);
  const rpIdHash = createHash('sha256').update(given.rpId).digest();
  const head = Buffer.concat([
    rpIdHash,
    Buffer.from([flagsByte(given.flags, given.attested !== undefined)]),
    counter,
  ]);
  if (given.attested === undefined) return head;
  const { credentialId, publicKey } = given.attested;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(credentialId.length);
  return Buffer.concat([head, AAGUID, length, credentialId, publicKey]);
}

/** With attestation "none" no model is named. */
const AAGUID = Buffer.alloc(16);

function flagsByte(flags: Flags, hasCredential: boolean): number {
  const bits: [boolean, number][] = [
    [flags.isUserPresent, 0],
    [flags.isUserVerified, 2],
    [flags.isBackupEligible, 3],
    [flags.isBackedUp, 4],
    [hasCredential, 6],
  ];
  return bits.reduce((byte, [isSet, bit]) => (isSet ? byte | (1 << bit) : byte), 0);
}
