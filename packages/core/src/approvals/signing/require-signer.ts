import type { ApprovalAction } from '@errand-dash/contract';
import type { Viewer } from '../../claim.ts';
import type { Decision } from '../../refusal.ts';
import { requirePermission, requireUser, type UserViewer } from '../../users/index.ts';
import type { SignedAction, SigningLimit } from './signed-action.ts';

/** Who may be asked to sign an action. Whether the thing is his own is for its terms to say. */
export function requireSigner<A extends ApprovalAction>(
  viewer: Viewer,
  { by }: Pick<SignedAction<A, SigningLimit>, 'by'>,
): Decision<UserViewer> {
  return by === 'owner' ? requireUser(viewer) : requirePermission(viewer, by);
}
