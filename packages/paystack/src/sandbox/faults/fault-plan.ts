import * as z from 'zod';
import type { Draft, Reader } from '../books/books.ts';
import { transferOutcomes } from '../transfers/transfer-outcomes.ts';

/** The places where a fault over HTTP can strike. */
export const ENDPOINTS = [
  'POST /transaction/initialize',
  'GET /transaction/verify',
  'GET /transaction',
  'GET /balance',
  'GET /balance/ledger',
  'GET /bank',
  'GET /bank/resolve',
  'POST /transferrecipient',
  'POST /transfer',
  'GET /transfer/verify',
  'GET /transfer',
  'POST /checkout',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** A fault strikes the first `times` matches; with a reference, only what concerns that object. */
const countedFields = {
  reference: z.string().max(100).optional(),
  times: z.int().min(1).max(100_000).default(1),
};
const httpFields = { ...countedFields, endpoint: z.enum(ENDPOINTS) };
const webhookFields = { ...countedFields, event: z.string().max(100).optional() };
const secondsField = z.number().min(0).max(600);
const whenField = z.enum(['before_effect', 'after_effect']).default('after_effect');

export const httpFaultSchema = z.discriminatedUnion('kind', [
  /** The effect happens; the line stays silent for `holdSeconds` and is cut. */
  z.strictObject({ kind: z.literal('reply_lost'), ...httpFields, holdSeconds: secondsField.default(60) }),
  /** The line is cut before anything happens. */
  z.strictObject({ kind: z.literal('request_lost'), ...httpFields, holdSeconds: secondsField.default(0) }),
  z.strictObject({ kind: z.literal('delay'), ...httpFields, delaySeconds: secondsField }),
  z.strictObject({
    kind: z.literal('server_error'),
    ...httpFields,
    when: whenField,
    status: z.int().min(500).max(599).default(500),
  }),
  z.strictObject({
    kind: z.literal('html_body'),
    ...httpFields,
    when: whenField,
    status: z.int().min(200).max(599).default(502),
  }),
  z.strictObject({ kind: z.literal('empty_body'), ...httpFields, when: whenField }),
  /** Numbers become texts and texts numbers. */
  z.strictObject({ kind: z.literal('wrong_types'), ...httpFields }),
  z.strictObject({
    kind: z.literal('limited'),
    ...httpFields,
    retryAfterSeconds: z.int().min(1).max(3_600).default(2),
    message: z.string().max(300).default('Rate limit exceeded'),
  }),
  /** The object is not to be seen yet, although it exists. */
  z.strictObject({ kind: z.literal('not_found'), ...httpFields }),
  z.strictObject({ kind: z.literal('balance_low'), ...countedFields, endpoint: z.literal('POST /transfer') }),
  /** The webhooks of the effect are attempted before the caller has its answer. */
  z.strictObject({ kind: z.literal('webhook_first'), ...httpFields }),
]);
export type HttpFault = z.infer<typeof httpFaultSchema>;

export const webhookFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook_duplicate'),
    ...webhookFields,
    arrivals: z.int().min(2).max(1_000),
  }),
  z.strictObject({ kind: z.literal('webhook_drop'), ...webhookFields }),
  /** Kept back until it is released, so that the order can be changed. */
  z.strictObject({ kind: z.literal('webhook_hold'), ...webhookFields }),
  /** A body that differs from what JSON.stringify makes of its parsed value. */
  z.strictObject({ kind: z.literal('webhook_spacing'), ...webhookFields }),
  z.strictObject({
    kind: z.literal('webhook_signature'),
    ...webhookFields,
    signature: z.enum(['bad', 'missing', 'uppercase', 'short']),
  }),
  z.strictObject({ kind: z.literal('webhook_domain'), ...webhookFields, domain: z.enum(['test', 'live']) }),
]);
export type WebhookFault = z.infer<typeof webhookFaultSchema>;

export const chargeFaultSchema = z.discriminatedUnion('kind', [
  /** The customer pays another amount; `requestedAmountMinor` says what Paystack thinks was asked. */
  z.strictObject({
    kind: z.literal('charge_amount'),
    ...countedFields,
    amountMinor: z.int().positive().max(1_000_000_000_000),
    requestedAmountMinor: z.int().positive().max(1_000_000_000_000).optional(),
  }),
  z.strictObject({
    kind: z.literal('charge_currency'),
    ...countedFields,
    currency: z.string().regex(/^[A-Z]{3}$/),
  }),
]);
export type ChargeFault = z.infer<typeof chargeFaultSchema>;

export const transferFaultSchema = z.strictObject({
  kind: z.literal('transfer_outcome'),
  ...countedFields,
  outcome: z.enum(transferOutcomes),
});
export type TransferFault = z.infer<typeof transferFaultSchema>;

export const faultSchema = z.discriminatedUnion('kind', [
  httpFaultSchema,
  webhookFaultSchema,
  chargeFaultSchema,
  transferFaultSchema,
]);
export type Fault = z.infer<typeof faultSchema>;

const FAULTS_MAX = 1_000;

/** Adds faults to the plan and says under which ids. Throws when the plan is full. */
export function addFaults(draft: Draft, faults: readonly Fault[]): number[] {
  if (draft.keys('fault').length + faults.length > FAULTS_MAX) {
    throw new RangeError(`The fault plan holds at most ${FAULTS_MAX} faults`);
  }
  return faults.map((fault) => {
    const id = draft.nextId();
    draft.put('fault', id, { id, timesLeft: fault.times, fault });
    return id;
  });
}

export function presentFaults(reader: Reader): object[] {
  return reader.all('fault').map(({ id, timesLeft, fault }) => ({ id, timesLeft, ...(fault as Fault) }));
}

/** The first fault of the plan that matches, counted down in the same commit as what it strikes. */
export function takeFault<Taken extends Fault>(
  draft: Draft,
  schema: z.ZodType<Taken>,
  matches: (fault: Taken) => boolean,
): Taken | null {
  return takeFaults(draft, schema, matches, 1)[0] ?? null;
}

export function takeFaults<Taken extends Fault>(
  draft: Draft,
  schema: z.ZodType<Taken>,
  matches: (fault: Taken) => boolean,
  max = FAULTS_MAX,
): Taken[] {
  const taken: Taken[] = [];
  for (const record of draft.all('fault')) {
    const fault = schema.safeParse(record.fault).data;
    if (fault === undefined || !matches(fault) || taken.length === max) {
      continue;
    }
    taken.push(fault);
    if (record.timesLeft === 1) {
      draft.remove('fault', record.id);
    } else {
      draft.put('fault', record.id, { ...record, timesLeft: record.timesLeft - 1 });
    }
  }
  return taken;
}

/** Whether a fault without a reference, or with this very one, concerns the object. */
export function concerns(fault: Fault, reference: string | null): boolean {
  return fault.reference === undefined || fault.reference === reference;
}
