import { z } from 'zod';

/** Every kind of object that has a public id. The id is `<prefix>_<UUIDv7>`, so that it names its own kind. */
export const idPrefixes = {
  user: 'user',
  session: 'session',
  passkey: 'passkey',
  ceremony: 'ceremony',
  verification: 'verification',
  recovery: 'recovery',
  topUp: 'topup',
  webhookDelivery: 'webhook_delivery',
  escrow: 'escrow',
  errand: 'errand',
  approval: 'approval',
  payoutAccount: 'payout_account',
  withdrawal: 'withdrawal',
  reconciliation: 'reconciliation',
  drift: 'drift',
  transfer: 'transfer',
  exchangeQuote: 'exchange_quote',
  deviceKey: 'device_key',
  secondFactor: 'second_factor',
  identity: 'identity',
} as const;

export type IdKind = keyof typeof idPrefixes;

const uuidPattern = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** The public form of a key: `formatId('errand', uuid)` is `errand_018f…`. */
export const formatId = (kind: IdKind, uuid: string): string => `${idPrefixes[kind]}_${uuid}`;

/** The bare key inside a public id, or null when the text is not an id of that kind. */
export function parseId(kind: IdKind, id: string): string | null {
  const match = new RegExp(`^${idPrefixes[kind]}_(${uuidPattern})$`).exec(id);
  return match?.[1] ?? null;
}

/** An id in a procedure's output, as text. */
export const idOut = (kind: IdKind) => z.string().regex(new RegExp(`^${idPrefixes[kind]}_${uuidPattern}$`));

/** An id in a procedure's input: takes the public form and hands the bare UUID to core. */
export const idIn = (kind: IdKind) => idOut(kind).transform((id) => id.slice(idPrefixes[kind].length + 1));
