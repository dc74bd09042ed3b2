import { expect, test } from 'vitest';
import { createChance } from './chance.ts';

test.each([1, 12, 16, 32, 1000, 4096, 5000])(
  '%i bytes at a time are as many, and never the same',
  (bytes) => {
    const random = createChance();
    const seen = new Set<string>();
    for (let count = 0; count < 600; count += 1) {
      const given = random(bytes);
      expect(given.length).toBe(bytes);
      seen.add(Buffer.from(given).toString('hex'));
    }
    expect(seen.size).toBeGreaterThan(bytes === 1 ? 200 : 599);
  },
);

test("what was handed out is its owner's: nobody else writes to it or sees it changed", () => {
  const random = createChance();
  const first = random(16);
  const before = Buffer.from(first).toString('hex');
  const second = random(16);
  second.fill(0);
  for (let count = 0; count < 600; count += 1) random(16);
  expect(Buffer.from(first).toString('hex')).toBe(before);
  expect(first.buffer).not.toBe(second.buffer);
});

test('bytes of all values come, each about as often', () => {
  const random = createChance();
  const counts = new Array<number>(256).fill(0);
  for (let round = 0; round < 4096; round += 1) {
    for (const byte of random(16)) counts[byte] = (counts[byte] ?? 0) + 1;
  }
  // 256 of each are to be expected, with a deviation of 16.
  expect(Math.min(...counts)).toBeGreaterThan(150);
  expect(Math.max(...counts)).toBeLessThan(362);
});
