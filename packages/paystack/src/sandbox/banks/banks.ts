/** Some banks of Nigeria with the codes that Paystack publishes, and its test bank, which always resolves. */
export const BANKS = [
  { id: 1, name: 'Access Bank', slug: 'access-bank', code: '044' },
  { id: 7, name: 'First Bank of Nigeria', slug: 'first-bank-of-nigeria', code: '011' },
  { id: 9, name: 'Guaranty Trust Bank', slug: 'guaranty-trust-bank', code: '058' },
  { id: 67, name: 'Kuda Bank', slug: 'kuda-bank', code: '50211' },
  { id: 171, name: 'OPay Digital Services Limited', slug: 'paycom', code: '999992' },
  { id: 18, name: 'United Bank For Africa', slug: 'united-bank-for-africa', code: '033' },
  { id: 21, name: 'Zenith Bank', slug: 'zenith-bank', code: '057' },
  { id: 24, name: 'Test Bank', slug: 'test-bank', code: '001' },
] as const;

export type SandboxBank = (typeof BANKS)[number];

export function findBank(code: string): SandboxBank | undefined {
  return BANKS.find((bank) => bank.code === code);
}
