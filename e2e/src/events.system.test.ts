import { createErrandDash, isErrandDashError, type Outputs } from '@errand-dash/sdk';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Booted, boot } from './boot.ts';

let system: Booted;
beforeAll(async () => {
  system = await boot();
}, 120_000);
afterAll(() => system?.stop());

type Notice = Outputs['events']['watch'];

/** Ends the API in order; the supervisor puts another in its place. Answers the process that was ended. */
async function restartApi(): Promise<number> {
  const pid = await system.readPid('api');
  if (pid === null) throw new Error('the API does not run');
  process.kill(pid, 'SIGTERM');
  return pid;
}

test('a person hears of everything that concerns him, over restarts of the API, each once, until he signs out', async () => {
  const authenticator = createSoftwareAuthenticator({ origin: system.apiUrl });
  const phone = createErrandDash({ url: system.apiUrl, authenticator });
  const laptop = createErrandDash({ url: system.apiUrl, authenticator });
  const handle = 'demo_listener';
  await phone.signUp({ handle, displayName: 'Demo Listener' });

  const heard: Notice[] = [];
  const listening = (async () => {
    for await (const notice of phone.events.watch()) heard.push(notice);
  })().catch((failure: unknown) => failure);
  const hears = (count: number) => expect.poll(() => heard.length, { timeout: 20_000 }).toBe(count);

  await hears(2);
  await phone.users.takeRole({ role: 'sender' });
  await hears(3);
  expect(heard.map(({ event, text }) => [event, text])).toEqual([
    ['user.registered', 'Welcome to ErrandDash.'],
    [
      'session.started',
      'Somebody signed in to your account on a device. If it was not you, sign out all your other devices and tell us.',
    ],
    ['user.role_taken', 'You are now a sender.'],
  ]);

  const ended = new Set<number>();
  for (let round = 1; round <= 2; round += 1) {
    ended.add(await restartApi());
    await expect
      .poll(() => laptop.signIn({ handle }).then(() => 'signed in', String), {
        timeout: 20_000,
        interval: 200,
      })
      .toBe('signed in');
    await hears(3 + round);
  }
  expect(ended.size).toBe(2);

  const { notices } = await phone.notices.list({ limit: 100 });
  expect(heard).toEqual(notices.toReversed());
  expect(heard.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  expect(await phone.notices.countUnread()).toEqual({ count: 5 });
  expect(await phone.notices.markAllRead({ upToNumber: 5 })).toEqual({ count: 0 });

  await phone.signOut();
  const failure = await listening;
  expect(isErrandDashError(failure) && failure.code).toBe('SESSION_ENDED');
}, 90_000);
