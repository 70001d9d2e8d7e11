import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fault, hasWords, problem } from './words.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

function rustFiles(path: string): string[] {
  if (/\btests(\.rs)?$/.test(path)) return [];
  const full = join(ROOT, path);
  if (statSync(full).isFile()) return [full];
  return readdirSync(full).flatMap((name) => {
    const inner = `${path}/${name}`;
    return name.endsWith('.rs') || statSync(join(ROOT, inner)).isDirectory() ? rustFiles(inner) : [];
  });
}

/** Stable codes a Rust file can let out: error texts, problem codes, codes made on the spot. */
function codes(file: string): string[] {
  const text = readFileSync(file, 'utf8').split('#[cfg(test)]')[0]!;
  const found = [
    ...text.matchAll(/#\[error\("([a-z0-9]+(?:-[a-z0-9]+)*)"\)\]/g),
    ...text.matchAll(/Problem::new\("([a-z0-9-]+)"\)/g),
    ...text.matchAll(/^\s*\w+ = "([a-z0-9-]+)", \d{3};/gm),
    ...text.matchAll(/quarantine\w*\([^)]*"([a-z0-9-]+)"/g),
    ...text.matchAll(/Quarantine\w*::new\("([a-z0-9-]+)"\)/g),
    ...text.matchAll(/\bbad\("([a-z0-9-]+)"\)/g),
    ...text.matchAll(/"([a-z]+(?:-[a-z]+)+)"\.to_owned\(\)/g),
    ...text.matchAll(/JsValue::from_str\("([a-z0-9-]+)"\)/g),
  ];
  return found.map((match) => match[1]!);
}

/** What a console can meet. Importing questionnaires and checking answers happen elsewhere. */
const SOURCES = [
  'core/wire/src/problem.rs',
  'core/clinician/src',
  'bindings/web/src',
  'core/mailbox/src',
  'core/care/src/entry.rs',
  'core/care/src/homework.rs',
  'core/care/src/plan.rs',
  'core/care/src/calendar.rs',
  'core/care/src/program',
];

test.each(SOURCES)('every code of %s has words', (source) => {
  const missing = rustFiles(source)
    .flatMap(codes)
    .filter((code) => !hasWords(code));
  expect(missing).toEqual([]);
});

test('the reader finds codes', () => {
  expect(rustFiles('core/wire/src/problem.rs').flatMap(codes)).toContain('setup-code-wrong');
  expect(rustFiles('core/clinician/src').flatMap(codes)).toContain('flag-changed');
  expect(rustFiles('core/mailbox/src').flatMap(codes)).toContain('seal-not-authentic');
});

test('an unknown code is a sentence too, and never the code', () => {
  expect(problem('no-such-code')).toMatch(/\.$/);
  expect(problem('no-such-code')).not.toContain('no-such-code');
  expect(fault('no-such-code')).not.toContain('no-such-code');
});
