import { inflateSync } from 'node:zlib';

/** What each page of a PDF says, as the fonts' own tables map glyphs back to characters; rows are lines. */
export function pdfText(pdf: Buffer): string[] {
  const objects = objectsOf(pdf);
  const pages = [...objects.values()].filter(({ head }) => /\/Type \/Page\b(?!s)/.test(head));
  return pages.map((page) => {
    const fonts = fontsOf(page.head, objects);
    return showText(streamOf(objects, /\/Contents (\d+) 0 R/.exec(page.head)?.[1]), fonts);
  });
}

interface PdfObject {
  head: string;
  body: Buffer | null;
}

function objectsOf(pdf: Buffer): Map<string, PdfObject> {
  const text = pdf.toString('latin1');
  const objects = new Map<string, PdfObject>();
  for (const match of text.matchAll(/(?:^|\n)(\d+) 0 obj\n/g)) {
    const start = match.index + match[0].length;
    const end = text.indexOf('endobj', start);
    const stream = text.indexOf('stream\n', start);
    const isStream = stream !== -1 && stream < end;
    const head = text.slice(start, isStream ? stream : end);
    const length = Number(/\/Length (\d+)/.exec(head)?.[1] ?? 0);
    const bytes = isStream ? pdf.subarray(stream + 7, stream + 7 + length) : null;
    const body = bytes !== null && head.includes('/FlateDecode') ? inflateSync(bytes) : bytes;
    objects.set(match[1] ?? '', { head, body });
  }
  return objects;
}

const streamOf = (objects: ReadonlyMap<string, PdfObject>, id: string | undefined): string =>
  objects.get(id ?? '')?.body?.toString('latin1') ?? '';

/** By the font's name on the page, the character of each glyph. */
function fontsOf(head: string, objects: ReadonlyMap<string, PdfObject>): Map<string, Map<number, string>> {
  const resources = /\/Resources (\d+) 0 R/.exec(head)?.[1];
  const names = (objects.get(resources ?? '')?.head ?? head).matchAll(/\/(F\d+) (\d+) 0 R/g);
  return new Map(
    [...names].map(([, name = '', id = '']) => {
      const toUnicode = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id)?.head ?? '')?.[1];
      return [name, characterMap(streamOf(objects, toUnicode))];
    }),
  );
}

/** The ranges of a ToUnicode map, as arrays of UTF-16 units from a first glyph on. */
function characterMap(cmap: string): Map<number, string> {
  const characters = new Map<number, string>();
  for (const [, first = '', , list = ''] of cmap.matchAll(/<([0-9a-f]+)> <([0-9a-f]+)> \[([^\]]*)\]/gi)) {
    for (const [index, [, units = '']] of [...list.matchAll(/<([0-9a-f ]*)>/gi)].entries()) {
      const codes = units.replaceAll(' ', '').match(/.{4}/g) ?? [];
      characters.set(
        Number.parseInt(first, 16) + index,
        String.fromCharCode(...codes.map((code) => Number.parseInt(code, 16))),
      );
    }
  }
  return characters;
}

/** Texts that stand at one height are one row, from left to right as they were written. */
function showText(content: string, fonts: ReadonlyMap<string, Map<number, string>>): string {
  const rows = new Map<string, string[]>();
  let font: Map<number, string> | undefined;
  let height = '';
  for (const [, y, name, shown] of content.matchAll(
    /1 0 0 1 [\d.-]+ ([\d.-]+) Tm|\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g,
  )) {
    if (y !== undefined) height = y;
    if (name !== undefined) font = fonts.get(name);
    if (shown === undefined) continue;
    const glyphs = [...shown.matchAll(/<([0-9a-f]+)>/gi)].flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? []);
    const text = glyphs.map((glyph) => font?.get(Number.parseInt(glyph, 16)) ?? '\uFFFD').join('');
    rows.set(height, [...(rows.get(height) ?? []), text]);
  }
  return [...rows.values()].map((texts) => texts.join(' | ')).join('\n');
}
