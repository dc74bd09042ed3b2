import { describe, expect, test } from 'vitest';
import { line, text } from './text.ts';

describe('a line', () => {
  const name = line(1, 20);

  test.each(['Ada', '  Ada  ', 'Adé Olú', 'أحمد', '👩‍👩‍👧', '7'])('may be %j', (value) => {
    expect(name.parse(value)).toBe(value.trim());
  });

  test.each([
    ['nothing', ''],
    ['only spaces', '   '],
    ['only what cannot be seen', '\u200b\u200d'],
    ['a line break', 'Ada\nBola'],
    ['a mark of direction', 'Ada \u202eevil'],
    ['an isolate', '\u2066Ada\u2069'],
    ['a lone surrogate', 'Ada\ud800'],
    ['U+0000', 'Ada\u0000'],
    ['too much', 'x'.repeat(21)],
  ])('is not %s', (_what, value) => {
    expect(name.safeParse(value).success).toBe(false);
  });
});

test('a text may have several lines, and nothing that PostgreSQL refuses', () => {
  expect(text(0, 10).safeParse('a\nb').success).toBe(true);
  expect(text(0, 10).safeParse('a\u0000b').success).toBe(false);
  expect(text(0, 10).safeParse('\udfff').success).toBe(false);
});
