import type { RequestOptionsJson } from '@errand-dash/software-authenticator';
import type { BenchRow } from '../bench-row.ts';
import { openCaller, requester } from '../http-load.ts';
import { callers } from '../measure-row.ts';
import { type BenchPerson, settleTown } from '../people.ts';
import { pingUrl } from '../start-servers.ts';

const connections = 16;

/** A whole sign-in through HTTP, from the options to the tokens. */
export const signIn: BenchRow = {
  id: 'sign-in',
  unit: 'sign-ins/s',
  heldAgainst: 'an empty query by nobody',
  reach: 0.1,
  prepare: async (context) => {
    const town = await settleTown(context, 64);
    // By bare connections, as those who ask the empty query.
    const free = await Promise.all(Array.from({ length: connections }, () => openCaller(town.apiUrl)));
    const all = [...free];
    let turn = 0;
    // One after the other, so that nobody signs in twice at once.
    const nextPerson = () => town.people[turn++ % town.people.length] as BenchPerson;
    const enter = async () => {
      const caller = free.pop();
      if (caller === undefined) throw new Error('The bench has no connection left');
      await enterBy(caller, nextPerson());
      free.push(caller);
    };
    return {
      figure: callers(connections, enter),
      against: requester(32, pingUrl(town)),
      close: async () => {
        for (const caller of all) caller.close();
        await town.close();
      },
    };
  },
};

interface Answer<T> {
  result: { data: { json: T } };
}

async function enterBy(
  { post }: Awaited<ReturnType<typeof openCaller>>,
  { handle, authenticator }: BenchPerson,
): Promise<void> {
  const begun = (await post('/trpc/auth.beginSignIn', { json: { handle } })) as Answer<{
    ceremony: string;
    options: RequestOptionsJson;
  }>;
  const { ceremony, options } = begun.result.data.json;
  const response = await authenticator.get(options);
  const input = { ceremony, response, deviceId: 'bench-device-0123456789' };
  const entered = (await post('/trpc/auth.finishSignIn', { json: input })) as Answer<{
    tokens: { accessToken: string };
  }>;
  if (entered.result.data.json.tokens.accessToken === '') throw new Error('The bench was given no token');
}
