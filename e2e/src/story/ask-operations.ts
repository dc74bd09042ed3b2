import type { Stage } from './stage.ts';
import { mustHold } from './story-step.ts';

/** What the operations port answers; with a body it is sent by POST. */
export async function askOperations<T>({ addresses }: Stage, path: string, body?: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const post = { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch(`${addresses.operationsUrl}${path}`, body === undefined ? {} : post);
  mustHold(answer.ok, `the operations port answered ${path} with ${answer.status}`);
  return (await answer.json()) as T;
}
