// SPDX-License-Identifier: MIT
// The page of one prompt. make_pages.cpp says what its numbers are: answer token a reads the patch in
// row 2 + 2a, column 6 most, in layer 4 + a; most of what moves the answer is the picture's in layer 6.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {addressOf, launch, open, saved} from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const withPage = async (body, hash = '', options = {}) => {
  const {page, faults, close} = await open(browser, addressOf('flow.html', hash), options);
  await body(page);
  assert.deepEqual(faults, []);
  await close();
};
const text = (page, id) => page.locator(`#${id}`).textContent();
const layer = async (page) => Number((await text(page, 'layer-value')).split(' ')[0]);
const token = (page) => page.locator('.chip[aria-pressed="true"] .piece').textContent();
const shares = async (page) =>
  (await page.locator('#shares-key b').allTextContents()).map((s) => parseFloat(s) / 100);
const pixels = (page, n) =>
  page
    .locator('.stage canvas')
    .nth(n)
    .evaluate((canvas) => canvas.toDataURL());
const written = (page, part) =>
  page.waitForFunction((p) => decodeURIComponent(location.hash).includes(p), part);
// A click on a patch of the n-th map.
const clickPatch = async (page, n, row, column) => {
  const stage = page.locator('.stage').nth(n);
  await stage.scrollIntoViewIfNeeded();
  const {width, height} = await stage.boundingBox();
  await stage.click({position: {x: ((column + 0.5) / 12) * width, y: ((row + 0.5) / 12) * height}});
};

test('the page begins where most of what moves the answer is the picture', () =>
  withPage(async (page) => {
    assert.equal(await layer(page), 6);
    assert.equal(await token(page), 'whole answer');
    assert.equal(new URL(page.url()).hash, '');
  }));

test('the slider moves the layer, and maps and plots follow', () =>
  withPage(async (page) => {
    const before = [await pixels(page, 0), await shares(page)];
    await page.locator('#layer').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await layer(page), 7); // By one: the page's own keys leave the slider alone.
    await page.locator('#layer').fill('2');
    assert.equal(await layer(page), 2);
    assert.notEqual(await pixels(page, 0), before[0]);
    assert.notDeepEqual(await shares(page), before[1]);
    assert.match(await page.locator('figcaption').first().textContent(), /layer 2/);
    await page.locator('#layer').fill('11');
    assert.match(await page.locator('.message').first().textContent(), /no flow/);
  }));

test('a click into a plot chooses its layer', () =>
  withPage(async (page) => {
    const plot = page.locator('#shares');
    const {width} = await plot.boundingBox();
    const at = (l) => ({x: 46 + ((width - 60) * l) / 11, y: 100});
    await plot.click({position: at(3)});
    assert.equal(await layer(page), 3);
    await plot.click({position: at(9)});
    assert.equal(await layer(page), 9);
  }));

test('answer tokens, scale, interpolation, opacity and maps are chosen', () =>
  withPage(async (page) => {
    await page.locator('.chip', {hasText: 'cat'}).click();
    assert.equal(await token(page), ' cat');
    assert.match(await text(page, 'shares-of'), /answer token 1/);
    for (const [id, value, map] of [
      ['scale', 'layer', 2],
      ['between', 'nearest', 0],
      ['opacity', '0.2', 0],
    ]) {
      await page.locator('#layer').fill('2');
      const before = await pixels(page, map);
      const choice = page.locator(`#${id}`);
      await (id === 'opacity' ? choice.fill(value) : choice.selectOption(value));
      assert.notEqual(await pixels(page, map), before, id);
    }
    await page.locator('#map').selectOption('hires');
    assert.deepEqual(await page.locator('figure:visible strong').allTextContents(), [
      'HiResCAM',
      'HiResCAM',
    ]);
  }));

test('a single head shows its own shares', () =>
  withPage(async (page) => {
    // Head h gives the image h/8 of what the mean gives the system.
    const mean = await shares(page);
    await page.locator('#head').selectOption('4');
    const head = await shares(page);
    assert.ok(Math.abs(head[0] - mean[0] / 2) < 0.002);
    assert.ok(Math.abs(head[1] - mean[1] - mean[0] / 2) < 0.002);
    assert.match(await text(page, 'shares-of'), /head 4/);
    const {width} = await page.locator('#heads').boundingBox();
    const size = (width - 54) / 12;
    await page.locator('#heads').click({position: {x: 46 + 2.5 * size, y: 6 + 15 * 7.5}});
    assert.equal(await layer(page), 2);
    assert.equal(await page.locator('#head').inputValue(), '7');
    await page.locator('#head-role').selectOption({label: 'system'});
    assert.match(await text(page, 'heads-of'), /share of system/);
  }));

test('keys move layers, answer tokens and heads, and are not taken from controls', () =>
  withPage(async (page) => {
    await page.keyboard.press('ArrowRight');
    assert.equal(await layer(page), 7);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await layer(page), 5);
    await page.keyboard.press('Shift+ArrowRight');
    assert.equal(await token(page), 'A');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft'); // Not beyond the whole answer.
    assert.equal(await token(page), 'whole answer');
    await page.keyboard.press('Shift+ArrowDown');
    assert.equal(await page.locator('#head').inputValue(), '0');
    await page.keyboard.press('Control+ArrowRight');
    assert.equal(await layer(page), 5);
    await page.locator('#scale').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await layer(page), 5);
    await page.locator('#opacity').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await layer(page), 5);
    assert.match(await page.locator('.hint').textContent(), /Keys:.*layer.*answer token.*head/s);
  }));

test('what is chosen survives a reload and a copied link', () =>
  withPage(async (page) => {
    await page.locator('#layer').fill('4');
    await page.locator('.chip', {hasText: 'lamp'}).click();
    await page.locator('#head').selectOption('3');
    await page.locator('#scale').selectOption('layer');
    await page.locator('#between').selectOption('nearest');
    await page.locator('#opacity').fill('0.35');
    await page.locator('#map').selectOption('attention');
    await page.locator('#head-role').selectOption({label: 'user'});
    await clickPatch(page, 2, 6, 6);
    await written(page, 'patch=0.0.78');
    const look = async (p) => [
      await layer(p),
      await token(p),
      await shares(p),
      await p.locator('#scale').inputValue(),
      await p.locator('#between').inputValue(),
      await p.locator('#opacity').inputValue(),
      await p.locator('#map').inputValue(),
      await text(p, 'heads-of'),
      await text(p, 'readers-text'),
      await pixels(p, 2),
    ];
    const before = await look(page);
    await page.reload();
    assert.deepEqual(await look(page), before);
    await withPage(
      async (other) => assert.deepEqual(await look(other), before),
      new URL(page.url()).hash,
    );
    await page.evaluate(() => {
      location.hash = '#layer=1';
    });
    await page.waitForFunction(() => document.getElementById('layer').value === '1');
    assert.equal(await token(page), 'whole answer');
  }));

test('an address with anything in it is a page as it begins', async () => {
  for (const hash of [
    '#layer=99&token=-7&head=8&opacity=1e3&patch=9.9.9&map=constructor&scale=x&role=__proto__',
    '#layer=<img src=x onerror=alert(1)>&patch=0.0.99999&token=NaN&head=',
    '#%E0%A4%A&&&=&layer=%00',
  ]) {
    await withPage(async (page) => {
      assert.equal(await layer(page), 6);
      assert.equal(await token(page), 'whole answer');
      assert.equal(await page.locator('#map').inputValue(), 'all');
      assert.ok(await page.locator('#readers').isHidden());
    }, hash);
  }
});

test('boxes that the answer names are outlined on the map, and no others', async () => {
  // How light the map is at a place, in shares of the picture; null where nothing is painted.
  const lightAt = (page, across, down) =>
    page
      .locator('.stage canvas')
      .first()
      .evaluate(
        (canvas, [x, y]) => {
          // Of a copy: a browser warns of contexts that are drawn on and read many times.
          const copy = document.createElement('canvas');
          [copy.width, copy.height] = [canvas.width, canvas.height];
          const context = copy.getContext('2d', {willReadFrequently: true});
          context.drawImage(canvas, 0, 0);
          const at = [Math.round(x * canvas.width), Math.round(y * canvas.height)];
          const [red, green, blue, alpha] = context.getImageData(...at, 1, 1).data;
          return alpha === 255 ? Math.min(red, green, blue) : null;
        },
        [across, down],
      );
  const edges = [
    [0.25, 0.5],
    [0.75, 0.5],
    [0.5, 1 / 6],
    [0.5, 5 / 6],
  ];
  for (const [name, outlined] of [
    ['flow_box.html', true],
    ['flow.html', false],
  ]) {
    const {page, faults, close} = await open(browser, addressOf(name));
    for (const [x, y] of edges) assert.equal((await lightAt(page, x, y)) > 200, outlined);
    assert.ok(!((await lightAt(page, 0.5, 0.75)) > 200)); // Inside the box nothing is drawn.
    assert.deepEqual(faults, []);
    await close();
  }
});

test('a picked patch says which answer tokens read it', () =>
  withPage(async (page) => {
    await page.locator('#layer').fill('6');
    await clickPatch(page, 0, 6, 6);
    assert.match(await text(page, 'readers-text'), /row 6, column 6.*most: 2 “and”/);
    assert.equal(await page.locator('.cell.picked:visible').count(), 3); // On this picture's maps.
    const read = await page
      .locator('.chip')
      .evaluateAll((chips) =>
        chips.map((chip) => parseFloat(getComputedStyle(chip, '::after').width)),
      );
    assert.equal(read.indexOf(Math.max(...read)), 3); // The whole answer's chip is the first.
    await page.locator('#layer').fill('4');
    await clickPatch(page, 2, 2, 6);
    assert.match(await text(page, 'readers-text'), /row 2, column 6.*most: 0 “A”/);
    const {width} = await page.locator('#readers-cells').boundingBox();
    const size = (width - 134) / 12;
    await page.locator('#readers-cells').click({position: {x: 126 + 8.5 * size, y: 6 + 15 * 3.5}});
    assert.equal(await layer(page), 8);
    assert.equal(await token(page), ' a');
    await clickPatch(page, 2, 2, 6); // Again: it lets go.
    assert.ok(await page.locator('#readers').isHidden());
  }));

test('a patch is picked and let go by keys alone', () =>
  withPage(async (page) => {
    await page.locator('.stage').first().focus();
    await page.keyboard.press('ArrowRight'); // Begins in the middle,
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    assert.match(await page.locator('figure .reading').first().textContent(), /row 5, column 5/);
    assert.equal(await layer(page), 6);
    await page.keyboard.press('Enter');
    assert.match(await text(page, 'readers-text'), /image 1, row 5, column 5/);
    await page.keyboard.press('Escape');
    assert.ok(await page.locator('#readers').isHidden());
  }));

test('every plot saves its data', () =>
  withPage(async (page) => {
    const names = [];
    const files = new Map();
    for (const button of await page.locator('.save:visible').all()) {
      const {name, rows} = await saved(page, button);
      names.push(name);
      files.set(name, rows);
    }
    assert.deepEqual(names, [
      'attention_shares.csv',
      'CAM_by_layer.csv',
      'shares_head_by_head.csv',
      'LLaVA_CAM_on_image_1.csv',
      'HiResCAM_on_image_1.csv',
      'Attention_on_image_1.csv',
      'LLaVA_CAM_on_image_2.csv',
      'HiResCAM_on_image_2.csv',
      'Attention_on_image_2.csv',
      'readers_of_a_patch.csv',
      'attention_to_each_token.csv',
    ]);
    const sum = (row) => row.reduce((a, b) => a + Number(b), 0);
    const [, ...byLayer] = files.get('attention_shares.csv');
    assert.equal(byLayer.length, 12);
    for (const [, ...row] of byLayer) assert.ok(Math.abs(sum(row) - 1) < 1e-4);
    const [, ...byHead] = files.get('shares_head_by_head.csv');
    assert.equal(byHead.length, 12 * 8);
    const [, ...patches] = files.get('Attention_on_image_1.csv');
    assert.equal(patches.length, 144);
    assert.deepEqual(patches[13].slice(0, 4), ['0', '1', '1', '17']);
    // Answer token 2 reads row 6, column 6 most; the picture begins at position 4.
    const largest = patches.reduce((a, b) => (Number(b[4]) > Number(a[4]) ? b : a));
    assert.deepEqual(largest.slice(0, 4), ['0', '6', '6', '82']);
    const [, ...tokens] = files.get('attention_to_each_token.csv');
    assert.ok(Math.abs(sum(tokens.map((row) => row[4])) - 1) < 1e-3);
    const [, ...readers] = files.get('readers_of_a_patch.csv');
    assert.equal(readers.length, 6);
    assert.equal(readers[2][1], ' and');
    // Row 6, column 6: answer token 2 reads it most in layer 6.
    const most = readers.flatMap((row) => row.slice(2).map(Number));
    assert.equal(most.indexOf(Math.max(...most)), 2 * 12 + 6);
  }, '#layer=6&token=2&patch=0.0.78'));

test('a text that a spreadsheet would run is saved as a text', () =>
  withPage(async (page) => {
    const fields = await page.evaluate(() =>
      ['=1+1', '+1', '@x', '-', 'a,"b"', 'a\nb', -1, NaN].map((value) => csvField(value)),
    );
    assert.deepEqual(fields, ["'=1+1", "'+1", "'@x", '-', '"a,""b"""', '"a\nb"', '-1', '']);
  }));

test('without a script the numbers are there', () =>
  withPage(
    async (page) => {
      assert.match(await page.locator('noscript').innerText(), /need JavaScript/);
      await page.locator('summary').click();
      assert.equal(await page.locator('.layers tr').count(), 13);
    },
    '',
    {script: false},
  ));
