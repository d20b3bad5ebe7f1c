// Opens the links of a story, which mod.rs tells, as people do.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const { chromium } = await import('playwright-core').catch(() => {
  throw new Error('playwright-core is missing: npm ci in tests/browser, or make setup');
});
const story = JSON.parse(process.env.STORY);
const PHONE = { width: 360, height: 640 };
const DESK = { width: 1280, height: 800 };
const CALL = 'a[href="tel:911"]';
const PICTURES = process.env.PICTURES && '../../target/pages';
if (PICTURES) mkdirSync(PICTURES, { recursive: true });

const how = {
  executablePath: '/usr/bin/chromium',
  args: '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' '),
};
const missing = (why) => {
  throw new Error(`/usr/bin/chromium does not start (Debian: chromium): ${why.message}`);
};
const browser = await chromium.launch(how).catch(missing);
after(() => browser.close());

const person = { javaScriptEnabled: false, locale: 'es-MX', viewport: PHONE, hasTouch: true };
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15';

/** Watches a person's page: all that it asks for goes to the server, and nothing is complained about. */
function watched(page) {
  page.wrong = [];
  page.setDefaultTimeout(5_000);
  page.on('request', (r) => r.url().startsWith(`${story.base}/`) || page.wrong.push(`asks ${r.url()}`));
  page.on('requestfailed', (r) => page.wrong.push(`fails ${r.url()}: ${r.failure()?.errorText}`));
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !/status of 4\d\d/.test(m.text()) && page.wrong.push(m.text()));
  page.on('pageerror', (e) => page.wrong.push(String(e)));
  return page;
}

/** A sentence that somebody's browser is held to, which differs in `traits` from a phone that speaks Spanish. */
function sentence(name, traits, steps, opened = () => browser.newContext({ ...person, ...traits })) {
  test(name, async () => {
    const context = await opened();
    try {
      const page = watched(await context.newPage());
      await steps(page);
      assert.deepEqual(page.wrong, []);
    } finally {
      await context.close();
    }
  });
}

/** A browser whose owner has forbidden cookies. */
async function withoutCookies() {
  const folder = mkdtempSync(join(tmpdir(), 'ampara-browser-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'Default'));
  const forbidden = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(join(folder, 'Default', 'Preferences'), JSON.stringify(forbidden));
  return chromium.launchPersistentContext(folder, { ...how, ...person });
}

const open = (page, path) => page.goto(story.base + path);
const click = (page, name) => page.getByRole('button', { name, exact: true }).click();
const text = (page) => page.locator('body').innerText();

/** What is wrong with how a page looks, found in the page itself. */
function faults() {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways: ${root.scrollWidth} px wide`);
  if (document.querySelectorAll('h1').length !== 1) found.push('not one heading');
  const numbers = (colour) => {
    const parts = /^rgba?\((.*)\)$/.exec(colour);
    if (!parts) throw new Error(`a colour like ${colour}`);
    return parts[1].split(',').map(Number);
  };
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return numbers(colour)[3] === 0 ? ground(element.parentElement) : colour;
  };
  const legible = (style, element, words) => {
    const [a, b] = [light(style.color), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(2)}: ${words}`);
    if (parseFloat(style.fontSize) < 16) found.push(`${style.fontSize}: ${words}`);
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    const said = words.currentNode.textContent.trim();
    if (said && element.getClientRects().length) legible(getComputedStyle(element), element, said);
  }
  for (const one of document.querySelectorAll('a, button, summary, input:not([type=hidden])')) {
    const { height, width } = one.getBoundingClientRect();
    if (width && height < 44) found.push(`${height} px high: ${one.innerText || one.name}`);
    if (one.placeholder) legible(getComputedStyle(one, '::placeholder'), one, one.placeholder);
  }
  return found;
}

/** Holds a page to a phone and a desk, by day and by night, and takes its pictures when asked to. */
async function looksRight(page, name) {
  for (const [where, size] of Object.entries({ desk: DESK, phone: PHONE })) {
    await page.setViewportSize(size);
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(faults);
      page.wrong.push(...found.map((fault) => `${name} (${where}, ${colorScheme}): ${fault}`));
      if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}-${where}-${colorScheme}.png`, fullPage: true });
    }
  }
}

/** On a phone without scrolling. */
async function atOnce(page, selector) {
  const box = await page.locator(selector).first().boundingBox();
  assert.ok(box && box.y >= 0 && box.y + box.height <= PHONE.height, `${selector}: ${JSON.stringify(box)}`);
}

/** How far the contact is told, as her phone shows it. */
async function reach() {
  const reply = await fetch(story.base + story.alert, { headers: { authorization: `Bearer ${story.token}` } });
  return (await reply.json()).contacts.find((c) => c.contact === story.contact).reach;
}

sentence('an invitation is read, and accepted with an alias', {}, async (page) => {
  await open(page, story.accept);
  await looksRight(page, 'invitation');
  await page.locator('summary').first().click();
  await looksRight(page, 'invitation-notice');
  await page.getByLabel('Apodo').fill('Tu\u0007hermana');
  await page.getByLabel('Sí, quiero recibirlos').check();
  await click(page, 'Acepto');
  await atOnce(page, ':text("El apodo es demasiado largo")');
  await looksRight(page, 'invitation-alias');
  await page.getByLabel('Apodo').fill('Tu hermana');
  await click(page, 'Acepto');
  assert.equal(await page.locator('input[name=drills]:invalid').count(), 2, 'it is asked, and not answered for anybody');
  await page.getByLabel('No, solo avisos de verdad').check();
  await click(page, 'Acepto');
  assert.match(await text(page), /Gracias/);
  await looksRight(page, 'accepted');
  const again = await page.request.post(story.base + story.accept, { form: { answer: 'accept', language: 'es' } });
  assert.match(await again.text(), /Gracias/, 'pressed twice');
  await page.goBack();
  assert.match(await text(page), /Aceptaste ser contacto[^]*Ahora no recibes simulacros/);
  await click(page, 'Quiero recibirlos');
  assert.match(await text(page), /Ahora recibes simulacros/);
  await looksRight(page, 'drills');
});

sentence('an invitation is read in the other language, and declined', {}, async (page) => {
  await open(page, story.decline);
  await page.getByRole('link', { name: 'Read this in English' }).click();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await looksRight(page, 'invitation-english');
  await click(page, 'I decline');
  assert.match(await text(page), /You will not get alerts/);
  await looksRight(page, 'declined');
  await page.goBack();
  assert.match(await text(page), /no longer (works|valid)/);
  await looksRight(page, 'gone');
});

sentence('a preview sees a closed door; who takes Ver sees her, answers once, and may go back', {}, async (page) => {
  const preview = await (await fetch(story.base + story.watch)).text();
  assert.doesNotMatch(preview, /vecina|Ana|28\.6/);
  await open(page, story.watch);
  await atOnce(page, CALL);
  await looksRight(page, 'door');
  assert.equal(await reach(), 'sent');
  await click(page, 'Ver');
  await atOnce(page, CALL);
  assert.match(await text(page), /Tu vecina te necesita\s+Pidió ayuda hace 3 min\.[^]*de hace 3 min · con un margen de 12 m/);
  assert.equal(await page.locator('.map').getAttribute('href'), 'geo:28.63534,-106.07672?q=28.63534,-106.07672');
  assert.equal(await reach(), 'seen');
  await looksRight(page, 'watch');
  await click(page, 'Voy en camino');
  await atOnce(page, CALL);
  await atOnce(page, ':text("Quedó anotado: vas en camino")');
  await looksRight(page, 'answered');
  for (const moves of ['reload', 'goBack', 'goBack', 'goForward']) {
    await page[moves]();
    assert.match(await text(page), /Tu vecina te necesita[^]*vas en camino/, moves);
  }
});

sentence('without cookies it works all the same', {}, async (page) => {
  await open(page, story.wide);
  await click(page, 'Ver');
  await atOnce(page, CALL);
  await looksRight(page, 'longest-alias');
  await click(page, 'Actualizar');
  await atOnce(page, CALL);
  await open(page, story.wide);
  assert.doesNotMatch(await text(page), /WWW/, 'the door is shut');
}, withoutCookies);

sentence('the door speaks as the browser does, what is behind it as the contact reads', { locale: 'en-US' }, async (page) => {
  await open(page, story.watch);
  await looksRight(page, 'door-english');
  await click(page, 'See');
  assert.equal(await page.locator('html').getAttribute('lang'), 'es');
});

sentence('on an iPhone the place opens in its own map', { userAgent: IPHONE }, async (page) => {
  await open(page, story.in_english);
  await click(page, 'Ver');
  assert.match(await text(page), /Ana Prueba needs you\s+Asked for help 3 min ago\./);
  const map = await page.locator('.map').getAttribute('href');
  assert.equal(map, 'https://maps.apple.com/?ll=28.63534,-106.07672&q=28.63534,-106.07672');
  await looksRight(page, 'watch-english');
});

sentence('a drill says so and asks nobody to call 911', { locale: 'en-US' }, async (page) => {
  await open(page, story.drill);
  await click(page, 'See');
  assert.match(await text(page), /DRILL[^]*is running a drill[^]*There is no location yet/);
  assert.equal(await page.locator(CALL).count(), 0);
  await looksRight(page, 'drill');
});

sentence('what is over has neither place nor questions, and by the first link the contact leaves', {}, async (page) => {
  await open(page, story.over);
  await click(page, 'Ver');
  assert.match(await text(page), /Sol Prueba ya cerró su aviso/);
  assert.doesNotMatch(await text(page), /28\.6|Voy en camino/);
  await looksRight(page, 'over');
  await open(page, story.leave);
  await looksRight(page, 'leave');
  await click(page, 'Ya no quiero ser su contacto');
  assert.match(await text(page), /Ya no eres su contacto/);
  await looksRight(page, 'left');
  await open(page, story.over);
  assert.match(await text(page), /Este enlace ya no sirve/);
});

for (const [locale, words] of [['es-MX', /Este enlace ya no sirve/], ['en-US', /This link no longer works/]]) {
  sentence(`a link that is none helps on, in the browser's language: ${locale}`, { locale }, async (page) => {
    await open(page, `/i/${'A'.repeat(43)}`);
    assert.match(await text(page), words);
    await atOnce(page, CALL);
    await looksRight(page, `no-link-${locale}`);
  });
}
