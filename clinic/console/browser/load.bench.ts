/**
 * From Enter to the caseload, on a clinic that `crowd` of tests/bench has made. `HANDRAIL_CROWD` names its folder
 * (several, separated by commas, are fitted), `HANDRAIL_ROUNDS` how often (default 5); prints medians in
 * milliseconds. Each round has a browser of its own with an empty profile, and logs in twice: the second time the
 * browser has the account secret and whatever else the page keeps.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Page, Worker } from 'playwright-core';
import { visit } from './chromium.ts';
import { Clinic, type Credentials } from './clinic.ts';

const ROUNDS = Number(process.env['HANDRAIL_ROUNDS'] ?? 5);
const FOLDERS = (process.env['HANDRAIL_CROWD'] ?? '').split(',').filter(Boolean);

interface Crowd extends Credentials {
  patients: number;
}

/** What the worker saw, in milliseconds since the page asked it to log in. */
interface Seen {
  /** Keys are here, the first synchronisation is asked for. */
  entered: number;
  /** All answers are here and taken in. */
  whole: number;
  /** The caseload was handed to the page. */
  handed: number;
  /** Waiting for answers while nothing else was done. */
  waited: number;
  answers: number;
  bytes: number;
}

/** Makes the worker note when it asks, when answers are here and when it hands the caseload over. */
async function watch(worker: Worker): Promise<void> {
  await worker.evaluate(() => {
    const seen = { begun: 0, entered: 0, whole: 0, handed: 0, waited: 0, answers: 0, bytes: 0 };
    let asked = new Set<number>();
    Object.assign(self, { seen });
    self.addEventListener('message', (message) => {
      const call = (message as MessageEvent<{ call: string; view?: string; call_id: number }>).data;
      if (call.call === 'login') {
        Object.assign(seen, { begun: performance.now(), entered: 0, whole: 0, handed: 0, waited: 0, answers: 0, bytes: 0 });
        asked = new Set();
      }
      if (call.view === 'caseload') asked.add(call.call_id);
    });
    // What the worker is busy with is what it does not wait for: time between asking and the answer's last byte,
    // less what was done in between.
    const send = self.fetch.bind(self);
    let free = 0;
    self.fetch = async (...words: Parameters<typeof fetch>) => {
      if (String(words[0]) === '/v1/sync') seen.entered ||= performance.now();
      const response = await send(...words);
      const read = response.arrayBuffer.bind(response);
      response.arrayBuffer = async () => {
        const body = await read();
        seen.answers += 1;
        seen.bytes += body.byteLength;
        seen.waited += free ? performance.now() - free : 0;
        free = 0;
        return body;
      };
      return response;
    };
    const post = self.postMessage.bind(self) as (message: unknown) => void;
    self.postMessage = ((message: { event?: string; call_id?: number }) => {
      if (message.event === 'opening') free = performance.now();
      if (message.event === 'changed') seen.whole ||= performance.now();
      if (message.call_id !== undefined && asked.has(message.call_id)) seen.handed ||= performance.now();
      post(message);
    }) as typeof self.postMessage;
  });
}

/** Logs in and waits for everybody's row; milliseconds from Enter until they are drawn, and what the worker saw. */
async function enter(page: Page, who: Crowd): Promise<{ drawn: number; seen: Seen }> {
  const worker = page.workers().at(-1);
  if (!worker) throw new Error('the page has no worker');
  await watch(worker);
  await page.getByLabel('Login name').fill(who.login);
  await page.getByLabel('Passphrase').fill(who.passphrase);
  const secret = page.getByRole('textbox', { name: 'Account secret' });
  if (await secret.isVisible()) await secret.fill(who.account_secret);
  const drawn = await page.evaluate(
    (patients) =>
      new Promise<number>((resolve) => {
        let begun = 0;
        window.addEventListener('submit', () => (begun ||= performance.now()), { capture: true, once: true });
        const look = () => {
          // Every row, and a frame in which they were drawn.
          if (document.querySelectorAll('.caseload-table tbody tr').length >= patients) {
            requestAnimationFrame(() => resolve(performance.now() - begun));
          } else requestAnimationFrame(look);
        };
        look();
        document.querySelector<HTMLFormElement>('form')?.requestSubmit();
      }),
    who.patients,
  );
  const seen = await worker.evaluate(() => {
    const { begun, ...seen } = (self as unknown as { seen: Seen & { begun: number } }).seen;
    const since = (at: number) => at - begun;
    return { ...seen, entered: since(seen.entered), whole: since(seen.whole), handed: since(seen.handed) };
  });
  return { drawn, seen };
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function row(words: string, rounds: { drawn: number; seen: Seen }[]): string {
  const of = (pick: (round: { drawn: number; seen: Seen }) => number) => Math.round(median(rounds.map(pick)));
  const cells = [
    of((round) => round.drawn),
    of((round) => round.seen.entered),
    of((round) => round.seen.whole - round.seen.entered),
    of((round) => round.seen.waited),
    of((round) => round.seen.handed - round.seen.whole),
    of((round) => round.drawn - round.seen.handed),
    of((round) => round.seen.answers),
    of((round) => round.seen.bytes / 1e6),
  ];
  return `| ${words} | ${cells.join(' | ')} |`;
}

test.skipIf(FOLDERS.length === 0)('from Enter to the caseload', async () => {
  const table = [
    '| login | drawn | keys | fetch and judge | of that waiting | make the caseload | hand over and draw | answers | MB |',
    '|---|---|---|---|---|---|---|---|---|',
  ];
  const grown: [number, number][] = [];
  for (const folder of FOLDERS) {
    const who = JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8')) as Crowd;
    const clinic = await Clinic.start(folder);
    const [first, later]: { drawn: number; seen: Seen }[][] = [[], []];
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { page, close, troubles } = await visit(clinic.origin, { timezoneId: 'America/Chicago' });
        for (const rounds of [first, later]) {
          await page.goto(`${clinic.origin}/`);
          await page.getByRole('button', { name: 'Log in' }).waitFor();
          rounds!.push(await enter(page, who));
          await page.getByRole('button', { name: 'Up to date' }).waitFor();
        }
        expect(troubles).toEqual([]);
        await close();
      }
    } finally {
      await clinic.end();
    }
    table.push(row(`${who.patients} patients, first`, first!), row(`${who.patients} patients, later`, later!));
    grown.push([who.patients, median(first!.map((round) => round.drawn))]);
  }
  console.log(`medians of ${ROUNDS}, ms\n${table.join('\n')}`);
  const [from, until] = [grown[0], grown.at(-1)];
  if (from && until && until[0] > from[0]) {
    const power = Math.log(until[1] / from[1]) / Math.log(until[0] / from[0]);
    console.log(`growth: time is about patients to the power of ${power.toFixed(2)} (1 is linear)`);
  }
});
