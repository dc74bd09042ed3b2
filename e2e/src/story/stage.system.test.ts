import { afterAll, expect, test } from 'vitest';
import { type Booted, boot } from '../boot.ts';
import { setStage } from './stage.ts';

let system: Booted | undefined;
afterAll(() => system?.stop());

test('people of the story join where only pages of another origin may use passkeys', async () => {
  system = await boot({ origins: ['http://localhost:5173', 'http://localhost:5174'] });
  const { ada } = setStage(system);
  const { handle } = await ada.dash.signUp({ handle: ada.handle, displayName: ada.name });
  expect(handle).toBe(ada.handle);
}, 180_000);
