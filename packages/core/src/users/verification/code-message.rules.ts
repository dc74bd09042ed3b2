/** What a person reads who is sent a code. The code comes first, where a phone shows it without being unlocked. */
export function codeMessage(code: string, codeSeconds: number): { subject: string; text: string } {
  const minutes = Math.round(codeSeconds / 60);
  return {
    subject: `${code} is your ErrandDash code`,
    text: `${code} is your ErrandDash code. It is good for ${minutes} minutes. Tell it to nobody.`,
  };
}

/** What a person reads at the phone or address that another has taken the place of. */
export function replacedMessage(channel: 'phone' | 'email'): { subject: string; text: string } {
  const what = channel === 'phone' ? 'phone number' : 'email address';
  return {
    subject: `Another ${what} for your ErrandDash account`,
    text: `This ${what} is no longer that of your ErrandDash account: another was verified. Not you? Sign in, end all other sessions, and verify this one again.`,
  };
}
