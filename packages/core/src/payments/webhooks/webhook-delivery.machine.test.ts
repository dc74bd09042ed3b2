import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import {
  webhookDeliveryActors,
  webhookDeliveryEvents,
  webhookDeliveryMachine,
  webhookDeliveryStates,
} from './webhook-delivery.machine.ts';

const expected: Record<string, string> = {
  'clock work waiting': 'worked',
  'clock retry waiting': 'waiting',
  'clock setAside waiting': 'set_aside',
};

const rows = webhookDeliveryStates.flatMap((state) =>
  webhookDeliveryEvents.flatMap((event) =>
    webhookDeliveryActors.map((actor) => ({
      state,
      event,
      actor,
      to: expected[`${actor} ${event} ${state}`] ?? 'refused',
    })),
  ),
);

test.each(rows)('$actor, $event in $state: $to', ({ state, event, actor, to }) => {
  const decision = decideTransition(webhookDeliveryMachine, 'webhook', state, event as never, actor);
  expect(isRefusal(decision) ? 'refused' : decision).toBe(to);
});
