import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { coreSettings, type TokenKeyStep, takeTokenKeyStep } from '@errand-dash/core';
import { makeTokenKey } from './make-token-key.ts';

/** What a step came to: the setting as it is to be from now on, and where that was written, if anywhere. */
export type KeyRotation = { setting: string; kids: string[]; writtenTo: string | null } | { problem: string };

/**
 * Takes a step with the keys of `ACCESS_TOKEN_KEYS`. Those of the environment are the operator's, who is given the new
 * value; else those in the file of development secrets are changed in their place.
 */
export function rotateKeys(
  step: TokenKeyStep,
  given: { environment: NodeJS.ProcessEnv; secretsFile: string; now: Date },
): KeyRotation {
  const fromEnvironment = given.environment.ACCESS_TOKEN_KEYS;
  if (fromEnvironment) return takeStep(step, fromEnvironment, given.now);
  if (given.environment.NODE_ENV === 'production') return { problem: 'ACCESS_TOKEN_KEYS is not set.' };
  if (!existsSync(given.secretsFile))
    return { problem: 'There are no keys yet: npm start makes the first one.' };
  const secrets = JSON.parse(readFileSync(given.secretsFile, 'utf8')) as Record<string, string>;
  const taken = takeStep(step, secrets.ACCESS_TOKEN_KEYS ?? '', given.now);
  if ('problem' in taken) return taken;
  const unfinished = `${given.secretsFile}.${process.pid}`;
  const text = JSON.stringify({ ...secrets, ACCESS_TOKEN_KEYS: taken.setting }, null, 2);
  writeFileSync(unfinished, `${text}\n`, { mode: 0o600 });
  renameSync(unfinished, given.secretsFile);
  return { ...taken, writtenTo: given.secretsFile };
}

function takeStep(step: TokenKeyStep, setting: string, now: Date): KeyRotation {
  const parsed = coreSettings.shape.ACCESS_TOKEN_KEYS.safeParse(setting);
  if (!parsed.success) return { problem: `ACCESS_TOKEN_KEYS ${parsed.error.issues[0]?.message}.` };
  const [current] = parsed.data;
  const taken = takeTokenKeyStep(step, parsed.data, makeTokenKey(nextKid(current.kid, now)));
  if ('problem' in taken) return taken;
  return { setting: JSON.stringify(taken.keys), kids: taken.keys.map(({ kid }) => kid), writtenTo: null };
}

/** By its mark production knows a key that was made for development, and refuses it. */
function nextKid(currentKid: string, now: Date): string {
  const unique = randomBytes(4).toString('hex');
  return currentKid.startsWith('development-')
    ? `development-${unique}`
    : `${now.toISOString().slice(0, 10)}-${unique}`;
}
