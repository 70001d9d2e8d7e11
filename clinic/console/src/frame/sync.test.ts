import { expect, test } from 'vitest';
import type { Status } from '../core/types.ts';
import { light } from './sync.tsx';

const status: Status = { pending: 0, synced_at: 1, quarantined: [], faults: [], restored: false, tzdb: '2026e' };
const apart = { class: 'care', patient: 'Ada', entry: 'x', seq: 3, reason: 'seal-not-authentic' };

test.each([
  [{ state: 'idle' }, 'Opening records'],
  [{ state: 'opening', opened: 0, of: 3 }, 'Opening records'],
  [{ state: 'opening', opened: 130, of: 503 }, 'Opening records, 25 %'],
] as const)('opening %o', (link, text) => {
  expect(light(link, undefined)).toEqual({ kind: 'busy', text });
  expect(light(link, { ...status, synced_at: null })).toEqual({ kind: 'busy', text });
});

test.each([
  ['idle', {}, 'ok', 'Up to date'],
  ['idle', { pending: 2 }, 'busy', 'Not sent yet (2)'],
  ['idle', { synced_at: null }, 'busy', 'Opening records'],
  ['offline', {}, 'warn', 'Offline'],
  ['offline', { pending: 1 }, 'warn', 'Offline · not sent yet (1)'],
  ['offline', { quarantined: [apart] }, 'danger', '1 entry not opened'],
  ['idle', { faults: ['chain-altered'], quarantined: [apart] }, 'danger', 'Server not believed'],
] as const)('%s %o', (state, change, kind, text) => {
  const shown = light({ state }, { ...status, ...change } as Status);
  expect(shown).toEqual({ kind, text });
});
