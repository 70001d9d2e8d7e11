import { expect, test } from 'vitest';
import { parseRoute, to } from './routes.ts';

test.each([
  ['', { page: 'caseload' }],
  ['#/', { page: 'caseload' }],
  ['#/caseload', { page: 'caseload' }],
  ['#/group', { page: 'group', track: null }],
  ['#/group/T1', { page: 'group', track: 'T1' }],
  ['#/patient/P', { page: 'patient', id: 'P', tab: 'overview', item: null }],
  ['#/patient/P/plan', { page: 'patient', id: 'P', tab: 'plan', item: null }],
  ['#/patient/P/check-ins/C', { page: 'patient', id: 'P', tab: 'check-ins', item: 'C' }],
  ['#/patient/P/constructor', { page: 'patient', id: 'P', tab: 'overview', item: null }],
  ['#/patient', { page: 'unknown' }],
  ['#/nowhere', { page: 'unknown' }],
  ['#/patient/%E0%A4%A', { page: 'unknown' }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

test('addresses read back', () => {
  expect(parseRoute(to.patient('a/b', 'check-ins', 'c d'))).toEqual({
    page: 'patient',
    id: 'a/b',
    tab: 'check-ins',
    item: 'c d',
  });
  expect(parseRoute(to.patient('p'))).toMatchObject({ tab: 'overview' });
  expect(parseRoute(to.education('what-is-an-iop'))).toEqual({ page: 'education', slug: 'what-is-an-iop' });
});
