import { describe, expect, test } from 'vitest';
import { appRouter } from './app-router.ts';
import { boughtAhead } from './bought-ahead.ts';
import { defaultRateLimits, PUBLIC_PATHS, rateLimitOf, rateLimitSetting } from './rate-limits.ts';

const procedures = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>,
);

test('every procedure has its class, and no other has', () => {
  const known = [...procedures.map(([path]) => path), PUBLIC_PATHS];
  expect(Object.keys(rateLimitOf).sort()).toEqual(known.sort());
});

test.each(procedures)('%s is bounded for whoever calls it', (path, { _def }) => {
  const name = rateLimitOf[path] ?? 'read';
  const bounds = Object.keys(defaultRateLimits[name].bounds);
  expect(bounds).toContain('address');
  expect(bounds.length > 1 || name === 'register').toBe(true);
  // What changes something is never let by uncounted.
  if (_def.type === 'mutation') expect(defaultRateLimits[name].whenUncounted).toBe('refuse');
});

describe('the setting', () => {
  test('is on with the starting values, or off', () => {
    expect(rateLimitSetting.parse('on')).toEqual(defaultRateLimits);
    expect(rateLimitSetting.parse('off')).toBeNull();
  });

  test('changes the bounds that it names and leaves the starting values as they are', () => {
    const limits = rateLimitSetting.parse('signIn.address=60/30, money.person=20/60');
    expect(limits?.signIn.bounds).toEqual({
      address: { callsMax: 60, windowSeconds: 30 },
      name: { callsMax: 10, windowSeconds: 60 },
    });
    expect(limits?.money.bounds.person).toEqual({ callsMax: 20, windowSeconds: 60 });
    expect(defaultRateLimits.signIn.bounds.address).toEqual({ callsMax: 10, windowSeconds: 60 });
  });

  test.each([
    'yes',
    '',
    'signIn.address=0/60',
    'signIn.address=10/0',
    'signIn.address=-1/60',
    'signIn.address=10',
    'signIn.person=10/60',
    'toString.address=10/60',
    'signIn.constructor=10/60',
    'signIn.address=10/60,,',
  ])('is refused as %j', (text) => {
    expect(rateLimitSetting.safeParse(text).success).toBe(false);
  });
});

describe('what is bought ahead', () => {
  /** A seller who has so many, and whose window ends after so many milliseconds. */
  function seller(stock: number, endsInMilliseconds = 60_000) {
    const bought: string[] = [];
    let left = stock;
    const buy = async (key: string, calls: number) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (left < calls) throw new Error('sold out');
      left -= calls;
      bought.push(key);
      return { endsInMilliseconds };
    };
    return { buy, bought };
  }

  test('is given out one by one before more is bought', async () => {
    const { buy, bought } = seller(20);
    const take = boughtAhead(buy, 5);
    for (let call = 0; call < 12; call += 1) await take('a');
    expect(bought).toEqual(['a', 'a', 'a']);
  });

  test('is bought once for as many as come at once, and each gets one', async () => {
    const { buy, bought } = seller(10);
    const take = boughtAhead(buy, 5);
    const taken = await Promise.allSettled(Array.from({ length: 12 }, () => take('a')));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(bought).toEqual(['a', 'a']);
  });

  test('belongs to one key', async () => {
    const { buy, bought } = seller(20);
    const take = boughtAhead(buy, 5);
    await take('a');
    await take('b');
    expect(bought).toEqual(['a', 'b']);
  });

  test('is void when the window has ended', async () => {
    const { buy, bought } = seller(20, 0);
    const take = boughtAhead(buy, 5);
    await take('a');
    await take('a');
    expect(bought).toEqual(['a', 'a']);
  });

  test('that cannot be bought refuses, and is asked for again', async () => {
    const { buy } = seller(5);
    const take = boughtAhead(buy, 5);
    for (let call = 0; call < 5; call += 1) await take('a');
    await expect(take('a')).rejects.toThrow('sold out');
    await expect(take('a')).rejects.toThrow('sold out');
  });
});
