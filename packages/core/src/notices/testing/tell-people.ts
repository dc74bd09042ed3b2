import { type CommandEvent, command } from '../../command.ts';
import { clockCall, type TestCore } from '../../testing/test-core.ts';
import { deliverNotices } from '../deliver-notices.sweep.ts';

interface Telling {
  events: CommandEvent[];
}

const tellIt = command('test.tell', async (_tx, { events }: Telling) => ({ result: null, events }));

/** Lets something happen that these people are told. */
export async function tell(core: TestCore, audience: readonly string[], role = 'sender'): Promise<void> {
  const [first = ''] = audience;
  const subject = { type: 'user', id: first };
  await tellIt(core, clockCall('test.tell'), {
    events: [{ name: 'user.role_taken', subject, audience, data: { role } }],
  });
}

/** Delivers until nothing waits. */
export async function deliverAll(core: TestCore, limit = 25): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await deliverNotices(core, limit);
    if (count === 0) return total;
    total += count;
  }
}
