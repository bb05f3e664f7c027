// SPDX-License-Identifier: MIT
// The page of a sweep: two tasks of four layers, six items each, the cliff at 3.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {addressOf, launch, open, saved} from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const withPage = async (body, hash = '') => {
  const {page, faults, close} = await open(browser, addressOf('sweep.html', hash));
  await body(page);
  assert.deepEqual(faults, []);
  await close();
};
const cut = async (page, task) =>
  Number((await page.locator(`#cut-name-${task}`).textContent()).split(' ')[0]);
const counts = (page, task) => page.locator(`#flips-${task} h4`).allTextContents();

test('the slider chooses a cut, and the items that it changed follow', () =>
  withPage(async (page) => {
    assert.equal(await cut(page, 0), 2); // Below the cliff.
    // Right at the end, wrong at cut 2: item 0 alone. At cut 0: all but items 1 and 4; item 1 is gained.
    assert.deepEqual(await counts(page, 0), [
      'right, then wrong: 1 of 6',
      'wrong, then right: 0 of 6',
    ]);
    await page.locator('#cut-0').fill('0');
    assert.deepEqual(await counts(page, 0), [
      'right, then wrong: 4 of 6',
      'wrong, then right: 1 of 6',
    ]);
    assert.equal(await cut(page, 1), 2);
    assert.equal(await page.locator('#flips-0 .card img').count(), 5);
  }));

test('a click into the curve chooses its cut', () =>
  withPage(async (page) => {
    const svg = page.locator('#curve-0 svg');
    const {width} = await svg.boundingBox();
    const plot = await page.evaluate(() => data.plot);
    const x = plot.left + (plot.right - plot.left) * 0.25;
    await svg.click({position: {x: (x / plot.width) * width, y: 200}});
    assert.equal(await cut(page, 0), 1);
  }));

test('keys move the cut of the task in view', () =>
  withPage(async (page) => {
    await page.keyboard.press('ArrowLeft');
    assert.deepEqual([await cut(page, 0), await cut(page, 1)], [1, 2]);
    await page.locator('#task-1 h2').scrollIntoViewIfNeeded();
    await page.evaluate(() => document.getElementById('task-1').scrollIntoView());
    await page.keyboard.press('ArrowRight');
    assert.deepEqual([await cut(page, 0), await cut(page, 1)], [1, 3]);
    await page.locator('#cut-0').focus();
    await page.keyboard.press('ArrowLeft');
    assert.deepEqual([await cut(page, 0), await cut(page, 1)], [0, 3]);
  }));

test('cuts survive a reload and a copied link', () =>
  withPage(async (page) => {
    await page.locator('#cut-0').fill('0');
    await page.locator('#cut-1').fill('3');
    await page.waitForFunction(() => location.hash === '#cut-0=0&cut-1=3');
    await page.reload();
    assert.deepEqual([await cut(page, 0), await cut(page, 1)], [0, 3]);
    await withPage(async (other) => {
      assert.deepEqual([await cut(other, 0), await cut(other, 1)], [0, 3]);
    }, new URL(page.url()).hash);
    await withPage(async (other) => {
      assert.deepEqual([await cut(other, 0), await cut(other, 1)], [2, 2]);
    }, '#cut-0=77&cut-1=<x>');
  }));

test('curves, items and instruments are saved as numbers', () =>
  withPage(async (page) => {
    const curve = await saved(page, page.locator('#curve-tools-0 .save'));
    assert.equal(curve.name, 'curve_1.csv');
    assert.deepEqual(curve.rows[0].slice(0, 6), ['policy', 'cut', 'n', 'accuracy', 'low', 'high']);
    assert.deepEqual(curve.rows[1].slice(0, 4), ['drop-all', '4', '1200', '0.9']);
    assert.equal(curve.rows.length, 1 + 5 + 2 * 4 + 2);
    const flips = await saved(page, page.locator('#flips-tools-0 .save'));
    assert.equal(flips.rows.length, 2);
    assert.deepEqual(flips.rows[1].slice(4), ['yes', 'yes', '2', 'no']);
    const instruments = await saved(page, page.locator('#instruments-tools-1 .save'));
    assert.deepEqual(instruments.rows[1], ['kl', '0', '0.4', '0.01']);
  }));
