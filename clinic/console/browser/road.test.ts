/** The main road on the demo clinic: real server, real phone cores, the real core in the browser. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { NARROW, WIDE, picture, violations, visit, withoutRefusals, type Visitor } from './chromium.ts';
import { Clinic, logIn, settled, type Credentials, type Demo } from './clinic.ts';

let clinic: Clinic;
let demo: Demo;
let rowan: Credentials;
let visitor: Visitor;

beforeAll(async () => {
  clinic = await Clinic.start();
  demo = await clinic.seed();
  rowan = demo.logins[0]!;
  visitor = await visit(clinic.origin, { timezoneId: 'America/Chicago' });
});

afterAll(async () => {
  await visitor?.close();
  await clinic?.end();
});

const phone = (name: string, ...action: string[]) => clinic.phone(join(demo.phones, name), ...action);

/** Goes to an address of the page without loading it again. */
async function go(page: Page, hash: string) {
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, hash);
}

async function openPatient(page: Page, name: string) {
  await go(page, '#/caseload');
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

test('a wrong passphrase opens nothing', async () => {
  const { page, troubles } = visitor;
  await page.goto(`${clinic.origin}/`);
  await logIn(page, { ...rowan, passphrase: 'calm river, steady rale' });
  await page.getByRole('alert').getByText('do not fit together').waitFor();
  expect(await page.getByRole('heading', { name: 'Caseload' }).count()).toBe(0);
  await picture(page, 'login-wrong-1280');
  expect(await violations(page)).toEqual([]);
  await logIn(page, { ...rowan, account_secret: 'NONSENSE' });
  await page.getByRole('alert').getByText('not an account secret').waitFor();
  expect(withoutRefusals(troubles.splice(0), 401)).toEqual([]);
});

test('log in, by keyboard alone', async () => {
  const { page, troubles } = visitor;
  await page.reload();
  await page.getByLabel('Login name').focus();
  await page.keyboard.type(rowan.login);
  await page.keyboard.press('Tab');
  await page.keyboard.type(rowan.passphrase);
  await page.keyboard.press('Tab');
  await page.keyboard.type(rowan.account_secret);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Caseload' }).waitFor();
  await settled(page);
  await page.keyboard.press('/');
  await page.keyboard.type('wre');
  await page.getByRole('row', { name: /Wren/ }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: /Pell/ }).waitFor();
  // Everyone, the head included.
  expect(await page.getByRole('row').count()).toBe(13);
  expect(troubles).toEqual([]);
});

test('a check-in that a phone writes now appears by itself, and opening it is a receipt', async () => {
  const { page, troubles } = visitor;
  const row = page.getByRole('row', { name: /^Wren/ });
  await row.getByText('2 unread').waitFor();
  await phone('wren', 'check-in', 'daily-check-in', 'mood=7', 'anxiety=2', 'urge-to-use=0', 'urge-to-self-harm=0', 'sleep=3', 'note=The lake was frozen this morning');
  await row.getByText('3 unread').waitFor();
  await openPatient(page, 'Wren');
  await page.getByRole('link', { name: /^Check-ins/ }).click();
  await page.getByRole('link', { name: /unread.*just now|Daily check-in/ }).first().click();
  await page.getByText('The lake was frozen this morning').waitFor();
  await page.getByText('Opened by Rowan').waitFor();
  await settled(page);
  await go(page, '#/caseload');
  await row.getByText('2 unread').waitFor();
  expect(troubles).toEqual([]);
});

test('a safety flag arrives live, cannot be dismissed, and is closed by name', async () => {
  const { page, troubles } = visitor;
  await phone('liv', 'check-in', 'daily-check-in', 'mood=2', 'anxiety=8', 'urge-to-use=0', 'urge-to-self-harm=3', 'sleep=1');
  const row = page.getByRole('row', { name: /^Liv/ });
  await row.getByText('Safety flag').waitFor();
  await openPatient(page, 'Liv');
  const flag = page.getByRole('article').filter({ hasText: 'how strong is any urge to harm yourself' });
  await flag.getByText('Strong').waitFor();
  await picture(page, 'flag-open-1280');
  await flag.getByRole('button', { name: /Close this flag/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Close a safety flag' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  // Leaving the dialog changes nothing.
  await flag.getByRole('button', { name: /Close this flag/ }).click();
  const close = dialog.getByRole('button', { name: 'Close the flag' });
  expect(await close.isDisabled()).toBe(true);
  await dialog.getByText('Talked with and assessed').click();
  await dialog.getByText('Moderate', { exact: true }).click();
  expect(await close.isDisabled()).toBe(true);
  await dialog.getByLabel('What was agreed').fill('Talked at once. Stays with her aunt tonight; call tomorrow at nine.');
  expect(await violations(page)).toEqual([]);
  await picture(page, 'flag-dialog-1280');
  await close.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Closed safety flags (1)').click();
  await page.getByText('risk judged moderate, by Rowan').waitFor();
  await settled(page);
  await go(page, '#/caseload');
  await row.waitFor();
  expect(await row.getByText('Safety flag').count()).toBe(0);

  // Another clinician, another browser: the flag is closed there too, by that name.
  const other = await visit(clinic.origin, { timezoneId: 'America/Chicago' });
  try {
    await other.page.goto(`${clinic.origin}/`);
    await logIn(other.page, demo.logins[1]!);
    await settled(other.page);
    await openPatient(other.page, 'Liv');
    await other.page.getByText('Closed safety flags (1)').click();
    await other.page.getByText('risk judged moderate, by Rowan').waitFor();
    expect(other.troubles).toEqual([]);
  } finally {
    await other.close();
  }
  expect(troubles).toEqual([]);
});

test('homework goes to the phone, and what came of it comes back', async () => {
  const { page, troubles } = visitor;
  await openPatient(page, 'Wren');
  await page.getByRole('button', { name: 'Assign homework' }).click();
  await page.getByRole('button', { name: 'Paced breathing' }).click();
  await page.getByLabel('Title').fill('Breathing by the window');
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await settled(page);
  const today = await phone('wren', 'today');
  expect(today['homework']).toContain('Breathing by the window');
  await page.getByRole('link', { name: /^Homework/ }).click();
  const card = page.locator('section.card').filter({ hasText: 'Breathing by the window' });
  await card.getByText('Not logged yet.').waitFor();
  expect(await phone('wren', 'practise')).toEqual({ practised: 'Breathing by the window' });
  await card.getByText('distress 65 before, 30 after').waitFor();
  expect(troubles).toEqual([]);
});

test('ten minutes before group: one key each', async () => {
  const { page, troubles } = visitor;
  await go(page, '#/group');
  await page.getByRole('heading', { level: 1, name: /^Morning/ }).waitFor();
  await page.keyboard.press('j');
  const first = page.getByRole('row').nth(1);
  const name = (await first.locator('a.person').textContent()) ?? '';
  await page.keyboard.press('p');
  await page.getByRole('group', { name: `Attendance of ${name}` }).getByRole('button', { name: 'Present', pressed: true }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  const second = (await page.getByRole('row').nth(2).locator('a.person').textContent()) ?? '';
  await page.getByRole('group', { name: `Attendance of ${second}` }).getByRole('button', { name: 'Absent', pressed: true }).waitFor();
  await page.keyboard.press('m');
  const panel = page.getByRole('dialog', { name: `Unread of ${second}` });
  await panel.getByText('Opened by Rowan').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('row').nth(2).getByText('read', { exact: false }).first().waitFor();
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keys of this page' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByText('Use single keys').click();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('e');
  expect(await page.getByRole('group', { name: `Attendance of ${second}` }).getByRole('button', { name: 'Absent' }).getAttribute('aria-pressed')).toBe('true');
  await page.keyboard.press('?');
  await page.getByText('Use single keys').click();
  await page.keyboard.press('Escape');
  await settled(page);
  expect(troubles).toEqual([]);
});

describe.each([
  ['1280', WIDE, 'light'],
  ['1280-dark', WIDE, 'dark'],
  ['390', NARROW, 'light'],
  ['390-dark', NARROW, 'dark'],
] as const)('every page at %s', (size, viewport, colorScheme) => {
  test.each([
    ['caseload', '#/caseload', 'Caseload'],
    ['group', '#/group', 'Morning'],
    ['education', '#/education', 'Education'],
    ['clinic', '#/clinic', 'Clinic'],
    ['patient', null, 'Over time'],
    ['check-ins', 'check-ins', 'Daily check-in'],
    ['homework', 'homework', 'Given '],
    ['plan', 'plan', 'History'],
    ['sessions', 'sessions', 'Next two weeks'],
    ['people', 'people', ', since '],
  ] as const)('%s', async (name, hash, ready) => {
    const { page, troubles } = visitor;
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    if (hash?.startsWith('#')) {
      await go(page, hash);
    } else {
      await openPatient(page, 'Maren');
      if (hash) await go(page, `${new URL(page.url()).hash}/${hash}`);
    }
    await page.getByRole('main').getByText(ready).first().waitFor({ state: 'attached' });
    await picture(page, `clinic-${name}-${size}`);
    expect(await violations(page)).toEqual([]);
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways).toBeLessThanOrEqual(0);
    expect(troubles).toEqual([]);
  });
});

test('offline: says so, keeps what is written, and sends it when the server is back', async () => {
  const { page, troubles } = visitor;
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: 'light' });
  await settled(page);
  await clinic.down();
  await openPatient(page, 'Nadja');
  await page.getByRole('button', { name: 'Assign homework' }).click();
  await page.getByLabel('Title').fill('Written while offline');
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await page.getByRole('button', { name: 'Offline · not sent yet (1)' }).waitFor();
  await page.getByText('Keep the page open.').waitFor();
  await picture(page, 'clinic-offline-1280');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: /account$/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('alertdialog').getByText('Logging out now loses them').waitFor();
  await page.getByRole('button', { name: 'Stay' }).click();
  await clinic.up();
  await settled(page);
  const today = await phone('nadja', 'today');
  expect(today['homework']).toContain('Written while offline');
  const rest = troubles.splice(0).filter((trouble) => !/net::ERR_|responded with a status of 5/.test(trouble));
  expect(rest).toEqual([]);
});

test('nobody there for a quarter of an hour: a warning, then out, and the keys are gone', async () => {
  const idle = await visit(clinic.origin, { timezoneId: 'America/Chicago' });
  try {
    const { page } = idle;
    await page.clock.install();
    await page.goto(`${clinic.origin}/`);
    await logIn(page, rowan);
    await settled(page);
    const worker = page.workers()[0];
    const ended = worker && new Promise((resolve) => worker.once('close', resolve));
    await page.clock.fastForward('13:50');
    expect(await page.getByRole('alertdialog').count()).toBe(0);
    await page.clock.fastForward('00:15');
    await page.getByRole('alertdialog', { name: 'Still there?' }).waitFor();
    await picture(page, 'idle-warning-1280');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Stay logged in' }).click();
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await page.clock.fastForward('14:30');
    await page.getByRole('alertdialog', { name: 'Still there?' }).waitFor();
    await page.clock.fastForward('00:40');
    await page.getByText('nobody used the page for 15 minutes').waitFor();
    await ended;
    expect(await page.getByText('Wren').count()).toBe(0);
    expect(idle.troubles).toEqual([]);
  } finally {
    await idle.close();
  }
});

function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

describe('somebody alters the database', () => {
  let mailbox: Uint8Array;
  beforeAll(async () => {
    await openPatient(visitor.page, 'Teodor');
    const id = new URL(visitor.page.url()).hash.split('/')[2] ?? '';
    mailbox = Buffer.from(id, 'base64url');
    expect(mailbox).toHaveLength(16);
    // This page would notice at once that its own heads are disowned; a fresh login is the harder case.
    await visitor.page.goto('about:blank');
  });

  async function freshLogin(): Promise<Visitor> {
    const fresh = await visit(clinic.origin, { timezoneId: 'America/Chicago' });
    await fresh.page.goto(`${clinic.origin}/`);
    await logIn(fresh.page, rowan);
    return fresh;
  }

  const LAST = `SELECT e.place, e.id, e.sealed, m.no FROM entries e JOIN mailboxes m ON m.no = e.mailbox
    WHERE m.mailbox = ? ORDER BY e.place DESC LIMIT 1`;

  test('carelessly: the record is not believed', async () => {
    await clinic.alter(async (database) => {
      const [place, , sealed] = database.exec(LAST, [mailbox])[0]!.values[0] as [number, Uint8Array, Uint8Array];
      sealed[sealed.length - 20]! ^= 1;
      database.run('UPDATE entries SET sealed = ? WHERE place = ?', [sealed, place]);
    });
    const fresh = await freshLogin();
    try {
      await fresh.page.getByRole('button', { name: 'Server not believed' }).click();
      await fresh.page.getByRole('dialog').getByText('something was dropped or swapped').waitFor();
      await picture(fresh.page, 'clinic-not-believed-1280');
      expect(await violations(fresh.page)).toEqual([]);
      expect(fresh.troubles).toEqual([]);
    } finally {
      await fresh.close();
    }
  });

  test('carefully, with new hashes: the entry is kept apart, the rest is shown', async () => {
    await clinic.alter(async (database) => {
      const [place, id, sealed, no] = database.exec(LAST, [mailbox])[0]!.values[0] as [
        number,
        Uint8Array,
        Uint8Array,
        number,
      ];
      const before = database.exec('SELECT head FROM entries WHERE place = ?', [place - 1])[0]!.values[0]![0] as Uint8Array;
      const digest = sha256(sealed);
      const head = sha256(before, id, digest);
      database.run('UPDATE entries SET digest = ?, head = ? WHERE place = ?', [digest, head, place]);
      database.run('UPDATE mailboxes SET head = ? WHERE no = ?', [head, no]);
    });
    const fresh = await freshLogin();
    try {
      const { page } = fresh;
      await page.getByRole('button', { name: '1 entry not opened' }).click();
      await page
        .getByRole('dialog')
        .getByText('An entry in Teodor’s record could not be opened: it was altered after it was sealed.')
        .waitFor();
      await page.keyboard.press('Escape');
      await picture(page, 'clinic-quarantine-1280');
      expect(await violations(page)).toEqual([]);
      await openPatient(page, 'Teodor');
      await page.getByRole('heading', { name: 'Over time' }).waitFor();
      expect(fresh.troubles).toEqual([]);
    } finally {
      await fresh.close();
    }
  });
});
