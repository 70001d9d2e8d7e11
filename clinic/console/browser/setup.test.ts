/** From an empty server to a patient with a phone, all through the page. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { picture, violations, visit, withoutRefusals, type Visitor } from './chromium.ts';
import { Clinic, logIn, settled } from './clinic.ts';

let clinic: Clinic;
let visitor: Visitor;

beforeAll(async () => {
  clinic = await Clinic.start();
  visitor = await visit(clinic.origin, { timezoneId: 'America/Chicago' });
});

afterAll(async () => {
  await visitor?.close();
  await clinic?.end();
});

const ACCOUNT = { login: 'iris.lund', passphrase: 'four plain words here', account_secret: '' };

test('a clinic is set up, and set up once', async () => {
  const { page, troubles } = visitor;
  await page.goto(`${clinic.origin}/`);
  await page.getByRole('link', { name: 'Set up a clinic' }).click();
  await page.getByLabel('Name of the clinic').fill('Lakeside IOP');
  await page.getByRole('textbox', { name: 'Program phone' }).fill('555-0199');
  await page.getByRole('textbox', { name: 'Hours' }).fill('Weekdays 9 to 5');
  const zone = page.getByRole('combobox', { name: 'Time zone of the clinic' });
  expect(await zone.inputValue()).toBe('America/Chicago');
  await zone.fill('Denver');
  await page.getByRole('option', { name: 'America/Denver' }).click();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Next' }).click();

  await page.getByLabel('Your name').fill('Iris');
  await page.getByLabel('Title').fill('Group therapist');
  await page.getByLabel('Login name').fill(ACCOUNT.login);
  await page.getByLabel('Passphrase', { exact: true }).fill('short');
  await page.getByLabel('Passphrase again').fill('short');
  await page.getByRole('button', { name: 'Make the keys' }).click();
  await page.getByRole('alert').getByText('at least 12 characters').waitFor();
  await page.getByLabel('Passphrase', { exact: true }).fill(ACCOUNT.passphrase);
  await page.getByLabel('Passphrase again').fill('something else entirely');
  await page.getByText('The two are not the same.').waitFor();
  await page.getByLabel('Passphrase again').fill(ACCOUNT.passphrase);
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Make the keys' }).click();

  await page.getByRole('heading', { name: 'Your recovery sheet' }).waitFor();
  const sheet = (await page.locator('.secret').textContent()) ?? '';
  expect(sheet.length).toBeGreaterThan(40);
  await picture(page, 'setup-recovery-1280');
  await page.emulateMedia({ media: 'print' });
  await picture(page, 'setup-recovery-printed');
  await page.emulateMedia({ media: 'screen' });
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'It is printed: type it back' }).click();
  // The sheet is gone from the screen: it has to be read from paper.
  expect(await page.getByText(sheet).count()).toBe(0);
  const first = sheet.startsWith('A') ? 'B' : 'A';
  await page.getByLabel('Recovery sheet').fill(first + sheet.slice(1));
  await page.getByRole('button', { name: 'Check what I typed' }).click();
  await page.getByText('This is not what is on the sheet').waitFor();
  await page.getByLabel('Recovery sheet').fill(sheet.toLowerCase());
  await page.getByRole('button', { name: 'Check what I typed' }).click();

  await page.getByRole('heading', { name: 'Your account card' }).waitFor();
  ACCOUNT.account_secret = (await page.locator('.secret').textContent()) ?? '';
  await picture(page, 'setup-card-1280');
  await page.getByText('I have printed the card').click();
  await page.getByRole('button', { name: 'Next' }).click();

  expect(troubles).toEqual([]);
  await page.getByLabel('Set-up code').fill('AAAA-AAAA-AAAA-AAAA-AAAA');
  await page.getByRole('button', { name: 'Make the clinic' }).click();
  await page.getByText('This is not the set-up code that the server printed.').waitFor();
  // Chromium itself notes an answer of 403; nothing else may be there.
  expect(withoutRefusals(troubles.splice(0), 403)).toEqual([]);
  await page.getByLabel('Set-up code').fill(clinic.setupCode);
  await page.getByRole('button', { name: 'Make the clinic' }).click();
  await page.getByRole('heading', { name: 'No patients yet' }).waitFor();
  await settled(page);
  await page.getByText('Lakeside IOP').waitFor();
  await picture(page, 'setup-done-1280');
  expect(await violations(page)).toEqual([]);
  expect(troubles).toEqual([]);
});

test('a program, a track, a patient, a phone', async () => {
  const { page, troubles } = visitor;
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Clinic' }).click();
  await page.getByRole('button', { name: 'Add a program' }).click();
  await page.getByLabel('Name').fill('Adult IOP');
  await page.getByRole('dialog').getByRole('button', { name: 'Add the program' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Add a track' }).click();
  await page.getByLabel('Name').fill('Morning');
  await page.getByRole('dialog').getByRole('button', { name: 'Add the track' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('Mon, Tue, Thu 9:00 AM to 12:00 PM (Denver time)').waitFor();

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Caseload' }).click();
  await page.getByRole('button', { name: 'Add a patient' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Ona');
  await page.getByRole('button', { name: 'Add the patient' }).click();
  await page.getByRole('heading', { name: 'No phone yet' }).waitFor();
  await settled(page);

  await page.getByRole('button', { name: 'Invite a phone' }).first().click();
  await page.getByRole('button', { name: 'Show a QR code' }).click();
  const link = (await page.locator('.invite-link').textContent()) ?? '';
  expect(link).toContain(`${clinic.origin}/e#`);
  expect(await page.locator('.invite-code').count()).toBe(0);
  await page.getByRole('button', { name: 'Show the digits' }).click();
  const digits = ((await page.locator('.invite-code').textContent()) ?? '').replace(/\D/g, '');
  expect(digits).toMatch(/^\d{6}$/);
  await page.getByRole('button', { name: 'Done' }).click();
  await settled(page);

  const phone = join(clinic.folder, 'phone');
  expect(await clinic.phone(phone, 'enrol', link, digits)).toEqual({ enrolled: true });
  await page.getByText('Phone on the desk').waitFor();
  await clinic.phone(phone, 'check-in', 'gad7', ...[1, 2, 3, 4, 5, 6, 7].map((item) => `q${item}=1`));
  await page.getByRole('link', { name: /Check-ins 1/ }).waitFor();
  expect(troubles).toEqual([]);
});

test('the plan reaches the phone’s clinic and a visit is planned', async () => {
  const { page, troubles } = visitor;
  await page.getByRole('link', { name: /Transition plan/ }).click();
  await page.getByRole('button', { name: 'Write the plan' }).click();
  await page.getByRole('button', { name: 'Add a sign' }).click();
  await page.getByRole('textbox', { name: 'Sign' }).fill('Not sleeping');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByRole('textbox', { name: /Who they are/ }).fill('brother');
  await page.getByRole('button', { name: 'Save the plan' }).click();
  await page.getByText('Each line needs its first field.').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('Tam');
  await page.getByRole('button', { name: 'Save the plan' }).click();
  await page.getByText('Tam, brother').waitFor();
  await page.getByText('not read by the patient yet').waitFor();

  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.getByRole('button', { name: 'Plan a visit' }).click();
  await page.getByRole('button', { name: 'Plan the visit' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('10:00 AM to 10:50 AM (Denver time)').waitFor();
  await settled(page);
  expect(troubles).toEqual([]);
});

test('log out, and in again without the card: this browser has the secret', async () => {
  const { page, troubles } = visitor;
  const worker = page.workers()[0];
  const ended = worker && new Promise((resolve) => worker.once('close', resolve));
  await page.getByRole('button', { name: /account$/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByText('You are logged out').waitFor();
  // The keys were in that worker's memory and nowhere else.
  await ended;
  expect(new URL(page.url()).hash).toBe('#/');
  await page.getByLabel('Login name').fill(ACCOUNT.login);
  await page.getByText('This browser has your account secret').waitFor();
  expect(await violations(page)).toEqual([]);
  await logIn(page, ACCOUNT);
  await page.getByRole('link', { name: 'Ona' }).waitFor();
  expect(troubles).toEqual([]);
});
