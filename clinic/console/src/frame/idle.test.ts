import { expect, test } from 'vitest';
import { IDLE_MS, WARNING_MS, idleState } from './idle.tsx';

test.each([
  [0, 'active'],
  [IDLE_MS - WARNING_MS - 1, 'active'],
  [IDLE_MS - WARNING_MS, 'warned'],
  [IDLE_MS - 1, 'warned'],
  [IDLE_MS, 'out'],
  [IDLE_MS * 100, 'out'],
])('%i ms after the last input: %s', (passed, state) => {
  expect(idleState(1_000, 1_000 + passed).state).toBe(state);
});
