/** A Chromium for tests, and what every test page is watched for. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where pictures go. */
export const SCREENS =
  process.env['HANDRAIL_OUT'] ?? fileURLToPath(new URL('../../../tests/out/screens', import.meta.url));

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** Console errors, page errors, refused loads and requests to other origins so far. */
  troubles: string[];
  close(): Promise<void>;
}

/** Troubles without Chromium's own note of an answer that a test brought about. */
export function withoutRefusals(troubles: string[], status: number): string[] {
  return troubles.filter((trouble) => !trouble.includes(`responded with a status of ${status}`));
}

/** A browser of its own with an empty profile. */
export async function visit(origin: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const profile = mkdtempSync(join(tmpdir(), 'handrail-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['HANDRAIL_CHROMIUM'] ?? '/usr/bin/chromium',
    args: FLAGS,
    headless: true,
    viewport: WIDE,
    locale: 'en-US',
    timezoneId: 'America/New_York',
    ...options,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`page error: ${error.message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.origin !== origin) {
      troubles.push(`request to another origin: ${url.origin}`);
    }
  });
  return {
    context,
    page,
    troubles,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Colours and sizes that were just switched are in force from the second frame on. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with the page as it is, one line for each node. */
export async function violations(page: Page): Promise<string[]> {
  await drawn(page);
  // A script tag would be refused by the content security policy; evaluation by the tester is not.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }> } }).axe;
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${String(node.target)} ${node.failureSummary ?? ''}`),
    );
  });
}

/** A picture of what is on the screen. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  await drawn(page);
  await page.screenshot({ path: join(SCREENS, `${name}.png`) });
}
