/**
 * The formats, replayed in a browser: every file of tests/vectors that `handrail-mailbox` owns, through
 * the back end that the page uses. The module is built for this test by `cargo xtask test`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { visit, type Visitor } from './chromium.ts';

const VECTORS = fileURLToPath(new URL('../../../tests/vectors', import.meta.url));
const REPLAY = process.env['HANDRAIL_REPLAY'] ?? fileURLToPath(new URL('../../../target/wasm/replay', import.meta.url));
const FILES = ['chain', 'invite', 'keybox', 'seal', 'wire', 'wrap'];

interface Module {
  initSync(options: { module: Uint8Array }): void;
  check_vectors(json: string): number;
}

let visitor: Visitor;

beforeAll(async () => {
  visitor = await visit('about:blank');
  const script = readFileSync(join(REPLAY, 'handrail_web.js'), 'utf8');
  const wasm = readFileSync(join(REPLAY, 'handrail_web_bg.wasm')).toString('base64');
  const hand = '\nwindow.core = { initSync, check_vectors };';
  await visitor.page.addScriptTag({ type: 'module', content: script + hand });
  await visitor.page.waitForFunction(() => 'core' in window);
  await visitor.page.evaluate((wasm) => {
    const bytes = Uint8Array.from(atob(wasm), (letter) => letter.charCodeAt(0));
    (window as unknown as { core: Module }).core.initSync({ module: bytes });
  }, wasm);
});

afterAll(() => visitor.close());

/** How many vectors were replayed, or the code of what differs. */
function replay(json: string): Promise<number | string> {
  return visitor.page.evaluate((json) => {
    try {
      return (window as unknown as { core: Module }).core.check_vectors(json);
    } catch (error) {
      return String(error);
    }
  }, json);
}

test.each(FILES)('%s.json', async (file) => {
  const count = await replay(readFileSync(join(VECTORS, `${file}.json`), 'utf8'));
  expect(count).toBeGreaterThan(2);
});

test('one changed digit is noticed', async () => {
  const json = readFileSync(join(VECTORS, 'chain.json'), 'utf8');
  const head = /"head": *"([0-9a-f]{64})"/.exec(json)?.[1];
  expect(head).toBeDefined();
  const digit = head?.startsWith('0') ? '1' : '0';
  const changed = json.replace(head ?? '', digit + head?.slice(1));
  expect(typeof (await replay(changed))).toBe('string');
});
