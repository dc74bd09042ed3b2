import { createHmac } from 'node:crypto';
import type { CredentialDescriptor, Transport } from './ceremony-options.rules.ts';

/**
 * The passkeys of a person who does not exist: the same ones whenever his handle is asked for, as many and of the
 * shapes that real people have, so that nobody learns which handles are taken by asking to sign in.
 */
export function decoyCredentials(decoyKey: Uint8Array, handle: string): CredentialDescriptor[] {
  const bytes = createHmac('sha512', decoyKey).update(`decoy ${handle}`).digest();
  const count = counts[(bytes[63] ?? 0) % counts.length] ?? 1;
  return Array.from({ length: count }, (_, index) => decoyCredential(decoyKey, handle, index));
}

function decoyCredential(decoyKey: Uint8Array, handle: string, index: number): CredentialDescriptor {
  const bytes = createHmac('sha512', decoyKey).update(`decoy ${index} ${handle}`).digest();
  const shape = shapes[(bytes[63] ?? 0) % shapes.length] ?? shapes[0];
  return {
    id: bytes.subarray(0, shape.idBytes).toString('base64url'),
    type: 'public-key',
    transports: [...shape.transports],
  };
}

/** How many passkeys people have: who had two would else be known to exist. */
const counts = [1, 1, 1, 1, 1, 2, 2, 3];

interface Shape {
  idBytes: number;
  transports: readonly Transport[];
}

/** Lengths of ids and transports as Apple's, Google's and Microsoft's passkey providers make them. */
const shapes: readonly [Shape, ...Shape[]] = [
  { idBytes: 20, transports: ['internal', 'hybrid'] },
  { idBytes: 16, transports: ['internal', 'hybrid'] },
  { idBytes: 32, transports: ['internal', 'hybrid'] },
  { idBytes: 32, transports: ['internal'] },
];
