import { parseSignedHead, type SignedHead } from './seal-head.ts';

/** The heads in a text that has one to a line, as the file of heads does, or is one alone. Other lines are passed over. */
export function readHeadLines(text: string): SignedHead[] {
  const whole = parseLine(text);
  if (whole !== null) return [whole];
  return text
    .split('\n')
    .map(parseLine)
    .filter((head) => head !== null);
}

function parseLine(line: string): SignedHead | null {
  try {
    return parseSignedHead(JSON.parse(line));
  } catch {
    return null;
  }
}
