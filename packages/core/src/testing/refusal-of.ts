import { type Refusal, Refused } from '../refusal.ts';

/** The refusal that a call ends with. Throws when it succeeds or fails otherwise. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
  throw new Error('the call was not refused');
}

/** What becomes of calls at once: for each the code of its refusal, or null where it succeeded. */
export function codesOf(calls: readonly Promise<unknown>[]): Promise<(string | null)[]> {
  return Promise.all(
    calls.map(async (call) => {
      try {
        await call;
        return null;
      } catch (error) {
        if (error instanceof Refused) return error.refusal.code;
        throw error;
      }
    }),
  );
}
