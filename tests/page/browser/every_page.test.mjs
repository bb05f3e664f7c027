// SPDX-License-Identifier: MIT
// What holds for every page: it is contained, it fits a phone and paper, it is dark where that is wanted,
// and it can be read and used by everyone (WCAG 2.2 AA).
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {addressOf, injected, launch, open, pages, violations} from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const names = ['flow.html', 'flow_hostile.html', 'sweep.html', 'sweep_hostile.html'];
// With everything shown that can be.
const opened = async (name, options) => {
  const hash = name.startsWith('flow') ? '#layer=5&token=2&head=3&patch=1.0.66' : '';
  const it = await open(browser, addressOf(name, hash), options);
  if (options?.script !== false) {
    await it.page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
  }
  return it;
};
const luminance = (rgb) =>
  rgb
    .map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const rgb = (text) =>
  text
    .match(/[\d.]+/g)
    .slice(0, 3)
    .map(Number);
const background = async (page) =>
  rgb(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));

for (const name of names) {
  test(`${name}: texts stay texts, nothing is fetched, nothing foreign runs`, async () => {
    const {page, faults, close} = await opened(name);
    for (const slider of await page.locator('input[type="range"]').all()) {
      await slider.focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowLeft');
    }
    for (const button of await page.locator('.chip').all()) await button.click();
    await page.evaluate(() => {
      location.hash = '#layer=1';
    });
    await page.waitForTimeout(100);
    assert.deepEqual(await injected(page), []);
    assert.deepEqual(faults, []);
    if (name.includes('hostile')) {
      assert.match(await page.locator('main').innerText(), /<script>alert\(1\)<\/script>/);
    }
    await close();
  });
}

test('a page that lets texts through is noticed', async () => {
  const page = readFileSync(join(pages, 'flow.html'), 'utf8');
  const bad =
    '<img src=x onerror=alert(1)><script>alert(2)</script><img src="http://127.0.0.1:9/x.png">';
  writeFileSync(join(pages, 'broken.html'), page.replace('<h1>', `<h1>${bad}`));
  const contained = await open(browser, addressOf('broken.html'));
  assert.ok((await injected(contained.page)).length >= 3);
  assert.ok(contained.faults.some((fault) => fault.includes('Content Security Policy')));
  assert.ok(!contained.faults.some((fault) => fault.startsWith('a dialog')));
  await contained.close();

  const free = page.replace(/<meta[^>]*Content-Security-Policy[^>]*>/, '');
  writeFileSync(join(pages, 'free.html'), free.replace('<h1>', `<h1>${bad}`));
  const loose = await open(browser, addressOf('free.html'));
  assert.ok(loose.faults.some((fault) => fault.startsWith('a dialog')));
  assert.ok(loose.faults.some((fault) => fault.startsWith('a request: http')));
  await loose.close();
});

for (const name of names) {
  test(`${name}: at 400 pixels nothing sticks out, and targets are large enough`, async () => {
    const {page, faults, close} = await opened(name, {width: 400});
    const [width, out] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      [...document.querySelectorAll('body *')]
        .filter((e) => !e.closest('svg, .wide-table, .figure'))
        .filter((e) => e.getBoundingClientRect().right > 401)
        .map((e) => `${e.tagName}.${e.className}#${e.id}`),
    ]);
    assert.deepEqual(out, []);
    assert.equal(width, 400);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button, select, input')]
        .map((e) => [e.id || e.className, e.getBoundingClientRect().height])
        .filter(([, height]) => height > 0 && height < 24),
    );
    assert.deepEqual(small, []);
    const tiny = await page.evaluate(() =>
      [...document.querySelectorAll('svg text')]
        .map((e) => [e.textContent, e.getBoundingClientRect().height])
        .filter(([text, height]) => text && height > 0 && height < 9)
        .map(([text]) => text),
    );
    assert.deepEqual(tiny, []);
    assert.deepEqual(faults, []);
    await close();
  });

  test(`${name}: on paper there are no controls, and light colours`, async () => {
    const {page, faults, close} = await opened(name, {scheme: 'dark'});
    await page.emulateMedia({media: 'print', colorScheme: 'dark'});
    const shown = await page.evaluate(() =>
      [...document.querySelectorAll('button, select, input, .hint')]
        .filter((e) => e.checkVisibility())
        .map((e) => e.id || e.className),
    );
    assert.deepEqual(shown, []);
    assert.deepEqual(await background(page), [255, 255, 255]);
    const pdf = await page.pdf({format: 'A4'});
    assert.ok(pdf.length > 20_000);
    assert.deepEqual(faults, []);
    await close();
  });

  for (const scheme of ['light', 'dark']) {
    test(`${name}: ${scheme} colours keep their contrast, and everything has a name`, async () => {
      for (const width of [1280, 400]) {
        const {page, close} = await opened(name, {scheme, width});
        const ground = await background(page);
        assert.ok(scheme === 'dark' ? luminance(ground) < 0.05 : luminance(ground) > 0.9);
        assert.deepEqual(await violations(page), []);
        // axe leaves drawings alone: texts 4.5 : 1, curves 3 : 1.
        const drawn = await page.evaluate(() =>
          [...document.querySelectorAll('.tick, .axis, polyline.curve, .key i')].map((e) => {
            const style = getComputedStyle(e);
            const colour = e.matches('.curve')
              ? style.stroke
              : e.matches('i')
                ? style.borderTopColor
                : style.fill;
            return [e.matches('.tick, .axis') ? 4.5 : 3, colour];
          }),
        );
        if (name.startsWith('flow')) assert.ok(drawn.length > 20);
        // A sweep's figures are turned dark as a whole: their colours are those on white.
        const figures = await page.evaluate(() =>
          [...document.querySelectorAll('.figure svg text')].map((e) => getComputedStyle(e).fill),
        );
        if (name.startsWith('sweep')) assert.ok(figures.length > 20);
        for (const colour of new Set(figures)) {
          assert.ok(contrast(rgb(colour), [255, 255, 255]) >= 4.5, `${colour} in a figure`);
        }
        for (const [least, colour] of drawn) {
          assert.ok(contrast(rgb(colour), ground) >= least, `${colour} on ${ground}`);
        }
        await close();
      }
    });
  }
}

test('the check of contrast notices a grey that is too pale', async () => {
  const {page, close} = await opened('flow.html');
  await page.evaluate(() => document.documentElement.style.setProperty('--muted', '#b0b0b0'));
  assert.ok((await violations(page)).some((v) => v.includes('color-contrast')));
  await close();
});
