// The whole of a small page: it knows the SDK and nothing else.
import { createErrandDash, isErrandDashError } from '@errand-dash/sdk';

const apiUrl = new URLSearchParams(location.search).get('api') ?? '';
const storage = {
  get: (name: string) => localStorage.getItem(name),
  set: (name: string, value: string) => localStorage.setItem(name, value),
};
const dash = createErrandDash({ url: apiUrl, storage });

const show = (id: string, text: string) => {
  const place = document.getElementById(id);
  if (place !== null) place.textContent = text;
};

/** Whatever comes of it is said, with its code where it failed. */
async function tell(work: () => Promise<string>): Promise<void> {
  show('said', '');
  try {
    show('said', await work());
  } catch (error) {
    show('said', isErrandDashError(error) ? error.code : String(error));
  }
}

function onSubmit(id: string, work: (fields: Record<string, string>) => Promise<string>): void {
  document.getElementById(id)?.addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target as HTMLFormElement)) as Record<
      string,
      string
    >;
    void tell(() => work(fields));
  });
}

function onClick(id: string, work: () => Promise<string>): void {
  document.getElementById(id)?.addEventListener('click', () => void tell(work));
}

onSubmit('sign-up', async ({ handle = '', displayName = '' }) => {
  const me = await dash.signUp({ handle, displayName });
  show('who', me.handle);
  return 'signed up';
});

onClick('sign-in', async () => {
  const me = await dash.signIn();
  show('who', me.handle);
  return 'signed in';
});

onClick('sign-out', async () => {
  await dash.signOut();
  show('who', 'nobody');
  return 'signed out';
});

onSubmit('top-up', async ({ amountMinor, email = '' }) => {
  const started = await dash.wallet.startTopUp({ amountMinor: Number(amountMinor), currency: 'NGN', email });
  show('checkout', started.checkoutUrl ?? '');
  return 'started';
});

onSubmit('payout-account', async ({ bankCode = '', accountNumber = '' }) => {
  const { state } = await dash.wallet.addPayoutAccount({ bankCode, accountNumber });
  return `account ${state}`;
});

onSubmit('withdraw', async ({ amountMinor }) => {
  const { payoutAccounts } = await dash.wallet.listPayoutAccounts();
  const [account] = payoutAccounts;
  if (account === undefined) return 'no account';
  const withdrawal = await dash.wallet.withdraw({
    amountMinor: Number(amountMinor),
    currency: 'NGN',
    payoutAccountId: account.payoutAccountId,
  });
  return `withdrawal ${withdrawal.state}`;
});
