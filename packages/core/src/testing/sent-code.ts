import { sendMessages } from '../messages/index.ts';
import type { TestCore } from './test-core.ts';

/** Sends what waits, and reads the newest code that went to a phone or an address; empty where none did. */
export async function sentCode(core: TestCore, to: string): Promise<string> {
  await sendMessages(core, 100);
  // By their ids, which sort by time: several are sent side by side.
  const [newest] = core.sent.filter((sent) => sent.to === to).toSorted((a, b) => (a.id < b.id ? 1 : -1));
  return /\b\d{6}\b/.exec(newest?.text ?? '')?.[0] ?? '';
}
