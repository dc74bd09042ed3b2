import type { ApiMeta } from '@errand-dash/contract';
import { checkAllInvariants } from '@errand-dash/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';
import { askOverHttp, type WireAnswer } from './testing/ask-over-http.ts';
import { authorisationMatrix } from './testing/authorisation-matrix.ts';
import { idPlaces, withoutIdsOf, withRandomIds } from './testing/id-places.ts';
import { makeScene, type Scene } from './testing/make-scene.ts';
import { type Actor, actors, type Case } from './testing/matrix-row.ts';
import { secretsIn } from './testing/planted-secrets.ts';

interface Procedure {
  path: string;
  type: string;
  input: unknown;
  isAdmin: boolean;
}
type Definition = { _def: { type: string; inputs: unknown[]; meta?: ApiMeta } };
const procedures: Procedure[] = Object.entries(
  appRouter._def.procedures as unknown as Record<string, Definition>,
).map(([path, { _def }]) => ({
  path,
  type: _def.type,
  input: _def.inputs[0],
  isAdmin: _def.meta?.isAdmin === true,
}));

/** The cases of each procedure by its path. What a case asks fits its own procedure, and is sent to no other. */
const casesByPath = new Map<string, readonly Case<unknown>[]>(
  Object.entries(authorisationMatrix).flatMap(([router, rows]) =>
    Object.entries(rows).map(([name, cases]) => [`${router}.${name}`, cases as readonly Case<unknown>[]]),
  ),
);

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
});
afterAll(() => scene.close());

/** Who is refused changes nothing, so that the one to whom it belongs comes last. */
const inOrder: readonly Actor[] = actors.toReversed();

async function call(
  { path, type }: Procedure,
  given: { actor: Actor; input: unknown; idempotencyKey: string },
): Promise<WireAnswer> {
  return askOverHttp({
    apiUrl: scene.api.url,
    path,
    input: given.input,
    accessToken: scene.people[given.actor].tokens?.accessToken,
    idempotencyKey: given.idempotencyKey,
    isSubscription: type === 'subscription',
  });
}

interface Asked {
  input: unknown;
  idempotencyKey: string;
}

/** What was asked in vain so far, and so can be asked again. */
const openQuestions = new Map<Case<unknown>, Asked>();

async function askAs(each: Case<unknown>, actor: Actor): Promise<Asked & { actor: Actor }> {
  const open = each.isAskersOwn ? undefined : openQuestions.get(each);
  if (open !== undefined) return { ...open, actor };
  const idempotencyKey = crypto.randomUUID();
  const input = await each.ask(scene, { actor, device: scene.people[actor], idempotencyKey });
  openQuestions.set(each, { input, idempotencyKey });
  return { input, idempotencyKey, actor };
}

const sentCodes = () => scene.api.core.sent.flatMap(({ text }) => /\b\d{6}\b/.exec(text)?.[0] ?? []);

test('every procedure has its row, and no row is of a procedure that is gone', () => {
  expect([...casesByPath.keys()].sort()).toEqual(procedures.map(({ path }) => path).sort());
});

describe.each(procedures)('$path', (procedure) => {
  const cases = casesByPath.get(procedure.path) ?? [];
  const places = idPlaces(procedure.input);

  test('refuses a field that it does not know', async () => {
    const [first] = cases;
    if (first === undefined) throw new Error('there is no case');
    const asked = await askAs(first, 'owner');
    const input = { ...(asked.input as object), surprise: true };
    const answer = await call(procedure, { ...asked, input });
    expect(answer.code).toBe('INPUT_INVALID');
    expect(answer.text).toContain('surprise');
  });

  if (places.length > 0)
    test('tells a stranger of what exists what it tells of what does not', async () => {
      for (const each of cases) {
        const asked = await askAs(each, 'stranger');
        if (each.isKnownBecause !== undefined || idPlaces(procedure.input, asked.input).length === 0)
          continue;
        const random = { ...asked, input: withRandomIds(asked.input), idempotencyKey: crypto.randomUUID() };
        const ofThing = await call(procedure, asked);
        const ofNothing = await call(procedure, random);
        expect({ ...ofThing, text: withoutIdsOf(ofThing.text, asked.input) }).toEqual({
          ...ofNothing,
          text: withoutIdsOf(ofNothing.text, random.input),
        });
      }
    });

  test('answers each of them as its row says, and shows nobody what is not for him', async () => {
    const filled = new Set<string>();
    for (const each of cases) {
      const codes: Partial<Record<Actor, string>> = {};
      const shown: Partial<Record<Actor, readonly string[]>> = {};
      for (const actor of inOrder) {
        const asked = await askAs(each, actor);
        for (const place of idPlaces(procedure.input, asked.input)) filled.add(place);
        const { code, text } = await call(procedure, asked);
        codes[actor] = code;
        if (code === 'ok' && procedure.type === 'mutation') openQuestions.delete(each);
        const said = JSON.stringify(asked.input);
        const secrets = secretsIn(text, { said, sentCodes: sentCodes() });
        if (secrets.length > 0) shown[actor] = secrets;
        if (each.endsSession && code === 'ok') await scene.people[actor].signIn();
      }
      expect(codes).toEqual(each.answers);
      expect(shown).toEqual(each.shows ?? {});
    }
    expect([...filled].sort(), 'some case names each id that it takes').toEqual(places.sort());
  });
});

test('what is for operators is refused in a batch, whoever asks', async () => {
  for (const { path } of procedures.filter(({ isAdmin }) => isAdmin)) {
    const answer = await askOverHttp({
      apiUrl: scene.api.url,
      path: `${path},${path}?batch=1`,
      input: {},
      accessToken: scene.people.operator.tokens?.accessToken,
      idempotencyKey: crypto.randomUUID(),
    });
    expect(answer.code, path).toBe('BATCH_REFUSED');
  }
});

test('what everybody tried has left the books in order', async () => {
  expect(await checkAllInvariants(scene.api.database.db)).toEqual([]);
});
