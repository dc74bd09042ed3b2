import { describe, expect, test } from 'vitest';
import { houseFiles, readHouseFile } from './house-files.ts';

/** Where money would be a float, or two decimals would be taken for granted. */
function moneyTraces(path: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const isCore = /^packages\/(core|db)\/src\//.test(path) && !path.includes('/testing/');
  const rules: [RegExp, string][] = [
    [/\bparseFloat\b|\.toFixed\(/, 'makes a number with a point'],
    ...(isCore ? ([[/Minor\??:\s*number\b/, 'has minor units as a number']] as [RegExp, string][]) : []),
    [/Minor\b[^\n;]{0,30}?\s[*/]\s(100|1_?000)n?\b/, 'takes the decimals of a currency for granted'],
    [
      /\/\s?100n?\)?\.to|\b1_?00n?\s\*\s\w*(amount|price|fee|reward)/i,
      'takes the decimals of a currency for granted',
    ],
  ];
  return rules.flatMap(([pattern, problem]) => (pattern.test(code) ? [`${path} ${problem}`] : []));
}

describe('money in the code', () => {
  test('is whole minor units, and knows no decimals but its currency’s', () => {
    const files = houseFiles().filter(
      (path) =>
        /^(apps|packages)\/.*\.ts$/.test(path) &&
        !/\.test\.ts$|\/generated\/|^packages\/paystack\//.test(path),
    );
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap((path) => moneyTraces(path, readHouseFile(path)))).toEqual([]);
  });

  test.each([
    'const amountMinor: number = 5;',
    'interface Fee { feeMinor?: number }',
    'return (Number(amountMinor) / 100).toFixed(2);',
    'const naira = amountMinor / 100n;',
    'const minor = 100 * priceNaira;',
    'parseFloat(amount)',
  ])('%s would be found', (code) => {
    expect(moneyTraces('packages/core/src/wallet/fee.rules.ts', code)).not.toEqual([]);
  });
});
