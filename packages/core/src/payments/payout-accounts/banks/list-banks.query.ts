import type { ListPosition, Paystack, PaystackBank } from '@errand-dash/paystack';
import { after } from '../../../clock.ts';
import type { Core } from '../../../core.ts';
import { query } from '../../../query.ts';
import { orThrow, refuse } from '../../../refusal.ts';
import { requireUser } from '../../../users/index.ts';
import { PAYOUT_CURRENCY } from '../payout-account.rules.ts';

export interface Bank {
  code: string;
  name: string;
}

/**
 * The banks to which money can be paid out, by name. Asked for once a day; a list that is older is better than none
 * while the provider is silent. Refuses with `SERVICE_BUSY` where there is none yet.
 */
export const listBanks = query(
  'wallet.listBanks',
  async (_db, _input: Record<string, never>, { core, viewer, now }): Promise<readonly Bank[]> => {
    orThrow(requireUser(viewer));
    const { paystack } = core.payments;
    const kept = keptByClient.get(paystack);
    if (kept !== undefined && kept.until > now) return kept.banks;
    const banks = await fetchBanks(core);
    if (banks !== null)
      keptByClient.set(paystack, { banks, until: after(now, core.policy.payout.banksKeptSeconds) });
    return banks ?? kept?.banks ?? orThrow(refuse('SERVICE_BUSY', { retryAfterSeconds: RETRY_SECONDS }));
  },
);

const RETRY_SECONDS = 5;
const PAGES_MAX = 20;

const keptByClient = new WeakMap<Paystack, { banks: readonly Bank[]; until: Date }>();

/** Null where the provider did not tell all of them. */
async function fetchBanks({ payments, log }: Core): Promise<readonly Bank[] | null> {
  const found: PaystackBank[] = [];
  let position: ListPosition | null = { kind: 'cursor', cursor: null };
  for (let page = 0; position !== null && page < PAGES_MAX; page += 1) {
    const country = 'nigeria';
    const asked = { country, currency: PAYOUT_CURRENCY, type: 'nuban', perPage: 100, position } as const;
    const answer: Awaited<ReturnType<Paystack['listBanks']>> = await payments.paystack.listBanks(asked);
    if (answer.outcome !== 'ok') {
      log('warn', 'the provider told no banks', { outcome: answer.outcome });
      return null;
    }
    found.push(...answer.value.items);
    position = answer.value.next;
  }
  const usable = found.filter(({ isActive, supportsTransfer }) => isActive && supportsTransfer);
  const byCode = new Map(usable.map(({ code, name }) => [code, { code, name }]));
  return [...byCode.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
