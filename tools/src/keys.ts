import path from 'node:path';
import { parseArgs } from 'node:util';
import { type TokenKeyStep, tokenKeySteps } from '@errand-dash/core';
import { root } from './house-files.ts';
import { rotateKeys } from './rotate-keys.ts';

const usage = `npm run keys -- STEP [--data-folder F]

  Changes the keys that sign access tokens, ACCESS_TOKEN_KEYS: the first signs, all of them verify. Where it is set,
  the new value is printed and nothing is written; else .data/secrets.json is changed. Processes read it when they
  start. Where there are several, take the steps one by one, each to all of them before the next:

  add       makes the next key, which verifies and does not sign yet
  promote   lets it sign
  drop      forgets the old one

  rotate    add and promote in one, for a single process. Its old key goes with the next rotation.`;

/** What to do before the next step. */
const advice: Record<TokenKeyStep, string> = {
  add: 'Start every API process with this. When all of them publish the new key at /.well-known/jwks.json, and five minutes have passed in which others may have kept the old list: promote.',
  promote:
    'Start every API process with this. When the last of them has been started anew and ten minutes have passed, which is how long a token lives: drop.',
  drop: 'Start every API process with this. Tokens of the old key are refused from then on.',
  rotate: 'Start the API anew with this. Tokens that were signed before stay good until they expire.',
};

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'data-folder': { type: 'string', default: path.join(root, '.data') },
      help: { type: 'boolean', default: false },
    },
  });
  const step = tokenKeySteps.find((each) => each === positionals[0]);
  if (values.help || step === undefined || positionals.length > 1) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  const rotation = rotateKeys(step, {
    environment: process.env,
    secretsFile: path.join(values['data-folder'], 'secrets.json'),
    now: new Date(),
  });
  if ('problem' in rotation) {
    console.error(rotation.problem);
    return 1;
  }
  // The value alone goes to the standard output, so that it can be led into wherever secrets are kept.
  if (rotation.writtenTo === null) console.log(`ACCESS_TOKEN_KEYS=${rotation.setting}`);
  else console.error(`Written to ${rotation.writtenTo}.`);
  const [signing, ...others] = rotation.kids;
  console.error(
    `${signing} signs${others.length === 0 ? '' : `; ${others.join(', ')} verifies too`}.\n${advice[step]}`,
  );
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
