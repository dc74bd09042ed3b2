import { canonicalJson, type Json } from '../canonical-json.ts';
import type { SignedHead } from '../head-signature.ts';
import type { Receipt } from '../verify-receipt.ts';
import type { StatementLine, StatementPage } from '../verify-statement.ts';
import { accountId, base64Url, pathOf, rootOf, type Sealer, sha256, utf8 } from './make-receipt.ts';

/** A person's statement, newest line first, and all heads of the ledger that it is from. */
export interface MadeStatement {
  userId: string;
  page: StatementPage;
  heads: SignedHead[];
}

const CAUSE_ID = '0198f000-0000-7000-8000-00000000000c';

/**
 * A statement as the ledger makes them, from what is documented: one line for each sealed place among transfers of
 * others, batch by batch, and then some that are not sealed yet. Another `history` has the same lines under other heads.
 */
export async function makeStatement(
  sealer: Sealer,
  {
    batches,
    unsealed = 0,
    person = 1,
    history = 'one',
    cause = { type: 'errand', id: CAUSE_ID },
  }: {
    batches: readonly number[];
    unsealed?: number;
    person?: number;
    history?: string;
    cause?: Receipt['transfer']['cause'];
  },
): Promise<MadeStatement> {
  const ownerId = `0198f000-0000-7000-8000-00000000000${person}`;
  const account = { purpose: 'available', ownerId, currency: 'NGN' } as const;
  const ownId = await accountId(`available ${ownerId} NGN`);
  const lines: StatementLine[] = [];
  const heads: SignedHead[] = [];
  const balance = () => lines[0]?.balanceMinor ?? 0;
  /** The next line of the account, and what is sealed of it. */
  const post = async (): Promise<{ line: StatementLine; transfer: Receipt['transfer']; own: Own }> => {
    const version = lines.length + 1;
    const isOut = version % 3 === 0;
    const [side, amountMinor] = isOut ? (['debit', 40] as const) : (['credit', 100 + version] as const);
    const balanceMinor = balance() + (isOut ? -amountMinor : amountMinor);
    const uuid = `0198f000-0000-7000-8000-${String(1000 * person + version).padStart(12, '0')}`;
    const salt = await sha256(utf8(`salt ${uuid}`));
    const hidden = { side, accountId: ownId, balanceMinor, version };
    const hash = base64Url(await sha256(salt, utf8(canonicalJson(hidden))));
    const other = base64Url(await sha256(utf8(`other side of ${uuid}`)));
    const postedAt = `2026-03-01T09:00:${String(version).padStart(2, '0')}.250Z`;
    const transfer: Receipt['transfer'] = {
      ...{ version: 1, transferId: uuid, setId: uuid, leg: 1, legs: 1, kind: 'escrow.release' },
      ...{ cause, reversesSetId: null, amountMinor, currency: 'NGN' },
      postedAt,
      debit: isOut ? hash : other,
      credit: isOut ? other : hash,
      authority: other,
    };
    const line: StatementLine = {
      ...{ lineNumber: version, transferId: `transfer_${uuid}`, postedAt: new Date(postedAt) },
      ...{ kind: 'escrow.release', says: 'Paid for an errand', side, amountMinor, balanceMinor },
      ...{ causeId: `${cause.type}_${cause.id}`, counterparty: null, receipt: null },
    };
    lines.unshift(line);
    return { line, transfer, own: { ...hidden, account, salt: base64Url(salt) } };
  };
  for (const count of batches) {
    const leaves = [await sha256(utf8(`somebody else in ${history}`))];
    const posted: Awaited<ReturnType<typeof post>>[] = [];
    for (let index = 0; index < count; index += 1) {
      const made = await post();
      posted.push(made);
      leaves.push(await sha256(Uint8Array.of(0), utf8(canonicalJson(made.transfer as Json))));
    }
    const head = await sealNext(sealer, heads.at(-1), leaves);
    heads.push(head);
    for (const [index, { line, transfer, own }] of posted.entries()) {
      const path = (await pathOf(leaves, index + 1)).map(base64Url);
      line.receipt = { version: 1, transfer, own: [own], position: index + 1, path, head };
    }
  }
  for (let index = 0; index < unsealed; index += 1) await post();
  const page: StatementPage = {
    ...{ currency: 'NGN', openingMinor: 0, closingMinor: balance(), lines, nextCursor: null },
    latestHead: heads.at(-1) ?? null,
  };
  return { userId: `user_${ownerId}`, page, heads };
}

type Own = Receipt['own'][number];

async function sealNext(
  sealer: Sealer,
  before: SignedHead | undefined,
  leaves: readonly Uint8Array[],
): Promise<SignedHead> {
  const number = (before?.head.number ?? 0) + 1;
  const head: SignedHead['head'] = {
    ...{ version: 1, chain: 'ledger', number, size: leaves.length },
    total: (before?.head.total ?? 0) + leaves.length,
    root: base64Url(await rootOf(leaves)),
    previousHead:
      before === undefined ? null : base64Url(await sha256(utf8(canonicalJson(before.head as Json)))),
    sealedAt: '2026-03-01T09:01:00.000Z',
    keyId: sealer.keys.keys[0]?.kid ?? '',
  };
  return { head, signature: await sealer.sign(canonicalJson(head as Json)) };
}
