import type { RefusalClass, WireRefusal } from './errors.ts';

/**
 * What a procedure of the API is given. Empty here: the API fills it by declaration merging, so that the
 * router's declaration can name it without naming anything of the server.
 */
// biome-ignore lint/suspicious/noEmptyInterface: only an interface can be merged into.
export interface ApiContext {}

/** An error as tRPC sends it: its own shape, with the refusal added. */
export interface ApiErrorShape {
  message: string;
  /** JSON-RPC's number for the class. */
  code: -32600 | -32603 | -32001 | -32003 | -32004 | -32009 | -32012 | -32013 | -32022 | -32029;
  data: { code: RefusalClass; httpStatus: number; path?: string; refusal: WireRefusal };
}

/** What a procedure tells of itself to the SDK. */
export interface ApiMeta {
  /** Its answer cannot be had twice, or each attempt counts, so that the SDK never repeats it by itself. */
  isSingleUse?: true;
  /**
   * The action of `approvals.begin` by which it is signed. The SDK has the person sign and sends the signature as
   * `approval`, which its callers do not give.
   */
  signedAction?: string;
  /** It is signed only where the server refuses it with `SIGNATURE_NEEDED`: its amount reaches a limit. */
  isSignedFromLimit?: true;
  /** For operators. It must come alone in its request, and is refused with `BATCH_REFUSED` otherwise. */
  isAdmin?: true;
  /** Whether only a person who is signed in may call it. */
  isForPeople?: true;
}
