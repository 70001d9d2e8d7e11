import { expect, test } from 'vitest';
import { ago, ahead, clock, countdown, date, isoDate, onClock, plural, signed, zoneCity } from './format.ts';

const NOON = Date.UTC(2026, 10, 23, 17);

test.each([
  [0, 'just now'],
  [59_000, 'just now'],
  [60_000, '1 min ago'],
  [3_600_000, '1 h ago'],
  [86_400_000, '1 day ago'],
  [6 * 86_400_000, '6 days ago'],
])('%i ms ago', (past, words) => {
  expect(ago(NOON - past, NOON)).toBe(words);
});

test.each([
  [-5, 'now'],
  [59_000, 'now'],
  [8 * 60_000, 'in 8 min'],
  [3_600_000, 'in 1 h'],
  [3_900_000, 'in 1 h 5 min'],
  [86_400_000, 'in 1 day'],
])('%i ms ahead', (left, words) => {
  expect(ahead(NOON + left, NOON)).toBe(words);
});

test('a countdown never goes below zero and rounds up', () => {
  expect(countdown(NOON + 600_000, NOON)).toBe('10:00');
  expect(countdown(NOON + 1, NOON)).toBe('0:01');
  expect(countdown(NOON, NOON + 5)).toBe('0:00');
  expect(countdown(NOON + 72 * 3_600_000, NOON)).toBe('72:00:00');
});

test('a zone is followed, not the browser', () => {
  // Tokyo is fourteen hours ahead of New York in November.
  expect(isoDate(NOON, 'Asia/Tokyo')).toBe('2026-11-24');
  expect(isoDate(NOON, 'America/New_York')).toBe('2026-11-23');
  expect(zoneCity('America/Argentina/Buenos_Aires')).toBe('Buenos Aires');
});

test('a date without a time is the same day everywhere', () => {
  expect(date('2026-11-23')).toBe('Nov 23, 2026');
  expect(clock('09:00').replaceAll('\u202f', ' ')).toBe('9:00 AM');
});

test('a session is printed as the core read the clock, whatever this browser knows of the zone', () => {
  const vancouver = { zone: 'America/Vancouver', date: '2026-11-02', start: '10:00', end: '13:00:00' };
  expect(onClock(vancouver).replaceAll('\u202f', ' ')).toBe('Mon, Nov 2, 10:00 AM to 1:00 PM (Vancouver time)');
});

test('numbers', () => {
  expect([signed(3), signed(-4), signed(0)]).toEqual(['+3', '−4', '0']);
  expect([plural(1, 'entry', 'entries'), plural(0, 'entry', 'entries')]).toEqual(['1 entry', '0 entries']);
});
