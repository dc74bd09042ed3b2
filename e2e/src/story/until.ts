import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until there is an answer. Throws, with what was waited for, when it takes too long. */
export async function until<T>(what: string, look: () => Promise<T | null>, secondsMax = 30): Promise<T> {
  const endsAt = performance.now() + secondsMax * 1000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > endsAt) throw new Error(`Waited ${secondsMax} s in vain for ${what}.`);
    await sleep(50);
  }
}
