// Prints a record, which mod.rs tells of, as an operator does.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';

import { pages, plain } from './pdf.mjs';

const { chromium } = await import('playwright-core').catch(() => {
  throw new Error('playwright-core is missing: npm ci in tests/browser, or make setup');
});
const story = JSON.parse(process.env.STORY);
const PICTURES = process.env.PICTURES && '../../target/pages';
if (PICTURES) mkdirSync(PICTURES, { recursive: true });
const args = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' ');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args }).catch((why) => {
  throw new Error(`/usr/bin/chromium does not start (Debian: chromium): ${why.message}`);
});
after(() => browser.close());

/** Paper, with its points and how many CSS pixels lie between its margins of 14 mm. */
const PAPER = { A4: { points: [595, 842], between: 688 }, Letter: { points: [612, 792], between: 710 } };
const [name, value] = story.cookie.split('=');

/** What sticks out, found in the page itself. */
function faults() {
  const found = [];
  const edge = document.documentElement.clientWidth;
  for (const element of document.querySelectorAll('body, body *')) {
    const { left, right } = element.getBoundingClientRect();
    if (left < -0.5 || right > edge + 0.5) found.push(`${element.tagName} from ${left} to ${right} of ${edge}`);
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth) found.push(`${element.tagName}: clipped`);
  }
  return found;
}

for (const locale of ['es-MX', 'en-US']) {
  for (const [format, { points, between }] of Object.entries(PAPER)) {
    test(`a record prints whole on ${format}, ${locale}`, async () => {
      const context = await browser.newContext({ javaScriptEnabled: false, locale, viewport: { width: between, height: 900 } });
      try {
        await context.addCookies([{ name, value, url: story.base }]);
        const page = await context.newPage();
        const wrong = [];
        page.on('request', (r) => r.url() === story.base + story.path || wrong.push(`asks ${r.url()}`));
        page.on('console', (m) => ['error', 'warning'].includes(m.type()) && wrong.push(m.text()));
        const reply = await page.goto(story.base + story.path);
        assert.equal(reply.status(), 200);
        await page.emulateMedia({ media: 'print' });
        assert.deepEqual(await page.evaluate(faults), []);
        assert.deepEqual(wrong, []);

        const bytes = await page.pdf({ format });
        if (PICTURES) {
          writeFileSync(`${PICTURES}/printed-${format}-${locale}.pdf`, bytes);
          await page.screenshot({ path: `${PICTURES}/printed-${format}-${locale}.png`, fullPage: true });
        }
        const printed = pages(bytes);
        assert.ok(printed.length > 1, 'more than a page, so that a break is tried');
        printed.forEach(({ size, text }, at) => {
          size.forEach((side, n) => assert.ok(Math.abs(side - points[n]) < 1, `${format}: ${size}`));
          assert.ok(text.includes(`${at + 1}/${printed.length}`), `page ${at + 1} has no number: ${text.slice(-80)}`);
          assert.ok(text.includes(story.folio), `page ${at + 1} does not say of which record`);
        });
        // Without what each page repeats: what goes on over a break is one text again.
        const repeated = /^\d+\/\d+[A-Z]+-\d+-\d+(CuándoQuiénQué|WhenWhoWhat)?/;
        const all = printed.map(({ text }, at) => (at ? text.replace(repeated, '') : text)).join('');
        const cells = await page.locator('h1, h2, p, th, td').allInnerTexts();
        assert.ok(cells.length > 40);
        for (const cell of cells) assert.ok(all.includes(plain(cell)), `not on paper: ${cell}`);
        for (const words of story.words) assert.ok(all.includes(plain(words)), `not on paper: ${words}`);
        assert.match(all, locale === 'es-MX' ? /NOENVIARA/ : /DONOTSEND/);
      } finally {
        await context.close();
      }
    });
  }
}
