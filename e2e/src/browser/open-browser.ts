import { existsSync } from 'node:fs';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The Chromium of this machine. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = usualPlaces.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error('There is no Chromium here. Install one, for instance: apt-get install chromium');
  }
  // As root, which containers are, Chromium has no sandbox; it only opens our own page.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

/** A page whose passkeys are kept by an authenticator inside the browser, which always says yes. */
export interface PageWithPasskeys {
  page: Page;
  authenticator: CDPSession;
  authenticatorId: string;
}

/** WebDriver's virtual authenticator by the protocol of Chromium's developer tools (domain WebAuthn). */
export async function addPasskeys(page: Page): Promise<PageWithPasskeys> {
  const authenticator = await page.context().newCDPSession(page);
  await authenticator.send('WebAuthn.enable');
  const { authenticatorId } = await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, authenticator, authenticatorId };
}
