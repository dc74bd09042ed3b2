import { formatId, type SignedIn, type Tokens } from '@errand-dash/contract';
import type { Tokens as SessionTokens, SignedIn as SignedInPerson } from '@errand-dash/core';
import { presentMe } from './users.present.ts';

export const presentTokens = (tokens: SessionTokens): Tokens => ({
  ...tokens,
  sessionId: formatId('session', tokens.sessionId),
});

export const presentSignedIn = ({ tokens, user }: SignedInPerson): SignedIn => ({
  tokens: presentTokens(tokens),
  user: presentMe(user),
});
