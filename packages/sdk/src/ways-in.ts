import type { TRPCClient } from '@trpc/client';
import type { AppRouter } from './generated/app-router.ts';
import type { Inputs, Me, Outputs, SignedIn } from './router-types.ts';
import type { Session } from './session.ts';

type Auth = Inputs['auth'];
type WithoutDevice<I> = Omit<I, 'deviceId'>;

/** What is still asked for: `finishSecondFactor` takes its id and a code of one of its kinds. */
export type SecondFactorChallenge = Outputs['auth']['signInWithPassword'];

/** What becomes of a person who came back from his identity provider. */
export type ProviderSignIn =
  | { outcome: 'signed_in'; user: Me }
  | { outcome: 'second_factor'; challenge: SecondFactorChallenge }
  /** Nobody has an account by this identity: `signUpWithProvider` makes one. */
  | { outcome: 'account_needed'; signUpId: string; expiresAt: Date };

/** Signing in without a passkey, where the server has that switched on: `dash.auth.waysIn` says what is. */
export interface WaysInCalls {
  /** The first step by password. It signs nobody in: `finishSecondFactor` does. */
  signInWithPassword: (input: WithoutDevice<Auth['signInWithPassword']>) => Promise<SecondFactorChallenge>;
  /** The second step of a sign-in without a passkey. */
  finishSecondFactor: (input: WithoutDevice<Auth['finishSecondFactor']>) => Promise<Me>;
  /** Where to send the person. Keep the ceremony's id until he is back. */
  beginProviderSignIn: (
    input: WithoutDevice<Auth['beginProviderSignIn']>,
  ) => Promise<Outputs['auth']['beginProviderSignIn']>;
  /** Takes the whole address to which the provider sent the person back. */
  finishProviderSignIn: (input: WithoutDevice<Auth['finishProviderSignIn']>) => Promise<ProviderSignIn>;
  signUpWithProvider: (input: WithoutDevice<Auth['signUpWithProvider']>) => Promise<Me>;
}

/** `tell` turns a failure into the SDK's own; `asNobody` sends no token. */
export function waysInCalls(
  { auth }: TRPCClient<AppRouter>,
  session: Pick<Session, 'deviceId' | 'keep'>,
  tell: <T>(answer: Promise<T>) => Promise<T>,
  asNobody: { context: Record<string, unknown> },
): WaysInCalls {
  const keep = async ({ tokens, user }: SignedIn) => {
    await session.keep(tokens);
    return user;
  };
  const onThisDevice = async <I extends object>(input: I) => ({
    ...input,
    deviceId: await session.deviceId(),
  });
  return {
    signInWithPassword: async (input) =>
      tell(auth.signInWithPassword.mutate(await onThisDevice(input), asNobody)),
    finishSecondFactor: async (input) =>
      keep(await tell(auth.finishSecondFactor.mutate(await onThisDevice(input), asNobody))),
    beginProviderSignIn: async (input) =>
      tell(auth.beginProviderSignIn.mutate(await onThisDevice(input), asNobody)),
    async finishProviderSignIn(input) {
      const answer = await tell(auth.finishProviderSignIn.mutate(await onThisDevice(input), asNobody));
      if (answer.outcome !== 'signed_in') return answer;
      return { outcome: 'signed_in', user: await keep(answer.signedIn) };
    },
    signUpWithProvider: async (input) =>
      keep(await tell(auth.signUpWithProvider.mutate(await onThisDevice(input), asNobody))),
  };
}
