import { formatId, type Me, type PublicUser } from '@errand-dash/contract';
import type { ContactVerification, Me as Person, PublicUser as PublicPerson } from '@errand-dash/core';

export const presentMe = (person: Person): Me => ({ ...person, userId: formatId('user', person.userId) });

export const presentPublicUser = (person: PublicPerson): PublicUser => ({
  ...person,
  userId: formatId('user', person.userId),
});

export const presentVerification = (verification: ContactVerification) => ({
  ...verification,
  verificationId: formatId('verification', verification.verificationId),
});
