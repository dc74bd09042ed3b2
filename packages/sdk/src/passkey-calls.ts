import { type Authenticator, askAuthenticator } from './authenticator.ts';
import { isErrandDashError } from './errand-dash-error.ts';
import type { CallOptions, Calls, Outputs } from './router-types.ts';
import { orAborted } from './until-aborted.ts';

export interface PasskeyCalls {
  /**
   * Makes another passkey and adds it to the account of whoever is signed in. The authenticator is asked twice: to make
   * the passkey, and to sign for it with one that the person has. An account that never had one gets its first without a
   * signature, soon after a sign-in; then no money leaves it for a day. To remove one, call `auth.removePasskey`.
   */
  addPasskey: (
    input: { name: string },
    options?: Pick<CallOptions, 'signal'>,
  ) => Promise<Outputs['auth']['addPasskey']>;
}

export function passkeyCalls({ auth }: Pick<Calls, 'auth'>, authenticator: Authenticator): PasskeyCalls {
  return {
    async addPasskey({ name }, options = {}) {
      const { ceremony, options: asked } = await auth.beginAddPasskey({}, options);
      const create = () => askAuthenticator(() => authenticator.create(asked));
      const response = await orAborted(options.signal, create);
      const input = { ceremony, response, name };
      try {
        return await auth.addPasskey(input, options);
      } catch (error) {
        if (!isErrandDashError(error) || error.code !== 'PASSKEY_MISSING') throw error;
        return auth.addFirstPasskey(input, options);
      }
    },
  };
}
