import { type Authenticator, askAuthenticator } from './authenticator.ts';
import type { CallOptions, Calls, Outputs } from './router-types.ts';
import { orAborted } from './until-aborted.ts';

export interface PasskeyCalls {
  /**
   * Makes another passkey and adds it to the account of whoever is signed in. The authenticator is asked twice: to make
   * the passkey, and to sign for it with one that the person has. To remove one, call `auth.removePasskey`.
   */
  addPasskey: (
    input: { name: string },
    options?: Pick<CallOptions, 'signal'>,
  ) => Promise<Outputs['auth']['addPasskey']>;
}

export function passkeyCalls({ auth }: Pick<Calls, 'auth'>, authenticator: Authenticator): PasskeyCalls {
  return {
    async addPasskey({ name }, options = {}) {
      const { ceremonyId, options: asked } = await auth.beginAddPasskey({}, options);
      const create = () => askAuthenticator(() => authenticator.create(asked));
      const response = await orAborted(options.signal, create);
      return auth.addPasskey({ ceremonyId, response, name }, options);
    },
  };
}
