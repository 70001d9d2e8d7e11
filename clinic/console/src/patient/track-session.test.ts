import { expect, test } from 'vitest';
import { trackSession } from './track-session.ts';

const original_local_date = '2026-11-23';

test.each([
  ['Tr:2026-11-23', { track: 'Tr', named: { original_date: original_local_date } }],
  ['Tr:2026-11-23T13:00', { track: 'Tr', named: { original_date: original_local_date, original_start: '13:00' } }],
  ['abcdefghijklmnopqrstuv', null],
])('%s', (id, named) => {
  expect(trackSession({ id, original_local_date })).toEqual(named);
});
