// SPDX-License-Identifier: MIT
// The formatter (prettier) and the linter (eslint) on the pages' files and on these tests. With --write
// it formats them, and the header is to be made anew.
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '../../../include/infoflow/page');
const require = createRequire(join(process.env.INFOFLOW_NODE_MODULES, 'package.json'));
const prettier = require('prettier');
const {ESLint} = require('eslint');
const js = require('@eslint/js');
const globals = require('globals');

// A page's script is one text: its files see each other's names. As in html_report.hpp and
// sweep_report_html.hpp.
const scripts = [
  ['shared.js', 'report_maps.js', 'report_plots.js', 'report.js'],
  ['shared.js', 'sweep_report.js'],
];
let faults = 0;
const fault = (text) => {
  faults += 1;
  console.log(text);
};

const files = [
  ...readdirSync(folder).map((name) => join(folder, name)),
  ...readdirSync(here).map((name) => join(here, name)),
].filter((name) => /\.(html|css|js|mjs)$/.test(name));
const style = JSON.parse(readFileSync(join(here, 'prettier.json'), 'utf8'));
const options = (name) => ({
  ...style,
  overrides: undefined,
  filepath: name,
  singleQuote: !name.endsWith('.css'),
});
for (const name of files) {
  const text = readFileSync(name, 'utf8');
  if (process.argv.includes('--write')) {
    writeFileSync(name, await prettier.format(text, options(name)));
  } else if (!(await prettier.check(text, options(name)))) {
    fault(`${name}: not formatted; bash tests/page/browser/run.sh format`);
  }
}

const rules = {
  ...js.configs.recommended.rules,
  eqeqeq: 'error',
  'no-control-regex': 'off', // Control characters are what some of them look for.
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-self-compare': 'off', // How NaN is told.
  'no-var': 'error',
  'prefer-const': ['error', {destructuring: 'all'}],
  'no-restricted-properties': [
    'error',
    ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write', 'srcdoc'].map((property) => ({
      property,
      message: 'Texts may hold anything: set textContent.',
    })),
  ],
};
const linter = (languageOptions) =>
  new ESLint({
    cwd: here,
    overrideConfigFile: true,
    overrideConfig: {files: ['**/*'], languageOptions, rules},
  });
const lint = async (eslint, text, place) => {
  const [result] = await eslint.lintText(text, {filePath: join(here, 'text.js')});
  for (const m of result.messages) fault(`${place(m.line)}: ${m.message} (${m.ruleId})`);
};

const inBrowser = linter({ecmaVersion: 2023, sourceType: 'script', globals: globals.browser});
const usedAnywhere = new Map();
for (const parts of scripts) {
  const texts = parts.map((name) => readFileSync(join(folder, name), 'utf8'));
  // The line of the whole script as a file's line.
  const place = (line) => {
    for (const [i, text] of texts.entries()) {
      const lines = text.split('\n').length - 1;
      if (line <= lines) return `${parts[i]}:${line}`;
      line -= lines;
    }
    return parts.join(' + ');
  };
  const [result] = await inBrowser.lintText(texts.join(''), {filePath: join(here, 'text.js')});
  for (const m of result.messages) {
    const text = `${place(m.line)}: ${m.message} (${m.ruleId})`;
    // What is shared must be used by one of the pages, not by each.
    const lazily = m.ruleId === 'no-unused-vars' && text.startsWith('shared.js');
    if (lazily) usedAnywhere.set(text, (usedAnywhere.get(text) ?? 0) + 1);
    else fault(text);
  }
}
for (const [text, times] of usedAnywhere) if (times === scripts.length) fault(text);
const inNode = linter({
  ecmaVersion: 2023,
  sourceType: 'module',
  globals: {...globals.node, ...globals.browser, csvField: false, data: false},
});
for (const name of files.filter((n) => n.endsWith('.mjs'))) {
  await lint(inNode, readFileSync(name, 'utf8'), (line) => `${name}:${line}`);
}

// Rules that nothing breaks are worth little if the linter does not look: planted violations.
let noticed = 0;
for (const bad of [
  'document.body.innerHTML = 1;',
  'eval("1");',
  'unknownName();',
  'let unused = 1;',
]) {
  const [result] = await inBrowser.lintText(bad, {filePath: join(here, 'text.js')});
  noticed += result.messages.length > 0 ? 1 : 0;
}
if (noticed !== 4) fault('the linter does not see planted violations');
console.log(`${files.length} files, ${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;
