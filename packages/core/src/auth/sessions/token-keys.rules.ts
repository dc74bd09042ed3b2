/**
 * The steps by which the keys of access tokens are changed. A process takes only tokens of keys that it knows, so that
 * where there are several each step is in all of them before the next: first all know the new key (`add`), then all sign
 * with it (`promote`), then, once the last token of the old one has expired, all forget that one (`drop`).
 * `rotate` does the first two together and forgets whatever was before the last key: for a single process.
 */
export const tokenKeySteps = ['add', 'promote', 'drop', 'rotate'] as const;
export type TokenKeyStep = (typeof tokenKeySteps)[number];

/** The keys after a step, or a sentence that says why it cannot be taken. The first signs, all of them verify. */
export function takeTokenKeyStep<Key>(
  step: TokenKeyStep,
  [current, ...others]: readonly [Key, ...Key[]],
  fresh: Key,
): { keys: [Key, ...Key[]] } | { problem: string } {
  const newest = others.at(-1);
  switch (step) {
    case 'add':
      if (newest !== undefined)
        return { problem: 'There are two live keys already: drop the old one first.' };
      return { keys: [current, fresh] };
    case 'promote':
      if (newest === undefined) return { problem: 'There is one key only: add the next one first.' };
      return { keys: [newest, current] };
    case 'drop':
      if (newest === undefined)
        return { problem: 'There is one key only, and without it nobody can sign in.' };
      return { keys: [current] };
    case 'rotate':
      return { keys: [fresh, current] };
  }
}
