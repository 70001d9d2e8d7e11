/**
 * Every page on invented data, in each size and in light and dark: drawn, free of axe violations,
 * of console errors, of requests to anyone else, and of sideways scrolling.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { NARROW, WIDE, picture, violations, visit, type Visitor } from './chromium.ts';
import { serve } from './files.ts';
import { NOW, id } from './gallery/data.ts';

const MAREN = id('Maren Holt');

interface Shot {
  name: string;
  scene?: string;
  hash?: string;
  ready: string;
  then?: (page: Page) => Promise<void>;
}

async function press(page: Page, name: string | RegExp) {
  await page.getByRole('button', { name }).first().click();
}

const SHOTS: Shot[] = [
  { name: 'login', scene: 'outside', ready: 'Log in' },
  { name: 'setup', scene: 'outside', hash: '#/setup', ready: 'Set up your clinic' },
  { name: 'caseload', ready: 'Caseload' },
  { name: 'caseload-empty', scene: 'empty', ready: 'No patients yet' },
  { name: 'caseload-loading', scene: 'loading', ready: 'Opening the caseload' },
  { name: 'caseload-failed', scene: 'failed', ready: 'This could not be shown' },
  { name: 'caseload-offline', scene: 'offline', ready: 'Offline.' },
  { name: 'caseload-quarantine', scene: 'apart', ready: 'could not be opened' },
  { name: 'caseload-restored', scene: 'restored', ready: 'restored a backup' },
  { name: 'caseload-refused', scene: 'refused', ready: 'The server refused something' },
  { name: 'add-patient', ready: 'Caseload', then: (page) => press(page, 'Add a patient') },
  { name: 'sync-details', scene: 'apart', ready: 'could not be opened', then: (page) => press(page, /not opened/) },
  { name: 'account-menu', ready: 'Caseload', then: (page) => press(page, /account/) },
  {
    name: 'select-open',
    ready: 'Caseload',
    then: async (page) => {
      await press(page, 'Add a patient');
      await press(page, /Track/);
      await page.getByRole('option', { name: 'Morning' }).waitFor();
    },
  },
  { name: 'group', hash: '#/group', ready: 'Morning' },
  { name: 'group-unread', hash: '#/group', ready: 'Morning', then: (page) => press(page, /unread of Maren/) },
  { name: 'group-flag', hash: '#/group', ready: 'Morning', then: (page) => press(page, /Flag of Maren/) },
  { name: 'patient', hash: `#/patient/${MAREN}`, ready: 'Over time' },
  {
    name: 'patient-table',
    hash: `#/patient/${MAREN}`,
    ready: 'Over time',
    then: (page) => press(page, 'Table'),
  },
  { name: 'patient-check-in', hash: `#/patient/${MAREN}/check-ins/${id('Maren Holtc0')}`, ready: 'more than half' },
  { name: 'patient-homework', hash: `#/patient/${MAREN}/homework`, ready: 'Paced breathing' },
  {
    name: 'assign-homework',
    hash: `#/patient/${MAREN}/homework`,
    ready: 'Paced breathing',
    then: (page) => press(page, 'Assign homework'),
  },
  { name: 'patient-plan', hash: `#/patient/${MAREN}/plan`, ready: 'Signs that things get worse' },
  {
    name: 'plan-editor',
    hash: `#/patient/${MAREN}/plan`,
    ready: 'Signs that things get worse',
    then: (page) => press(page, 'Revise'),
  },
  { name: 'patient-sessions', hash: `#/patient/${MAREN}/sessions`, ready: 'Next two weeks' },
  {
    name: 'plan-visit',
    hash: `#/patient/${MAREN}/sessions`,
    ready: 'Next two weeks',
    then: (page) => press(page, 'Plan a visit'),
  },
  { name: 'patient-people', hash: `#/patient/${MAREN}/people`, ready: 'Pixel in the kitchen' },
  {
    name: 'invite',
    hash: `#/patient/${MAREN}/people`,
    ready: 'Pixel in the kitchen',
    then: async (page) => {
      await press(page, 'Invite a phone');
      await press(page, 'Show a QR code');
      await press(page, 'Show the digits');
    },
  },
  { name: 'education', hash: '#/education', ready: 'What a week looks like' },
  {
    name: 'education-editor',
    hash: '#/education',
    ready: 'What a week looks like',
    then: (page) => press(page, 'Edit'),
  },
  { name: 'clinic', hash: '#/clinic', ready: 'Riverbend IOP' },
  { name: 'add-track', hash: '#/clinic', ready: 'Riverbend IOP', then: (page) => press(page, 'Add a track') },
];

let files: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  files = await serve(fileURLToPath(new URL('../../../tests/out/gallery', import.meta.url)));
});

afterAll(() => files.close());

async function open(visitor: Visitor, shot: Shot) {
  const { page } = visitor;
  await page.goto('about:blank');
  await page.goto(`${files.origin}/?scene=${shot.scene ?? 'clinic'}${shot.hash ?? ''}`);
  const ready = shot.scene === 'loading' ? page.getByRole('status', { name: shot.ready }) : page.getByText(shot.ready);
  await ready.first().waitFor({ state: 'attached' });
  await shot.then?.(page);
}

describe.each([
  ['1280', WIDE, 'light'],
  ['1280-dark', WIDE, 'dark'],
  ['390', NARROW, 'light'],
  ['390-dark', NARROW, 'dark'],
] as const)('%s', (size, viewport, colorScheme) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(files.origin, { viewport, colorScheme, reducedMotion: 'reduce' });
    await visitor.page.clock.setFixedTime(NOW);
  });
  afterAll(() => visitor.close());

  test.each(SHOTS)('$name', async (shot) => {
    visitor.troubles.length = 0;
    await open(visitor, shot);
    await picture(visitor.page, `${shot.name}-${size}`);
    expect(await violations(visitor.page)).toEqual([]);
    const sideways = await visitor.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways).toBeLessThanOrEqual(0);
    expect(visitor.troubles).toEqual([]);
  });
});
