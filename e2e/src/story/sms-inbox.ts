import { readFile } from 'node:fs/promises';
import { until } from './until.ts';

/** The code of the newest message to this phone, as its owner would read it off the screen. */
export function readCode(smsFile: string, phone: string): Promise<string> {
  return until(`a message to ${phone}`, async () => {
    const text = await readFile(smsFile, 'utf8').catch(() => '');
    const messages = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { to: string; text: string });
    const newest = messages.findLast(({ to }) => to === phone);
    return newest === undefined ? null : (/\b\d{6}\b/.exec(newest.text)?.[0] ?? null);
  });
}
