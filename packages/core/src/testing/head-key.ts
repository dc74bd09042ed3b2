import { generateKeyPairSync } from 'node:crypto';
import type { SealSettings } from '../seals/index.ts';

/** A fresh key that signs heads. */
export function testHeadKey(id: string): SealSettings['keys'][0] {
  return { id, ...generateKeyPairSync('ed25519') };
}
