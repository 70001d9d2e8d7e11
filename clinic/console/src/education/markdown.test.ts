/** Whatever somebody of staff writes into a piece, the page draws words and links: nothing runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Prose } from './markdown.tsx';

/** Elements of a piece, with the attributes that each may have. */
const ELEMENTS: Record<string, readonly string[]> = {
  div: ['class'],
  p: [],
  h3: [],
  h4: [],
  ul: [],
  ol: ['start'],
  li: [],
  blockquote: [],
  pre: [],
  code: ['class'],
  em: [],
  strong: [],
  a: ['href', 'target', 'rel'],
  br: [],
  hr: [],
};

/** What a browser would do with the HTML beyond showing words, or nothing. */
function harm(html: string): string | undefined {
  for (const [tag, , name = '', attributes = ''] of html.matchAll(/<(\/?)([^\s/>]*)([^>]*)>/g)) {
    const allowed = ELEMENTS[name];
    if (!allowed) return `the element ${tag}`;
    for (const [, key = '', value = ''] of attributes.matchAll(/([^\s=/]+)(?:="([^"]*)")?/g)) {
      if (!allowed.includes(key)) return `the attribute ${key} of ${tag}`;
      // What has a scheme must have one that opens a page, a mail or nothing.
      const scheme = key === 'href' ? /^[^/?#]*?:/.exec(value)?.[0].toLowerCase() : undefined;
      if (scheme && !['http:', 'https:', 'mailto:', 'irc:', 'ircs:', 'xmpp:'].includes(scheme)) {
        return `a link by ${scheme}`;
      }
    }
  }
  return undefined;
}

const drawn = (text: string) => renderToStaticMarkup(createElement(Prose, { text }));

test.each([
  ['<script>alert(1)</script>', 'the element <script>'],
  ['<p onclick="x">a</p>', 'the attribute onclick of <p onclick="x">'],
  ['<a href="javascript:alert(1)">a</a>', 'a link by javascript:'],
  ['<a href="JavaScript:alert(1)">a</a>', 'a link by javascript:'],
  ['<a href="data:text/html,x">a</a>', 'a link by data:'],
  ['<img src="x">', 'the element <img src="x">'],
  ['<p>5 &lt; 6 <a href="https://a.example/b:c">a</a></p>', undefined],
])('the check itself: %s', (html, expected) => {
  expect(harm(html)).toBe(expected);
});

// The same seeds as the fuzzer of the core's own texts has.
const seeds = fileURLToPath(new URL('../../../../fuzz/seeds/markdown/', import.meta.url));

test.each(readdirSync(seeds))('%s', (name) => {
  expect(harm(drawn(readFileSync(`${seeds}${name}`, 'utf8')))).toBeUndefined();
});

const PIECES = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<a href="javascript:x" onclick=y>',
  '[a](javascript:alert(1))', '[a](JAVASCRIPT:x)', '[a](&#106;avascript:x)', '[a](java\tscript:x)',
  '[a](data:text/html,<script>)', '[a](vbscript:x)', '<javascript:x>', '<https://a.example>', '![i](x)',
  '![i](javascript:x "t")', '[r]: javascript:x', '[r]', '[r][r]', '`', '```html\n', '~~~\n', '    ', '# ',
  '> ', '- ', '1. ', '2) ', '***', '---\n', '\n', '\n\n', '\\', '&lt;', '&#60;', '&quot;', '<!--', '-->',
  '<![CDATA[', ']]>', '<?x', '"', "'", '(', ')', '[', ']', '{', '|', '\0', '\u202e', '\u2028', 'words ',
];

test('pieces of anything in any order', () => {
  let state = 20_261_130;
  const below = (most: number) => {
    // Numerical Recipes' generator: the same documents in each run.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  for (let number = 0; number < 600; number += 1) {
    let text = '';
    for (let count = below(24) + 1; count > 0; count -= 1) text += PIECES[below(PIECES.length)];
    expect(harm(drawn(text)), JSON.stringify(text)).toBeUndefined();
  }
}, 60_000);
