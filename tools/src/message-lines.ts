/** The lines that were captured of a channel. */
export interface CapturedText {
  channel: string;
  text: string;
}

interface Captured {
  id: string;
  to: string;
  subject?: string;
  text: string;
}

/** What was captured, a message a line, newest last, for a terminal. What somebody else wrote there is left out. */
export function messageLines(captured: readonly CapturedText[]): string[] {
  return captured
    .flatMap(({ channel, text }) => text.split('\n').flatMap((line) => readLine(channel, line)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ channel, to, subject, text }) =>
      [channel, to, ...(subject === undefined ? [] : [subject]), text].map(onOneLine).join('  '),
    );
}

function readLine(channel: string, line: string): (Captured & { channel: string })[] {
  try {
    const message: Partial<Captured> = JSON.parse(line);
    const { id, to, subject, text } = message;
    if (typeof id !== 'string' || typeof to !== 'string' || typeof text !== 'string') return [];
    return [{ channel, id, to, text, ...(subject === undefined ? {} : { subject }) }];
  } catch {
    return [];
  }
}

/** Nothing that a message says moves the cursor. */
const onOneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
