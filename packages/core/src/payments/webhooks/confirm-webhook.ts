import type { Core } from '../../core.ts';
import { confirmTopUp } from '../top-ups/confirm-top-up.ts';
import { confirmWithdrawal } from '../withdrawals/confirm-withdrawal.ts';
import type { WebhookAnswer, WorkedEvent } from './webhook-delivery.rules.ts';

/**
 * Asks the provider about what a webhook says, and lets what it is about follow. The webhook is confirmed once our row
 * is as it says, or further.
 */
export function confirmWebhook(core: Core, event: WorkedEvent, reference: string): Promise<WebhookAnswer> {
  return confirmations[event](core, reference);
}

const confirmations: Readonly<
  Record<WorkedEvent, (core: Core, reference: string) => Promise<WebhookAnswer>>
> = {
  'charge.success': async (core, reference) => {
    const answer = await confirmTopUp(core, reference);
    if (answer.outcome !== 'answered') return answer;
    return isNow(answer.topUp.state, ['succeeded', 'mismatched']);
  },
  'transfer.success': (core, reference) => transferIsNow(core, reference, ['paid', 'reversed', 'returned']),
  'transfer.failed': (core, reference) => transferIsNow(core, reference, ['returned']),
  'transfer.reversed': (core, reference) => transferIsNow(core, reference, ['reversed', 'returned']),
};

async function transferIsNow(
  core: Core,
  reference: string,
  states: readonly string[],
): Promise<WebhookAnswer> {
  const answer = await confirmWithdrawal(core, reference);
  return answer.outcome === 'answered' ? isNow(answer.withdrawal.state, states) : answer;
}

const isNow = (state: string, states: readonly string[]): WebhookAnswer => ({
  outcome: 'answered',
  isConfirmed: states.includes(state),
});
