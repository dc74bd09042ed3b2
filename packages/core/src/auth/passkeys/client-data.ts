/** What a ceremony's answer must fit. */
export interface ExpectedCeremony {
  challenge: Uint8Array;
  origins: readonly string[];
  rpId: string;
}

/** Why an answer of an authenticator is not accepted. It goes to the log, never to the caller. */
export class ResponseRejected extends Error {
  override readonly name = 'ResponseRejected';
}

/**
 * Refuses a ceremony that ran inside another site's frame. The library does not look at registration, and at
 * sign-in only where the browser names the top origin.
 */
export function rejectCrossOrigin(clientDataJson: string): void {
  const clientData: unknown = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8'));
  if (typeof clientData !== 'object' || clientData === null) throw new ResponseRejected('no client data');
  if ('crossOrigin' in clientData && clientData.crossOrigin !== false)
    throw new ResponseRejected('cross-origin');
  if ('topOrigin' in clientData) throw new ResponseRejected('a top origin is named');
}

/**
 * What the logs may say of a rejection: our own words whole, and those of a library as far as they quote nothing, since
 * what they quote are the caller's words, which nobody could take out of the audit log again.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof ResponseRejected) return error.message;
  if (!(error instanceof Error)) return 'something was thrown';
  const [unquoted = ''] = error.message.split(/["'`“‘:]/);
  return `${error.name}: ${unquoted.trim().slice(0, 80)}`;
}

export const challengeText = (challenge: Uint8Array): string => Buffer.from(challenge).toString('base64url');
