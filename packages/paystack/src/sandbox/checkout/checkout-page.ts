import type { TransactionRecord } from '../books/records.ts';
import { isPayable } from '../transactions/charge.ts';

/** The page on which a customer pays: plain HTML without scripts or anything from elsewhere. */
export function checkoutPage(record: TransactionRecord): string {
  const amount = `${record.currency} ${formatMinor(record.amountMinor)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pay ${escapeHtml(amount)} - sandbox checkout</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; color: #111; background: #fff; margin: 0 auto; max-width: 30rem; padding: 1.5rem; }
dt { font-weight: 600; } dd { margin: 0 0 0.75rem; overflow-wrap: anywhere; }
button { font: inherit; display: block; width: 100%; min-height: 3rem; margin: 0.75rem 0; border: 2px solid #0b5d3b; border-radius: 0.375rem; background: #fff; color: #0b5d3b; }
button.pay { background: #0b5d3b; color: #fff; }
button:focus-visible, a:focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>Sandbox checkout</h1>
<p>This is a stand-in for Paystack. No money moves.</p>
<dl>
<dt>Amount</dt><dd>${escapeHtml(amount)}</dd>
<dt>Reference</dt><dd>${escapeHtml(record.reference)}</dd>
<dt>Email</dt><dd>${escapeHtml(record.customerEmail)}</dd>
</dl>
${isPayable(record) ? buttons() : outcome(record)}
</main>
</body>
</html>
`;
}

function buttons(): string {
  return `<form method="post">
<button class="pay" name="action" value="pay">Pay</button>
<button name="action" value="decline">Decline</button>
<button name="action" value="abandon">Abandon</button>
</form>`;
}

function outcome(record: TransactionRecord): string {
  const text = record.status === 'success' ? 'Payment successful.' : 'The payment was declined.';
  const address = returnAddress(record);
  const link = address === null ? '' : `\n<p><a href="${escapeHtml(address)}">Return to the merchant</a></p>`;
  return `<p role="status"><strong>${text}</strong></p>${link}`;
}

/** The merchant's callback address with the two parameters that Paystack adds. */
export function returnAddress(record: TransactionRecord): string | null {
  if (record.callbackUrl === null) {
    return null;
  }
  const url = new URL(record.callbackUrl);
  url.searchParams.set('trxref', record.reference);
  url.searchParams.set('reference', record.reference);
  return url.href;
}

/** Every currency that Paystack takes has two decimals. */
function formatMinor(amountMinor: number): string {
  const digits = String(amountMinor).padStart(3, '0');
  return `${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${digits.slice(-2)}`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
