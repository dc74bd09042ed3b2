import type { ExactPlace } from '@errand-dash/contract';
import { exactPlace } from '@errand-dash/contract';
import type { Core } from '../core.ts';
import { open, type SealedPlace, type SealingKey, seal } from '../sealing.ts';
import type { Errand } from './errand.rules.ts';

/** The exact place, for nobody but the two parties. */
export function sealDeliverTo(
  key: SealingKey,
  errandId: string,
  deliverTo: ExactPlace,
  random: Core['random'],
): Uint8Array {
  return seal(key, columnOf(errandId, 'deliver_to_sealed'), JSON.stringify(deliverTo), random);
}

/** What the receipt says, for nobody but the two parties. */
export function sealReceipt(
  key: SealingKey,
  errandId: string,
  receipt: string,
  random: Core['random'],
): Uint8Array {
  return seal(key, columnOf(errandId, 'receipt_sealed'), receipt, random);
}

/** The exact place. Absent when the sender's data key is gone. */
export function openDeliverTo(
  { errandId, senderId, deliverToSealed }: Errand,
  keys: ReadonlyMap<string, SealingKey>,
): { deliverTo?: ExactPlace } {
  const key = keys.get(senderId);
  if (key === undefined) return {};
  const text = open([key], columnOf(errandId, 'deliver_to_sealed'), deliverToSealed).toString('utf8');
  return { deliverTo: exactPlace.parse(JSON.parse(text)) };
}

/** What the receipt says. Absent when there is none yet or the runner's data key is gone. */
export function openReceipt(
  { errandId, runnerId, receiptSealed }: Errand,
  keys: ReadonlyMap<string, SealingKey>,
): { receipt?: string } {
  const key = runnerId === null ? undefined : keys.get(runnerId);
  if (key === undefined || receiptSealed === null) return {};
  return { receipt: open([key], columnOf(errandId, 'receipt_sealed'), receiptSealed).toString('utf8') };
}

const columnOf = (errandId: string, column: string): SealedPlace => ({
  table: 'errands',
  row: errandId,
  column,
});
