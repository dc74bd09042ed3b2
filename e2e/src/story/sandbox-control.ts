import type { Stage } from './stage.ts';
import { mustHold } from './story-step.ts';
import { until } from './until.ts';

/** What goes wrong next, as the sandbox's README lists it. */
export type SandboxFault = { kind: string } & Record<string, string | number>;

export async function planFaults(stage: Stage, ...faults: SandboxFault[]): Promise<void> {
  await ask(stage, '/sandbox/faults', { method: 'POST', body: JSON.stringify({ faults }) });
}

/** From now on all goes right again. */
export async function clearFaults(stage: Stage): Promise<void> {
  await ask(stage, '/sandbox/faults', { method: 'DELETE' });
}

/** Nothing that was planned is left: all of it has gone wrong. */
export async function mustHaveStruck(stage: Stage): Promise<void> {
  const { data } = await ask<{ kind: string }[]>(stage, '/sandbox/faults');
  mustHold(data.length === 0, `nothing has gone wrong yet by ${data.map(({ kind }) => kind).join(', ')}`);
}

/** Waits until that many webhooks have been answered, and says with which HTTP statuses. */
export async function untilDelivered(stage: Stage, event: string, count: number): Promise<number[]> {
  return until(`${count} webhooks ${event}`, async () => {
    const { data } = await ask<Delivery[]>(stage, '/sandbox/deliveries');
    const answered = data.filter((delivery) => delivery.event === event && delivery.lastStatus !== null);
    return answered.length >= count ? answered.map(({ lastStatus }) => lastStatus ?? 0) : null;
  });
}

interface Delivery {
  event: string;
  lastStatus: number | null;
}

/** A bank account, and whose it is. */
export interface SandboxAccount {
  bankCode: string;
  accountNumber: string;
  accountName: string;
}

/** Opens a bank account in somebody's name. */
export async function openBankAccount(stage: Stage, account: SandboxAccount): Promise<void> {
  await ask(stage, '/sandbox/accounts', { method: 'POST', body: JSON.stringify(account) });
}

/** A transfer as Paystack's own list of transfers tells it. */
export interface SandboxTransfer {
  reference: string;
  status: string;
  amount: number;
  currency: string;
  fee_charged: number;
}

export const listTransfers = async (stage: Stage): Promise<SandboxTransfer[]> =>
  (await ask<SandboxTransfer[]>(stage, '/transfer')).data;

/** What the bank does with a transfer. */
export async function endTransfer(stage: Stage, reference: string, status: 'success'): Promise<void> {
  await ask(stage, '/sandbox/transfers', { method: 'POST', body: JSON.stringify({ reference, status }) });
}

/** The sandbox's API, and its control port, which the real Paystack does not have. */
async function ask<T>({ addresses }: Stage, path: string, init: RequestInit = {}): Promise<{ data: T }> {
  const headers = { authorization: `Bearer ${addresses.sandboxSecret}`, 'content-type': 'application/json' };
  const answer = await fetch(`${addresses.sandboxUrl}${path}`, { ...init, headers });
  mustHold(answer.ok, `the sandbox answered ${path} with ${answer.status}`);
  return (await answer.json()) as { data: T };
}
