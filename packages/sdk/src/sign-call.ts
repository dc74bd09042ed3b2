import { type Authenticator, askAuthenticator } from './authenticator.ts';
import { bytesOfBase64Url, sha256, toBase64Url, utf8 } from './bytes.ts';
import { canonicalJson } from './canonical-json.ts';
import { type DeviceSigner, signByDevice } from './device-signer.ts';
import { errandDashError } from './errand-dash-error.ts';
import type { Inputs, Outputs, SignedAction } from './router-types.ts';

type Ceremony = Outputs['approvals']['begin'];
type Document = Ceremony['document'];

/** A call that its person has to sign: what it does, with what, and under which key. */
export interface CallToSign {
  action: SignedAction;
  idempotencyKey: string;
  input: object;
  /** What the server said that the call moves, where it was tried unsigned before. */
  told?: { amountMinor: number; currency: string };
}

/** The signature that goes with a signed call, as its `approval`. */
export type Approval =
  | { approvalId: string; response: Inputs['auth']['finishSignIn']['response'] }
  | { approvalId: string; deviceKeyId: string; signature: string };

/** By what a person signs. */
export interface Signers {
  authenticator: Authenticator;
  /** Takes what device keys may sign, before the authenticator is asked. */
  deviceSigner: DeviceSigner | undefined;
}

/**
 * Has the person sign a call, with his device key where the server takes it and else with a passkey. The document that
 * the server wants signed is believed in nothing: it must say what the caller asked for, and the challenge must be its
 * hash; else nothing is signed.
 * Throws `APPROVAL_MISMATCHED`, `AUTHENTICATOR_FAILED`, and whatever `begin` throws.
 */
export async function signCall(
  call: CallToSign,
  begin: (call: CallToSign) => Promise<Ceremony>,
  { authenticator, deviceSigner }: Signers,
): Promise<Approval> {
  const { approvalId, document, options, deviceKeyIds } = await begin(call);
  const member = await findMismatch(call, document);
  if (member !== null) throw mismatch(member);
  if (options.challenge !== (await challengeOf(document))) throw mismatch('challenge');
  if (deviceSigner !== undefined && deviceKeyIds.includes(deviceSigner.deviceKeyId)) {
    const { deviceKeyId } = deviceSigner;
    return { approvalId, deviceKeyId, signature: await signByDevice(deviceSigner, options.challenge) };
  }
  const response = await askAuthenticator(() => authenticator.get(options));
  return { approvalId, response };
}

/** The member of a document that is not what the call itself asks for, or null. */
async function findMismatch(
  { action, idempotencyKey, input, told }: CallToSign,
  document: Document,
): Promise<string | null> {
  const { amountMinor = null, currency = null } = told ?? (input as AskedAmount);
  const asked: Partial<Document> = { version: 1, action, idempotencyKey, amountMinor, currency };
  for (const [member, value] of Object.entries(asked)) {
    if (document[member as keyof Document] !== value) return member;
  }
  // A row for each action of the server's; the input is that action's, which TypeScript cannot carry through here.
  const isPayee = payeeOf[action] as (input: object, payee: string | null) => boolean | Promise<boolean>;
  return (await isPayee(input, document.payee)) ? null : 'payee';
}

interface AskedAmount {
  amountMinor?: number;
  currency?: string;
}

type InputOf<A extends SignedAction> = Extract<Inputs['approvals']['begin'], { action: A }>;

/** Whether a document pays, or concerns, whom the call says. */
const payeeOf: {
  [A in SignedAction]: (input: InputOf<A>, payee: string | null) => boolean | Promise<boolean>;
} = {
  // The call names the account by an id. The number is the server's to know.
  'wallet.withdraw': (_input, payee) => payee?.startsWith('nuban:') ?? false,
  'wallet.addPayoutAccount': ({ bankCode, accountNumber }, payee) =>
    payee === `nuban:${bankCode}:${accountNumber}`,
  'wallet.removePayoutAccount': ({ payoutAccountId }, payee) => payee === payoutAccountId,
  'errands.confirm': ({ errandId }, payee) => isOfErrand(errandId, payee),
  'errands.cancel': ({ errandId }, payee) => isOfErrand(errandId, payee),
  'auth.addPasskey': async ({ response }, payee) =>
    payee === `passkey:${response.id}:${await hashOf(bytesOfBase64Url(response.response.attestationObject))}`,
  'auth.removePasskey': ({ passkeyId }, payee) => payee === passkeyId,
  'recovery.createCodes': (_input, payee) => payee === null,
  'admin.grantRole': (input, payee) => isOfRole(input, payee),
  'admin.revokeRole': (input, payee) => isOfRole(input, payee),
  'admin.suspendUser': ({ userId, reason }, payee) => isBecause(userId, reason, payee),
  'admin.reinstateUser': ({ userId, reason }, payee) => isBecause(userId, reason, payee),
  'approvals.enrollDeviceKey': ({ publicKey }, payee) => payee === `ed25519:${publicKey}`,
  'approvals.revokeDeviceKey': ({ deviceKeyId }, payee) => payee === deviceKeyId,
  // Under a key that the server alone has, so that the document gives no password away.
  'auth.setPassword': (_input, payee) => /^password:[A-Za-z0-9_-]{43}$/.test(payee ?? ''),
  'auth.removePassword': (_input, payee) => payee === null,
  'auth.removeTotp': (_input, payee) => payee === null,
};

const isOfRole = (input: { role: string; userId: string; reason: string }, payee: string | null) =>
  isBecause(`role:${input.role}@${input.userId}`, input.reason, payee);

/** Whether it concerns this, for this reason. The server takes a reason without the spaces around it. */
const isBecause = async (subject: string, reason: string, payee: string | null): Promise<boolean> =>
  payee === `${subject}#${await hashOf(utf8(reason.trim()))}`;

const isOfErrand = (errandId: string, payee: string | null): boolean =>
  payee === errandId || (payee?.startsWith(`${errandId}@user_`) ?? false);

const mismatch = (member: string) =>
  errandDashError(
    'APPROVAL_MISMATCHED',
    { member },
    { message: `What was to be signed is not what was asked for: ${member}. Nothing was signed.` },
  );

/** The challenge that stands for a document. */
const challengeOf = (document: Document): Promise<string> => hashOf(utf8(canonicalJson(document)));

const hashOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => toBase64Url(await sha256(bytes));
