import { expect, test } from 'vitest';
import type { Slot, Trend } from '../core/types.ts';
import { describe as inWords, newest } from './trend.tsx';

const slot = (date: string, value: number | null): Slot => ({ date, value, severity: null, check_in: null });
const trend: Trend = {
  form: 'phq9',
  item: null,
  title: 'PHQ-9',
  every_days: 7,
  min: 0,
  max: 27,
  bands: [],
  slots: [slot('2026-11-02', 18), slot('2026-11-09', null), slot('2026-11-16', 12), slot('2026-11-23', null)],
};

test('gaps are told, not closed', () => {
  expect(inWords(trend)).toBe('18 on Nov 2, 2026, 12 on Nov 16, 2026. 2 of 4 answered, 2 left out.');
  expect(newest(trend.slots)?.date).toBe('2026-11-16');
});

test('zero is a value', () => {
  expect(newest([slot('2026-11-02', 3), slot('2026-11-09', 0)])?.value).toBe(0);
});

test('nothing yet', () => {
  expect(inWords({ ...trend, slots: [slot('2026-11-02', null)] })).toBe('No answers yet.');
});
