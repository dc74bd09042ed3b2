import { type ErrandDashError, type ErrorCode, isErrandDashError } from '@errand-dash/sdk';
import { mustHold } from './story-step.ts';

/** The refusal with which a call must end, and no other. */
export async function failureOf<C extends ErrorCode>(
  call: Promise<unknown>,
  code: C,
): Promise<Extract<ErrandDashError, { code: C }>> {
  const error = await call.then(
    () => null,
    (caught: unknown) => caught,
  );
  mustHold(isErrandDashError(error) && error.code === code, `not refused with ${code}: ${error}`);
  // The code that was compared says which of them it is.
  return error as Extract<ErrandDashError, { code: C }>;
}
