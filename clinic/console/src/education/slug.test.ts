import { expect, test } from 'vitest';
import { slugOf } from './slug.ts';

test.each([
  ['What is an IOP?', [], 'what-is-an-iop'],
  ['Café & calm', [], 'cafe-calm'],
  ['???', [], 'piece'],
  ['Sleep', ['sleep'], 'sleep-2'],
  ['Sleep', ['sleep', 'sleep-2'], 'sleep-3'],
])('%s', (title, taken, slug) => {
  expect(slugOf(title, taken)).toBe(slug);
});
