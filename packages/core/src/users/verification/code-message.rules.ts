/** What a person reads who is sent a code. The code comes first, where a phone shows it without being unlocked. */
export function codeMessage(code: string, codeSeconds: number): { subject: string; text: string } {
  const minutes = Math.round(codeSeconds / 60);
  return {
    subject: `${code} is your ErrandDash code`,
    text: `${code} is your ErrandDash code. It is good for ${minutes} minutes. Tell it to nobody.`,
  };
}
