import type { UnattendedStage } from '../../testing/unattended-case.ts';

/** No webhook about this payment or transfer arrives. */
export const loseWebhooks = ({ world }: UnattendedStage, reference: string): Promise<void> =>
  world.provider.plan({ kind: 'webhook_drop', reference, times: 10 });

/** From now on the provider answers nothing about this payment or transfer. */
export const silence = ({ world }: UnattendedStage, reference: string): Promise<void> =>
  world.provider.plan(
    ...endpoints.map((endpoint) => ({ kind: 'request_lost', endpoint, reference, times: 100_000 }) as const),
  );

const endpoints = [
  'POST /transaction/initialize',
  'GET /transaction/verify',
  'POST /transfer',
  'GET /transfer/verify',
] as const;
