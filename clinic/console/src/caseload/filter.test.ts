import { expect, test } from 'vitest';
import type { CaseloadRow } from '../core/types.ts';
import { fits, found, type Filter } from './filter.ts';

const row: CaseloadRow = {
  patient: 'p',
  name: 'José Wren',
  track: 'Morning',
  week: 2,
  weeks: 8,
  discharged: null,
  flags: [],
  unread: 0,
  overdue: [],
  scores: [],
  last_check_in: null,
  next_session: null,
};

test.each([
  ['', true],
  ['jose', true],
  ['WR', true],
  ['wr jo', true],
  ['morn', true],
  ['wren x', false],
  ['ose', false],
])('"%s" finds: %s', (search, expected) => {
  expect(found(row, search)).toBe(expected);
});

test.each<[Partial<CaseloadRow>, Filter]>([
  [{ unread: 1 }, 'unread'],
  [{ overdue: ['PHQ-9'] }, 'overdue'],
  [{ discharged: '2026-11-01' }, 'discharged'],
])('%o is among %s and nobody else is', (change, filter) => {
  expect(fits({ ...row, ...change }, filter)).toBe(true);
  expect(fits(row, filter)).toBe(false);
  expect(fits(row, 'all')).toBe(true);
});
