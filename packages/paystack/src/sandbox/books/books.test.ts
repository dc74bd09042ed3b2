import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBooks } from './books.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-books-'));
  path = join(folder, 'inner', 'books.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the books', () => {
  it('are found again as they were, ids included', () => {
    const books = openBooks(path);
    const first = books.commit((draft) => {
      draft.put('balance', 'NGN', 7);
      draft.put('access', 'gone', 'x');
      return draft.nextId();
    });
    books.commit((draft) => {
      draft.put('balance', 'NGN', 8);
      draft.remove('access', 'gone');
    });
    books.close();
    const again = openBooks(path);
    expect(again.get('balance', 'NGN')).toBe(8);
    expect(again.get('access', 'gone')).toBeUndefined();
    expect(again.keys('access')).toEqual([]);
    expect(again.commit((draft) => draft.nextId())).toBe(first + 1);
    again.close();
  });

  it('keep nothing of a commit that throws', () => {
    const books = openBooks(path);
    const before = readFileSync(path, 'utf8');
    expect(() =>
      books.commit((draft) => {
        draft.put('balance', 'NGN', 7);
        throw new Error('No');
      }),
    ).toThrow('No');
    expect(books.get('balance', 'NGN')).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe(before);
    books.close();
  });

  it('show a commit its own changes', () => {
    const books = openBooks(null);
    books.commit((draft) => {
      draft.put('access', 'a', '1');
      draft.put('access', 'b', '2');
    });
    books.commit((draft) => {
      draft.put('access', 'c', '3');
      draft.remove('access', 'a');
      expect(draft.get('access', 'a')).toBeUndefined();
      expect(draft.all('access')).toEqual(['2', '3']);
      expect(draft.keys('access')).toEqual(['b', 'c']);
      expect(books.keys('access')).toEqual(['a', 'b']);
    });
    expect(books.keys('access')).toEqual(['b', 'c']);
  });

  it('lose a line that was cut short, whole, and nothing before it', () => {
    const books = openBooks(path);
    books.commit((draft) => draft.put('balance', 'NGN', 7));
    books.close();
    appendFileSync(path, '[["balance","NGN",8],["balance","GHS"');
    const again = openBooks(path);
    expect(again.get('balance', 'NGN')).toBe(7);
    again.commit((draft) => draft.put('balance', 'NGN', 9));
    again.close();
    const third = openBooks(path);
    expect(third.get('balance', 'NGN')).toBe(9);
    third.close();
  });

  it('are refused when they are damaged or something else', () => {
    openBooks(path).close();
    appendFileSync(path, 'rubbish\n');
    expect(() => openBooks(path)).toThrow('damaged in line 2');
    writeFileSync(path, '{"some":"file"}\n');
    expect(() => openBooks(path)).toThrow('not a file of sandbox books');
    expect(readFileSync(path, 'utf8')).toBe('{"some":"file"}\n');
  });

  it('are for their owner only, even if they were not', () => {
    openBooks(path).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'inner')).mode & 0o777).toBe(0o700);
  });

  it('refuse to go on when another process writes them too', () => {
    const books = openBooks(path);
    const other = openBooks(path);
    expect(() => books.commit((draft) => draft.put('balance', 'NGN', 7))).toThrow('another process');
    expect(books.get('balance', 'NGN')).toBeUndefined();
    other.commit((draft) => draft.put('balance', 'NGN', 8));
    books.close();
    other.close();
  });

  it('are rewritten once most of the file is history', () => {
    const books = openBooks(path);
    const row = 'x'.repeat(1024 * 1024);
    for (let round = 0; round < 20; round += 1) {
      books.commit((draft) => draft.put('access', 'a', `${round}${row}`));
    }
    expect(statSync(path).size).toBeLessThan(12 * 1024 * 1024);
    books.close();
    const again = openBooks(path);
    expect(again.get('access', 'a')).toBe(`19${row}`);
    again.close();
  });
});
