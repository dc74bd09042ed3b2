import { createHmac } from 'node:crypto';
import type { RowSalt } from './sealed-source.ts';

/** The salts of a row, made of that of its batch: whoever learns one of them learns nothing of another. */
export const rowSalt =
  (batchSalt: Uint8Array, rowId: string): RowSalt =>
  (part) =>
    createHmac('sha256', batchSalt).update(`${rowId} ${part}`, 'utf8').digest();
