import { createHmac, hkdfSync } from 'node:crypto';
import type { CredentialDescriptor, Transport } from './ceremony-options.rules.ts';

/**
 * The passkeys of a person who does not exist: the same ones whenever his handle is asked for, as many and of the
 * shapes that real people have, so that nobody learns which handles are taken by asking to sign in.
 */
export function decoyCredentials(decoyKey: Uint8Array, handle: string): CredentialDescriptor[] {
  const drawn = createHmac('sha512', decoyKey).update(`decoy ${handle}`).digest().readUInt16BE(0);
  const { count } = pick(counts, drawn);
  return Array.from({ length: count }, (_, index) => decoyCredential(decoyKey, handle, index));
}

function decoyCredential(decoyKey: Uint8Array, handle: string, index: number): CredentialDescriptor {
  const name = `decoy ${index} ${handle}`;
  const drawn = createHmac('sha512', decoyKey).update(name).digest().readUInt16BE(0);
  const { idBytes, transports } = pick(shapes, drawn);
  const id = Buffer.from(hkdfSync('sha512', decoyKey, '', name, idBytes));
  return { id: id.toString('base64url'), type: 'public-key', transports: [...transports] };
}

interface Weighted {
  /** Of a thousand. */
  weight: number;
}

/** The one on which a number falls that is as likely as any other. */
function pick<T extends Weighted>(choices: readonly [T, ...T[]], drawn: number): T {
  let left = drawn % 1000;
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  return choices[0];
}

/** How many passkeys people have: who had more than any decoy would be known to exist. */
const counts: readonly [Weighted & { count: number }, ...(Weighted & { count: number })[]] = [
  { weight: 600, count: 1 },
  { weight: 240, count: 2 },
  { weight: 90, count: 3 },
  { weight: 40, count: 4 },
  { weight: 20, count: 5 },
  { weight: 10, count: 6 },
];

interface Shape extends Weighted {
  idBytes: number;
  transports: readonly Transport[];
}

/**
 * Lengths of ids and transports as passkey providers, phones and security keys make them; browsers name transports in
 * the order of their letters (WebAuthn level 3, section 5.2.1), and some name none.
 */
const shapes: readonly [Shape, ...Shape[]] = [
  { weight: 330, idBytes: 20, transports: ['hybrid', 'internal'] },
  { weight: 220, idBytes: 16, transports: ['hybrid', 'internal'] },
  { weight: 180, idBytes: 32, transports: ['hybrid', 'internal'] },
  { weight: 120, idBytes: 32, transports: ['internal'] },
  { weight: 30, idBytes: 32, transports: [] },
  { weight: 25, idBytes: 48, transports: ['nfc', 'usb'] },
  { weight: 20, idBytes: 64, transports: ['nfc', 'usb'] },
  { weight: 20, idBytes: 64, transports: ['usb'] },
  { weight: 15, idBytes: 16, transports: ['usb'] },
  { weight: 15, idBytes: 32, transports: ['usb'] },
  { weight: 15, idBytes: 96, transports: ['nfc', 'usb'] },
  { weight: 10, idBytes: 48, transports: ['ble', 'nfc', 'usb'] },
];
