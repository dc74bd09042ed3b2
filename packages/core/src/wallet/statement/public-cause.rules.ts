import { formatId, type IdKind } from '@errand-dash/contract';

/** The public id of what a movement is about. Null: something that has none. */
export function publicCauseId(cause: { type: string; id: string }): string | null {
  const kind = causeKinds[cause.type];
  return kind === undefined ? null : formatId(kind, cause.id);
}

const causeKinds: Readonly<Record<string, IdKind>> = {
  errand: 'errand',
  top_up: 'topUp',
  withdrawal: 'withdrawal',
  exchange_quote: 'exchangeQuote',
};
