import { expect, test } from 'vitest';
import { KEY_WORDS, groupKey, moved } from './keys.ts';

const pressed = { ctrlKey: false, metaKey: false, altKey: false, repeat: false };

test.each([
  ['p', { key: 'mark', attendance: 'present' }],
  ['j', { key: 'move', by: 1 }],
  ['ArrowUp', { key: 'move', by: -1 }],
  ['x', null],
  ['toString', null],
])('%s', (key, meaning) => {
  expect(groupKey({ ...pressed, key })).toEqual(meaning);
});

test('with a modifier a key belongs to the browser', () => {
  expect(groupKey({ ...pressed, key: 'p', ctrlKey: true })).toBeNull();
  expect(groupKey({ ...pressed, key: 'f', metaKey: true })).toBeNull();
});

test('a held key only moves', () => {
  expect(groupKey({ ...pressed, key: 'a', repeat: true })).toBeNull();
  expect(groupKey({ ...pressed, key: 'j', repeat: true })).toEqual({ key: 'move', by: 1 });
});

test('moving stays in the list', () => {
  expect([moved(0, -1, 3), moved(0, 1, 3), moved(2, 1, 3), moved(0, 1, 0)]).toEqual([0, 1, 2, 0]);
});

test('every listed key works', () => {
  const names: Record<string, string> = { '↓': 'ArrowDown', '↑': 'ArrowUp' };
  for (const [keys] of KEY_WORDS) {
    for (const key of keys) expect(groupKey({ ...pressed, key: names[key] ?? key })).not.toBeNull();
  }
});
