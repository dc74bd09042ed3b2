import { type Authenticator, askAuthenticator } from './authenticator.ts';
import { canonicalJson } from './canonical-json.ts';
import { errandDashError } from './errand-dash-error.ts';
import type { Inputs, Outputs, SignedAction } from './router-types.ts';

type Ceremony = Outputs['approvals']['begin'];
type Document = Ceremony['document'];

/** A call that its person has to sign: what it does, with what, and under which key. */
export interface CallToSign {
  action: SignedAction;
  idempotencyKey: string;
  input: object;
}

/** The signature that goes with a signed call, as its `approval`. */
export interface Approval {
  approvalId: string;
  response: Inputs['auth']['finishSignIn']['response'];
}

/**
 * Has the person sign a call with a passkey. The document that the server wants signed is believed in nothing: it
 * must say what the caller asked for, and the challenge must be its hash; else nothing is signed.
 * Throws `APPROVAL_MISMATCHED`, `AUTHENTICATOR_FAILED`, and whatever `begin` throws.
 */
export async function signCall(
  call: CallToSign,
  begin: (call: CallToSign) => Promise<Ceremony>,
  authenticator: Authenticator,
): Promise<Approval> {
  const { approvalId, document, options } = await begin(call);
  for (const [member, asked] of Object.entries(askedOf(call))) {
    if (document[member as keyof Document] !== asked) throw mismatch(member);
  }
  if (options.challenge !== (await challengeOf(document))) throw mismatch('challenge');
  const response = await askAuthenticator(() => authenticator.get(options));
  return { approvalId, response };
}

/** The members of the document that follow from the call itself. Who is paid is known where the call says it. */
function askedOf({ action, idempotencyKey, input }: CallToSign): Partial<Document> {
  const { amountMinor, currency, bankCode, accountNumber }: AskedMembers = input;
  const payee = accountNumber === undefined ? {} : { payee: `nuban:${bankCode}:${accountNumber}` };
  const amount = { amountMinor: amountMinor ?? null, currency: currency ?? null };
  return { version: 1, action, idempotencyKey, ...amount, ...payee };
}

interface AskedMembers {
  amountMinor?: number;
  currency?: string;
  bankCode?: string;
  accountNumber?: string;
}

const mismatch = (member: string) =>
  errandDashError(
    'APPROVAL_MISMATCHED',
    { member },
    { message: `What was to be signed is not what was asked for: ${member}. Nothing was signed.` },
  );

/** SHA-256 of the document's canonical JSON, in base64url. */
async function challengeOf(document: Document): Promise<string> {
  const { crypto } = globalThis;
  if (crypto?.subtle === undefined) {
    throw new Error(
      'crypto.subtle is missing here: a page needs https, React Native a polyfill of WebCrypto',
    );
  }
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonicalJson(document)));
  const text = btoa(String.fromCharCode(...new Uint8Array(hash)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
