import type { ListPage, PaystackProblem, PaystackResult } from '@errand-dash/paystack';
import type { Core } from '../../../core.ts';
import type { ReadingStep } from '../runs/reconciliation-steps.ts';
import type { ClaimedRun } from '../runs/run.store.ts';
import {
  objectOfTransaction,
  objectOfTransfer,
  type ReadObject,
  type ReadRow,
  rowOfLedger,
} from './provider-book.rules.ts';

/** One page of one of the provider's lists. */
export interface ReadPage {
  objects: ReadObject[];
  rows: ReadRow[];
  /** Where the list goes on; null at its end. */
  nextCursor: string | null;
}

/** What asking for a page came to. */
export type PageAnswer =
  | { outcome: 'read'; page: ReadPage }
  | { outcome: 'unread'; problem: string; retryAfterSeconds: number | null; isPlaceLost: boolean };

const PER_PAGE = 100;

/** Asks the provider for the page at this place. Call it outside a transaction. */
export async function readPage(
  core: Core,
  step: ReadingStep,
  { readsFrom }: Pick<ClaimedRun, 'readsFrom'>,
  cursor: string | null,
): Promise<PageAnswer> {
  const { paystack } = core.payments;
  const asked = { from: readsFrom, perPage: PER_PAGE };
  const position = { kind: 'cursor', cursor } as const;
  switch (step) {
    case 'book':
    case 'book_again': {
      const answer = await paystack.listBalanceLedger({ ...asked, page: Number(cursor ?? 1) });
      return pageOf(answer, (items) => ({ objects: [], rows: items.map(rowOfLedger) }));
    }
    case 'transactions': {
      const answer = await paystack.listTransactions({ ...asked, position });
      return pageOf(answer, (items) => ({ objects: items.map(objectOfTransaction), rows: [] }));
    }
    case 'transfers': {
      const answer = await paystack.listTransfers({ ...asked, position });
      return pageOf(answer, (items) => ({ objects: items.map(objectOfTransfer), rows: [] }));
    }
  }
}

function pageOf<Item>(
  answer: PaystackResult<ListPage<Item>>,
  read: (items: readonly Item[]) => Omit<ReadPage, 'nextCursor'>,
): PageAnswer {
  if (answer.outcome !== 'ok') return unread(answer);
  const { items, next } = answer.value;
  const nextCursor = next === null ? null : next.kind === 'page' ? String(next.page) : next.cursor;
  return { outcome: 'read', page: { ...read(items), nextCursor } };
}

function unread(answer: PaystackProblem): PageAnswer {
  return {
    outcome: 'unread',
    problem: problemOf(answer),
    retryAfterSeconds: answer.outcome === 'limited' ? answer.retryAfterSeconds : null,
    isPlaceLost: answer.outcome === 'refused' || answer.outcome === 'notFound',
  };
}

/** What an operator needs to know of it; the provider's own words stay out. */
function problemOf(answer: PaystackProblem): string {
  switch (answer.outcome) {
    case 'refused':
      return `refused ${answer.code ?? answer.reason}`;
    case 'notFound':
      return 'not found';
    case 'unknown':
      return answer.reason;
    case 'limited':
      return 'asked too often';
    case 'unauthorized':
      return 'our key is not accepted';
  }
}
