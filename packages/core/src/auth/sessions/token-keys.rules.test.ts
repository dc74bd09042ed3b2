import { expect, test } from 'vitest';
import { type TokenKeyStep, takeTokenKeyStep } from './token-keys.rules.ts';

test.each<[TokenKeyStep, [string, ...string[]], string[] | RegExp]>([
  ['add', ['old'], ['old', 'new']],
  ['add', ['old', 'next'], /two live keys/],
  ['promote', ['old', 'next'], ['next', 'old']],
  ['promote', ['ancient', 'old', 'next'], ['next', 'ancient']],
  ['promote', ['old'], /add the next one first/],
  ['drop', ['next', 'old'], ['next']],
  ['drop', ['next', 'old', 'ancient'], ['next']],
  ['drop', ['old'], /one key only/],
  ['rotate', ['old'], ['new', 'old']],
  ['rotate', ['old', 'ancient'], ['new', 'old']],
])('%s of %j gives %s', (step, keys, expected) => {
  const taken = takeTokenKeyStep(step, keys, 'new');
  if (expected instanceof RegExp) expect(taken).toEqual({ problem: expect.stringMatching(expected) });
  else expect(taken).toEqual({ keys: expected });
});

test('add, promote and drop never leave a time in which what signs is not known to who verifies', () => {
  let before: string[] = ['old'];
  for (const step of ['add', 'promote', 'drop'] as const) {
    const taken = takeTokenKeyStep(step, before as [string, ...string[]], 'new');
    if (!('keys' in taken)) throw new Error(taken.problem);
    // While a step is on its way some processes have the keys before it and some those after it.
    expect(before).toContain(taken.keys[0]);
    expect(taken.keys).toContain(before[0]);
    before = taken.keys;
  }
  expect(before).toEqual(['new']);
});
