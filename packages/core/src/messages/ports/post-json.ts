import { SEND_SECONDS_MAX } from './message-port.ts';

/** What another side answered, or that it did not; `reason` is a code of ours. */
export type JsonAnswer =
  | { outcome: 'answered'; status: number; body: unknown }
  | { outcome: 'unanswered'; reason: 'timeout' | 'no_connection' | 'answer_too_large' | 'answer_not_json' };

const ANSWER_BYTES_MAX = 64 * 1024;

/** Posts JSON and reads the JSON that comes back: bounded in time and in size, and no redirect is followed. */
export async function postJson(
  address: string,
  headers: Readonly<Record<string, string>>,
  body: object,
  secondsMax: number = SEND_SECONDS_MAX,
): Promise<JsonAnswer> {
  try {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(secondsMax * 1000),
    });
    const text = await readBounded(answer);
    if (text === null) return { outcome: 'unanswered', reason: 'answer_too_large' };
    return { outcome: 'answered', status: answer.status, body: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { outcome: 'unanswered', reason: 'answer_not_json' };
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    return { outcome: 'unanswered', reason: isTimeout ? 'timeout' : 'no_connection' };
  }
}

async function readBounded(answer: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
