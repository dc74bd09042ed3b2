import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeTokenKey } from '../make-token-key.ts';

/** Settings that hold secrets, by their names. */
export type Secrets = Record<string, string>;

/**
 * The secrets of a development system: made once, kept in a file that only its owner may read. Their names begin
 * with "development", by which production knows and refuses them.
 */
export function keepDevelopmentSecrets(file: string): Secrets {
  if (!existsSync(file)) {
    const unfinished = `${file}.${process.pid}`;
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, `${JSON.stringify(makeDevelopmentSecrets(), null, 2)}\n`, { mode: 0o600 });
    try {
      // A link, unlike a rename, does not replace what another start has made meanwhile.
      linkSync(unfinished, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(unfinished, { force: true });
    }
  }
  // What a newer version needs beside what an older one made is added for this run, and kept.
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const complete = { ...makeDevelopmentSecrets(), ...kept };
  if (Object.keys(complete).length > Object.keys(kept).length) {
    writeFileSync(file, `${JSON.stringify(complete, null, 2)}\n`, { mode: 0o600 });
  }
  return complete;
}

function makeDevelopmentSecrets(): Secrets {
  const key = () => randomBytes(32).toString('base64');
  return {
    SEALING_KEYS: `development-1:${key()}`,
    BLIND_INDEX_KEY: `development:${key()}`,
    REFRESH_TOKEN_KEY: `development:${key()}`,
    DECOY_KEY: `development:${key()}`,
    ACCESS_TOKEN_KEYS: JSON.stringify([makeTokenKey('development-1')]),
    LEDGER_SEAL_KEYS: JSON.stringify([makeTokenKey('development-1')]),
    PAYSTACK_SECRET_KEY: `sk_test_${randomBytes(20).toString('hex')}`,
  };
}
