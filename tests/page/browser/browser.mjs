// SPDX-License-Identifier: MIT
// A page of the tests in Chromium, and what it did that a page must not do.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const require = createRequire(join(process.env.INFOFLOW_NODE_MODULES, 'package.json'));
const {chromium} = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const pages = process.env.INFOFLOW_PAGES;
export const addressOf = (name, hash = '') => pathToFileURL(join(pages, name)).href + hash;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.INFOFLOW_CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

// Opens a page and notes its faults: dialogs, errors, refusals by its policy, and requests for anything
// but itself and data.
export const open = async (
  browser,
  address,
  {width = 1280, scheme = 'light', script = true} = {},
) => {
  const context = await browser.newContext({
    viewport: {width, height: 900},
    colorScheme: scheme,
    javaScriptEnabled: script,
  });
  const faults = [];
  context.on('page', (other) => {
    other.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    other.on('pageerror', (error) => faults.push(`an error: ${error.message}`));
    other.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        faults.push(`the console: ${message.text()}`);
      }
    });
    other.on('request', (request) => {
      const url = request.url();
      if (url.split('#')[0] !== address.split('#')[0] && !url.startsWith('data:')) {
        faults.push(`a request: ${url}`);
      }
    });
  });
  const page = await context.newPage();
  await page.goto(address);
  return {page, faults, close: () => context.close()};
};

// Elements that no page of ours has: a text became markup.
export const injected = (page) =>
  page.evaluate(() => {
    const found = [];
    for (const e of document.querySelectorAll('*')) {
      for (const {name} of e.attributes)
        if (name.startsWith('on')) found.push(`${e.tagName} ${name}`);
      if (e.tagName === 'IMG' && !e.src.startsWith('data:')) found.push(`image ${e.src}`);
    }
    for (const tag of ['iframe', 'object', 'embed', 'link', 'base', 'form', 'a']) {
      if (document.querySelector(tag)) found.push(tag);
    }
    const scripts = document.querySelectorAll('script').length;
    if (scripts !== 2) found.push(`${scripts} scripts`);
    return found;
  });

// What axe-core finds against WCAG 2.2 AA.
export const violations = async (page) => {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const result = await window.axe.run(document, {runOnly: tags, resultTypes: ['violations']});
    return result.violations.flatMap((v) =>
      v.nodes.map((n) => `${v.impact} ${v.id}: ${n.target} ${n.failureSummary}`),
    );
  });
};

// The file that a click saves, as rows of fields. Chromium drops a page's eleventh download of a second.
export const saved = async (page, button) => {
  await page.waitForTimeout(150);
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const text = readFileSync(await download.path(), 'utf8');
  return {name: download.suggestedFilename(), rows: parseCsv(text)};
};

// RFC 4180.
export const parseCsv = (text) => {
  const rows = [[]];
  let field = '',
    quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (c === '"') {
      quoted = true;
    } else if (c === ',' || c === '\n') {
      rows.at(-1).push(field);
      field = '';
      if (c === '\n') rows.push([]);
    } else if (c !== '\r') {
      field += c;
    }
  }
  return rows.slice(0, -1);
};
