import { type Decision, refuse } from '../../refusal.ts';

/**
 * A page to which an identity provider may send people back: at one of the allowed origins, without a query and a
 * fragment, where the answer comes. Refuses with `REDIRECT_URL_REFUSED`.
 */
export function decideRedirectUrl(given: string, origins: readonly string[]): Decision<string> {
  if (!URL.canParse(given)) return refuse('REDIRECT_URL_REFUSED', {});
  const url = new URL(given);
  const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  // As it was written, so that it is what the provider has on its list to the letter.
  const isSame = url.href === given;
  return isPlain && isSame && origins.includes(url.origin) ? given : refuse('REDIRECT_URL_REFUSED', {});
}

/** Whether an address is this page with an answer to it. */
export function isCallbackOf(redirectUrl: string, callbackUrl: string): boolean {
  if (!URL.canParse(callbackUrl)) return false;
  const { origin, pathname } = new URL(callbackUrl);
  return origin + pathname === redirectUrl;
}
