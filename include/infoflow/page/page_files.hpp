// SPDX-License-Identifier: MIT
/// \file The files of the report pages as texts. Written by cmake/embed_page_files.py from the
/// .html, .css and .js files beside it; change those, and run it.
#pragma once

#include <string_view>

// clang-format off
namespace infoflow::page_files {

/// page.html
inline constexpr std::string_view page_html =
R"page(<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="{{policy}}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>{{title}}</title>
    <style>
      {{style}}
    </style>
  </head>
  <body>
    <header>
      <p class="brand">infoflow &middot; {{model}}</p>
      <h1>{{heading}}</h1>
      {{said}}
    </header>
    <main>{{main}}</main>
    {{scripts}}
  </body>
</html>
)page";

/// report.css
inline constexpr std::string_view report_css =
R"page(/* Both pages. The roles' colours (--system, --image, --user, --answer) stand before this, as in figures. */
:root {
  color-scheme: light dark;
  --paper: #fff;
  --ink: #1f2328;
  --muted: #59636e;
  --line: #d1d9e0;
  --faint: #e6eaee;
  --soft: #f6f8fa;
  --accent: #0b63ce;
  --pressed: #ecebf7;
  --answer-ink: #5a549e;
  --mass: #7b3294;
  --concentration: #008080;
  --cell: #0b63ce;
  --heat: 250 204 21;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d;
    --ink: #e6edf3;
    --muted: #9ba7b4;
    --line: #3b444e;
    --faint: #262d35;
    --soft: #1c2229;
    --accent: #6cb2ff;
    --pressed: #2d2b4a;
    --system: #a8a8a8;
    --image: #f78d3f;
    --user: #3fc39b;
    --answer: #a9a4e6;
    --answer-ink: #b9b5f0;
    --mass: #cf95e6;
    --concentration: #45c4c4;
    --cell: #6cb2ff;
    --heat: 133 88 0;
  }
}
* {
  box-sizing: border-box;
}
[hidden] {
  display: none !important;
}
html {
  scroll-padding-top: 180px;
}
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font:
    15px/1.5 system-ui,
    -apple-system,
    "Segoe UI",
    Roboto,
    "Helvetica Neue",
    Arial,
    sans-serif;
  font-variant-numeric: tabular-nums;
}
header,
main {
  max-width: 1200px;
  margin: 0 auto;
  padding: 0 28px;
}
header {
  padding-top: 26px;
}
.brand {
  margin: 0;
  color: var(--muted);
  font-size: 13px;
  letter-spacing: 0.02em;
  overflow-wrap: anywhere;
}
h1 {
  margin: 6px 0 8px;
  font-size: 25px;
  line-height: 1.3;
  font-weight: 650;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
h2 {
  margin: 34px 0 4px;
  padding-top: 14px;
  border-top: 1px solid var(--line);
  font-size: 18px;
  overflow-wrap: anywhere;
}
h3 {
  margin: 18px 0 6px;
  font-size: 15px;
  overflow-wrap: anywhere;
}
p {
  margin: 4px 0 10px;
  max-width: 88ch;
}
.muted,
.explain {
  color: var(--muted);
}
.explain {
  font-size: 14px;
}
.hint {
  font-size: 13px;
  margin-top: 8px;
  max-width: none;
}
kbd {
  padding: 0 4px;
  border: 1px solid var(--line);
  border-radius: 3px;
  background: var(--soft);
  font: inherit;
  font-size: 12px;
}
.said {
  margin: 0 0 12px;
  padding: 8px 12px;
  border-left: 3px solid var(--answer);
  background: var(--soft);
  max-width: none;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
.said b {
  color: var(--answer-ink);
  font-weight: 600;
}
.bar-controls {
  position: sticky;
  top: 0;
  z-index: 2;
  background: var(--paper);
  border-bottom: 1px solid var(--line);
  padding: 10px 0;
}
.chips {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  max-height: 118px;
  overflow-y: auto;
}
button,
select,
input {
  min-height: 24px;
}
button {
  padding: 1px 9px;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: var(--paper);
  color: inherit;
  font: inherit;
  font-size: 13px;
  cursor: pointer;
}
button:hover {
  border-color: var(--accent);
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 1px;
}
.chip {
  position: relative;
  display: inline-flex;
  flex-direction: column;
  align-items: center;
  min-width: 44px;
  max-width: 100%;
  padding: 3px 9px;
  font-size: inherit;
  line-height: 1.25;
}
.chip small {
  color: var(--muted);
  font-size: 11px;
}
.chip:hover {
  border-color: var(--answer);
}
.chip[aria-pressed="true"] {
  border-color: var(--answer);
  background: var(--pressed);
}
.chip[aria-pressed="true"] small {
  color: var(--ink);
}
/* How much of the picked patch this token reads. */
.chip::after {
  content: "";
  position: absolute;
  left: 0;
  bottom: 0;
  height: 3px;
  width: var(--read, 0);
  background: var(--cell);
  border-radius: 0 2px 0 6px;
}
.piece {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
  max-width: 300px;
}
.settings {
  display: flex;
  flex-wrap: wrap;
  gap: 8px 22px;
  align-items: center;
  margin-top: 9px;
}
.settings label,
.tools label {
  display: inline-flex;
  gap: 8px;
  align-items: center;
  font-size: 14px;
}
.settings label.wide {
  flex: 1 1 380px;
  font-weight: 600;
}
.settings label.wide input {
  flex: 1;
  min-width: 80px;
}
.settings output {
  min-width: 88px;
  font-weight: 400;
  color: var(--muted);
}
.tools {
  display: flex;
  flex-wrap: wrap;
  gap: 6px 16px;
  align-items: center;
  margin: 4px 0;
}
input[type="range"] {
  accent-color: var(--accent);
}
select {
  font: inherit;
  font-size: 14px;
  padding: 2px 4px;
  max-width: 100%;
}
.plots {
  display: grid;
  grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
  gap: 30px;
}
.plots h3 {
  margin: 12px 0 0;
}
.plots svg,
.cells {
  width: 100%;
  height: auto;
  display: block;
  cursor: pointer;
}
.plots svg {
  touch-action: pan-y;
}
.keys {
  display: flex;
  flex-wrap: wrap;
  gap: 2px 16px;
  min-height: 24px;
  font-size: 13px;
}
.key {
  display: inline-flex;
  align-items: center;
  gap: 6px;
}
.key i {
  width: 18px;
  border-top: 3px solid;
}
.key b {
  font-weight: 600;
  min-width: 50px;
}
.grid {
  stroke: var(--faint);
}
.marker {
  stroke: var(--ink);
  stroke-dasharray: 3 3;
}
.curve {
  fill: none;
  stroke-width: 2;
}
.dot {
  stroke: var(--paper);
}
.tick,
.axis {
  font-size: 12px;
  fill: var(--muted);
}
.end {
  text-anchor: end;
}
.middle {
  text-anchor: middle;
}
.ground {
  fill: var(--soft);
}
.frame {
  fill: none;
  stroke: var(--ink);
  stroke-width: 1.5;
  pointer-events: none;
}
.panels {
  display: grid;
  grid-template-columns: repeat(3, minmax(0, 1fr));
  gap: 22px;
}
.panels.single {
  grid-template-columns: minmax(0, 1fr);
}
figure {
  margin: 10px 0 0;
  min-width: 0;
}
figcaption {
  min-height: 66px;
  font-size: 14px;
  line-height: 1.4;
  overflow-wrap: anywhere;
}
.single figcaption {
  min-height: 0;
  margin-bottom: 6px;
}
.stage {
  position: relative;
  border: 1px solid var(--line);
  line-height: 0;
  cursor: crosshair;
}
.stage img {
  width: 100%;
  height: auto;
}
.stage canvas {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
}
.cell {
  position: absolute;
  border: 1.5px solid #fff;
  outline: 1px solid #000;
  pointer-events: none;
}
.cell.picked {
  border: 2px solid #fff;
  outline: 2px solid #0b63ce;
}
.message {
  position: absolute;
  left: 0;
  right: 0;
  bottom: 0;
  padding: 0 8px;
  background: rgb(31 35 40 / 0.85);
  color: #fff;
  font-size: 12.5px;
  line-height: 1.9;
  pointer-events: none;
}
.message:empty {
  display: none;
}
.bar {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 4px 8px;
  margin-top: 7px;
  font-size: 12.5px;
}
.single .bar,
.single .reading {
  max-width: 640px;
}
.bar canvas {
  flex: 1 1 60px;
  height: 11px;
  min-width: 0;
  border: 1px solid var(--line);
}
.reading {
  min-height: 38px;
  margin: 3px 0 0;
  color: var(--muted);
  font-size: 12.5px;
  line-height: 1.5;
}
.cells + .reading {
  min-height: 20px;
}
.tokens {
  line-height: 2.05;
  overflow-wrap: anywhere;
}
.token {
  display: inline-block;
  max-width: 100%;
  margin: 0 2px;
  padding: 0 4px;
  line-height: 1.5;
  border-bottom: 2px solid;
  border-radius: 3px 3px 0 0;
  background: rgb(var(--heat) / var(--share, 0));
  white-space: pre-wrap;
  unicode-bidi: isolate;
}
.token.system {
  border-color: var(--system);
}
.token.image {
  border-color: var(--image);
}
.token.user {
  border-color: var(--user);
}
.token.answer {
  border-color: var(--answer);
}
.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 18px;
  margin: 8px 0;
  font-size: 13px;
}
.legend .token {
  margin: 0;
}
.ramp {
  width: 150px;
  height: 12px;
  align-self: center;
  border: 1px solid var(--line);
  background: linear-gradient(to right, var(--paper), rgb(var(--heat)));
}
table {
  border-collapse: collapse;
  font-size: 14px;
}
th,
td {
  padding: 3px 16px 3px 0;
  text-align: left;
  vertical-align: top;
}
tr + tr td,
tr + tr th {
  border-top: 1px solid var(--faint);
}
.run th {
  color: var(--muted);
  font-weight: 500;
}
.run th,
.run td {
  overflow-wrap: anywhere;
}
.run th {
  min-width: 110px;
}
.layers td,
.layers th {
  text-align: right;
  padding-right: 22px;
  white-space: nowrap;
}
.layers th {
  color: var(--muted);
  font-weight: 500;
}
.wide-table {
  overflow-x: auto;
}
summary {
  cursor: pointer;
  color: var(--accent);
  margin: 8px 0;
}
ul {
  margin: 4px 0;
  padding-left: 20px;
  overflow-wrap: anywhere;
}
main {
  padding-bottom: 60px;
}
@media screen and (max-width: 820px) {
  header,
  main {
    padding: 0 14px;
  }
  header {
    padding-top: 14px;
  }
  html {
    scroll-padding-top: 0;
  }
  .panels,
  .plots {
    grid-template-columns: minmax(0, 1fr);
  }
  .plots {
    gap: 8px;
  }
  .bar-controls {
    position: static;
  }
  .settings label.wide {
    flex-basis: 100%;
  }
  figcaption {
    min-height: 0;
    margin-bottom: 6px;
  }
  .hint {
    display: none;
  }
}
@media print {
  :root {
    color-scheme: light;
  }
  .bar-controls,
  .hint,
  .tools,
  .save {
    display: none;
  }
  .wide-table {
    overflow: visible;
  }
  header,
  main {
    padding: 0;
    max-width: none;
  }
  h2,
  h3 {
    break-after: avoid;
  }
  figure,
  .plots > div,
  svg {
    break-inside: avoid;
  }
  * {
    print-color-adjust: exact;
  }
}
)page";

/// report.html
inline constexpr std::string_view report_html =
R"page(<noscript><p>The maps need JavaScript; the numbers are in the table below.</p></noscript>
<div class="bar-controls">
  <div class="chips" id="answer-tokens" role="group" aria-label="Answer token"></div>
  <div class="settings">
    <label class="wide"
      >Layer <input type="range" id="layer" min="0" step="1" />
      <output id="layer-value" for="layer"></output
    ></label>
    <label
      >Scale
      <select id="scale">
        <option value="common">common to all layers</option>
        <option value="layer">of each layer</option>
      </select></label
    >
    <label
      >Between patches
      <select id="between">
        <option>bilinear</option>
        <option>nearest</option>
      </select></label
    >
    <label>Opacity <input type="range" id="opacity" min="0" max="1" step="0.05" /></label>
  </div>
</div>
<p class="hint explain">
  Keys: <kbd>&larr;</kbd> <kbd>&rarr;</kbd> layer; <kbd>Shift</kbd> with them, answer token<span
    id="head-keys"
    >; <kbd>Shift</kbd> with <kbd>&uarr;</kbd> <kbd>&darr;</kbd>, head</span
  >; on a map, arrows move over patches, <kbd>Enter</kbd> picks one, <kbd>Esc</kbd> lets it go. The
  address holds what is chosen: copy it to share.
</p>

<h2>Where attention goes, layer by layer</h2>
<p class="explain">
  What the rows that predict the answer give to each part of the sequence (mean over heads, eqs.
  6&ndash;9). The shares of a layer sum to 100 %. CAM mass is the image tokens' part of what would
  move the answer, |gradient &middot; feature|, among the prompt's tokens. Concentration is 0 for
  even heat and 1 for all heat on one token. Click into a plot to choose a layer.
</p>
<div class="plots">
  <div>
    <h3>Attention share &middot; <span id="shares-of"></span></h3>
    <div class="tools" id="shares-tools">
      <label id="head-choice"
        >Head
        <select id="head">
          <option value="-1">mean over heads</option>
        </select></label
      >
    </div>
    <div class="keys" id="shares-key"></div>
    <svg
      id="shares"
      role="img"
      aria-label="Attention shares by layer; the table below holds the numbers"
    ></svg>
  </div>
  {{cam_plot}}
</div>
{{table}} {{heads}} {{maps}}
<h2>Attention to each token</h2>
<p class="explain">
  Share of attention per token, mean over heads: <span id="tokens-of"></span>. Underlined by role;
  hover for values. The first token often takes most: a sink, not a meaning.
</p>
<div class="tools" id="tokens-tools"></div>
<div class="legend">
  <span class="token system">system</span> <span class="token image">image</span>
  <span class="token user">user</span> <span class="token answer">answer</span> <span>0.01 %</span>
  <span class="ramp"></span> <span>100 % (logarithmic)</span>
</div>
<div class="tokens" id="tokens"></div>
)page";

/// report.js
inline constexpr std::string_view report_js =
R"page(// The page of one prompt: what is chosen, and everything that follows it.

const roles = ['system', 'image', 'user', 'answer'];
const begin = {
  token: -1,
  common: !data.paper,
  smooth: data.smooth,
  opacity: data.paper ? 0.4 : 0.6,
  map: 'all',
  head: -1,
  role: 1,
  spot: null,
};
const state = {...begin, layer: 0, threshold: data.paper ? 0.5 : 0};
// Blanks and line breaks of a token made visible, too.
const tokenText = (text) =>
  visible(
    text
      .replace(/^ +$/, (blanks) => '\u2423'.repeat(blanks.length))
      .replaceAll('\n', '\\n')
      .replaceAll('\t', '\\t'),
  );
const percent = (x) =>
  x >= 0.0995 ? `${(100 * x).toFixed(1)} %` : `${(100 * x).toPrecision(2)} %`;
const number = (x) =>
  x === 0 ? '0' : x >= 1e-3 && x < 1e4 ? x.toPrecision(3) : x.toExponential(2);
const tokenName = (token) => (token < 0 ? 'whole answer' : `answer token ${token}`);
const answerName = () => tokenName(state.token);

const updates = [];
const update = () => updates.forEach((f) => f());
const inAddress = () => {
  const values = {layer: state.layer, token: state.token};
  if (state.common !== begin.common) values.scale = state.common ? 'common' : 'layer';
  if (state.smooth !== begin.smooth) values.between = state.smooth ? 'bilinear' : 'nearest';
  if (state.opacity !== begin.opacity) values.opacity = Math.round(100 * state.opacity);
  if (state.map !== begin.map) values.map = state.map;
  if (state.head !== begin.head) values.head = state.head;
  if (state.role !== begin.role) values.role = roles[state.role];
  if (state.spot)
    values.patch = [state.spot.picture.index, state.spot.g, state.spot.patch].join('.');
  return values;
};
const choose = (changes) => {
  Object.assign(state, changes);
  update();
  keepInAddress(inAddress());
};

// Answer tokens: which one the maps and shares are about.
const chips = byId('answer-tokens');
const chip = (token, text, note) => {
  const button = make(chips, 'button', 'chip');
  button.type = 'button';
  make(button, 'span', 'piece', text);
  make(button, 'small', '', note);
  button.addEventListener('click', () => choose({token}));
  updates.push(() => button.setAttribute('aria-pressed', state.token === token));
  return button;
};
chip(-1, 'whole answer', data.answer.length === 1 ? '1 token' : `${data.answer.length} tokens`);
const tokenChips = data.answer.map((a, i) =>
  chip(i, tokenText(a.text), `p ${a.probability.toFixed(2)}`),
);

// Controls.
const slider = byId('layer');
slider.max = data.layers - 1;
slider.addEventListener('input', () => choose({layer: Number(slider.value)}));
updates.push(() => {
  slider.value = state.layer;
  byId('layer-value').textContent = `${state.layer} of 0\u2013${data.layers - 1}`;
});
// A control that shows a part of the state and changes it.
const control = (id, shown, changes) => {
  const element = byId(id);
  element.addEventListener('input', () => choose(changes(element.value)));
  updates.push(() => {
    element.value = shown();
  });
};
control(
  'scale',
  () => (state.common ? 'common' : 'layer'),
  (v) => ({common: v === 'common'}),
);
control(
  'between',
  () => (state.smooth ? 'bilinear' : 'nearest'),
  (v) => ({smooth: v === 'bilinear'}),
);
control(
  'opacity',
  () => state.opacity,
  (v) => ({opacity: Number(v)}),
);

// Shares: the mean over heads, or one head's where this page has it.
const option = (select, value, text) => {
  make(select, 'option', '', text).value = value;
};
for (let head = 0; head < data.heads.count; head++) option(byId('head'), head, head);
byId('head-choice').hidden = byId('head-keys').hidden = data.heads.count === 0;
control(
  'head',
  () => state.head,
  (v) => ({head: Number(v)}),
);
const sharesAt = (layer) =>
  (state.head < 0 ? null : headShares(state.token, layer, state.head)) ||
  data.shares[state.token + 1][layer];
const headName = () =>
  state.head < 0
    ? 'mean over heads'
    : headShares(state.token, 0, state.head)
      ? `head ${state.head}`
      : 'mean over heads, as its heads have no room in this page';
const roleDash = ['', '', '7 4', '2 4'];
const drawShares = plot(
  byId('shares'),
  byId('shares-key'),
  roles.map((name, r) => ({
    name,
    colour: `var(--${name})`,
    dash: roleDash[r],
    value: (layer) => sharesAt(layer)[r],
  })),
  {format: percent, tick: (x) => `${100 * x} %`, choose: (layer) => choose({layer})},
);
updates.push(() => {
  drawShares(state.layer);
  byId('shares-of').textContent = `${answerName()}, ${headName()}`;
});
const layers = Array.from({length: data.layers}, (_, layer) => layer);
saveButton(byId('shares-tools'), 'attention shares', () => [
  ['layer', ...roles.map((role) => `${role}, ${answerName()}, ${headName()}`)],
  ...layers.map((layer) => [layer, ...sharesAt(layer)]),
]);

if (data.heat.length > 0) {
  const {concentration, status} = data.heat[0];
  const drawCam = plot(
    byId('cam-plot'),
    byId('cam-key'),
    [
      {name: 'CAM mass', colour: 'var(--mass)', value: (layer) => data.mass[layer]},
      {
        name: 'concentration',
        colour: 'var(--concentration)',
        dash: '7 4',
        value: (layer) => concentration[layer],
      },
    ],
    {format: (x) => x.toFixed(2), tick: (x) => x.toFixed(2), choose: (layer) => choose({layer})},
  );
  updates.push(() => {
    drawCam(state.layer);
    byId('cam-status').textContent = status[state.layer];
  });
  saveButton(byId('cam-tools'), 'CAM by layer', () => [
    ['layer', 'CAM mass', 'concentration', 'status'],
    ...layers.map((layer) => [layer, data.mass[layer], concentration[layer], status[layer]]),
  ]);
}

// Every head of every layer.
if (byId('heads') && data.heads.count > 0) {
  const heads = Array.from({length: data.heads.count}, (_, head) => head);
  roles.forEach((role, r) => option(byId('head-role'), r, role));
  control(
    'head-role',
    () => state.role,
    (v) => ({role: Number(v)}),
  );
  const shown = () => (state.token < data.heads.tokens ? state.token : -1);
  const share = (head, layer) => headShares(shown(), layer, head)[state.role];
  const drawHeads = cells(byId('heads'), heads, {
    labelWidth: 46,
    colour: 'var(--cell)',
    value: share,
    reading: byId('heads-reading'),
    say: (head, layer) =>
      `layer ${layer}, head ${head}: ${percent(share(head, layer))} to ` +
      `${roles[state.role]}, ${tokenName(shown())}`,
    choose: ({layer, row}) => choose({layer, head: row}),
  });
  updates.push(() => {
    drawHeads({layer: state.layer, row: state.head});
    byId('heads-of').textContent =
      `share of ${roles[state.role]}, ${tokenName(shown())}` +
      (shown() === state.token ? '' : ` (${answerName()} has no room in this page)`);
  });
  saveButton(byId('heads-tools'), 'shares head by head', () => [
    ['layer', 'head', ...roles],
    ...layers.flatMap((layer) =>
      heads.map((head) => [layer, head, ...headShares(shown(), layer, head)]),
    ),
  ]);
} else if (byId('heads')) {
  byId('heads-of').textContent = 'no room in this page';
  byId('heads').remove();
}

// Maps: a CAM for each weighting, and attention.
const camTitles = {
  mean: {title: 'LLaVA-CAM', detail: 'eq. 3, weighting mean'},
  hires: {title: 'HiResCAM', detail: 'weighting hires'},
};
const sources = [...new Set(data.heat.map((heat) => heat.weighting))].map((weighting) => ({
  id: weighting,
  title: 'CAM',
  detail: `weighting ${visible(weighting)}`,
  ...camTitles[weighting],
  map: data.site,
  weighting,
  unit: 'heat',
  ...camSource(weighting),
}));
sources.push({
  id: 'attention',
  title: 'Attention',
  detail: 'mean over heads',
  map: 'attention',
  weighting: '',
  unit: 'share per token',
  ...attentionSource,
});
const maximumOf = (source, token, layer) =>
  Math.max(
    0,
    ...data.pictures.map((picture) =>
      largest(picture, source.values(picture, token, layer), source.mass),
    ),
  );
const commonMaxima = new Map();
const commonMaximum = (source, token) => {
  const key = `${source.id} ${token}`;
  if (!commonMaxima.has(key)) {
    commonMaxima.set(key, Math.max(0, ...layers.map((l) => maximumOf(source, token, l))));
  }
  return commonMaxima.get(key);
};
const rateText = (source) => {
  const rate = data.rates.find(
    (r) => r.map === source.map && r.weighting === source.weighting && r.layer === state.layer,
  );
  return rate ? `${rate.text} (pointing game, ${visible(rate.model)})` : '';
};
const colourBar = (canvas) => {
  const context = canvas.getContext('2d');
  for (let x = 0; x < canvas.width; x++) {
    const shade = x / (canvas.width - 1);
    context.fillStyle = shade < state.threshold ? '#eaeef2' : `rgb(${colour(shade).join(',')})`;
    context.fillRect(x, 0, 1, canvas.height);
  }
};
const emptyBecause = {
  'no flow': 'no flow: the gradient is exactly 0 in this layer',
  clipped: 'clipped: negative everywhere before ReLU',
  'cancels out':
    'cancels out: the norm that reads this site does not see scale, so G\u00b7A sums to 0',
};
const sameSpot = (a, b) => Boolean(a && b) && a.grid === b.grid && a.patch === b.patch;
const pickSpot = (spot) => choose({spot: sameSpot(spot, state.spot) ? null : spot});

// The patch beside another on the same grid: `across` and `down` are -1, 0 or 1.
const spotBeside = (picture, spot, across, down) => {
  if (!spot) return spotAt(picture, picture.width / 2, picture.height / 2);
  const row = spot.row + down,
    column = spot.column + across;
  const {rows, columns} = spot.grid;
  if (row < 0 || row >= rows || column < 0 || column >= columns) return spot;
  return spotOf(picture, spot.g, row * columns + column) || spot;
};
const arrows = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const placeCell = (cell, picture, spot) => {
  cell.hidden = !spot;
  if (!spot) return;
  const {left, top, width, height} = areaOf(spot);
  cell.style.left = `${(100 * left) / picture.width}%`;
  cell.style.top = `${(100 * top) / picture.height}%`;
  cell.style.width = `${(100 * width) / picture.width}%`;
  cell.style.height = `${(100 * height) / picture.height}%`;
};

// What the map of a source says of a picture: per patch, with the tokens' places.
const mapRows = (picture, source) => {
  const rows = [['grid', 'row', 'column', 'position', source.unit]];
  if (!source.has(state.token)) return rows;
  const values = source.values(picture, state.token, state.layer);
  picture.grids.forEach((grid, g) => {
    const patches = grid.tokens ? null : patchValues(picture, grid, values, source.mass);
    for (let patch = 0; patch < grid.rows * grid.columns; patch++) {
      const spot = spotOf(picture, g, patch);
      if (!spot) continue;
      const place = patches ? '' : picture.position + spot.token;
      rows.push([g, spot.row, spot.column, place, patches ? patches[patch] : values[spot.token]]);
    }
  });
  return rows;
};

// The picture with the heat over it: where a pointer or arrows move, and a patch is picked.
const makeStage = (figure, picture, source) => {
  const stage = make(figure, 'div', 'stage');
  const tallest = (520 * picture.width) / picture.height; // The width at a height of 520 pixels.
  stage.style.maxWidth = `${tallest}px`;
  stage.tabIndex = 0;
  stage.setAttribute('role', 'application');
  stage.setAttribute(
    'aria-label',
    `${source.title} on ${visible(picture.name)}: arrows move over ` +
      'patches, Enter picks one, Escape lets it go',
  );
  const image = make(stage, 'img');
  image.src = picture.url;
  image.width = picture.width; // With both sides known nothing moves when the picture arrives.
  image.height = picture.height;
  if (picture.width < 200) image.style.imageRendering = 'pixelated';
  image.alt = visible(picture.name);
  const canvas = make(stage, 'canvas');
  canvas.width = Math.max(1, Math.round(Math.min(420, tallest)));
  canvas.height = Math.max(1, Math.round((canvas.width * picture.height) / picture.width));
  return {
    stage,
    canvas,
    message: make(stage, 'div', 'message'),
)page"
R"page(    picked: make(stage, 'div', 'cell picked'),
    cell: make(stage, 'div', 'cell'),
  };
};

const panel = (row, picture, source, readings) => {
  const figure = make(row, 'figure');
  const caption = make(figure, 'figcaption');
  make(caption, 'strong', '', source.title);
  make(caption, 'span', 'muted', ` ${source.detail}`);
  const where = make(caption, 'div', 'muted');
  const {stage, canvas, message, picked, cell} = makeStage(figure, picture, source);
  const bar = make(figure, 'div', 'bar');
  make(bar, 'span', '', '0');
  const ramp = make(bar, 'canvas');
  ramp.width = 256;
  ramp.height = 1;
  colourBar(ramp);
  const most = make(bar, 'span');
  saveButton(bar, `${source.title} on image ${picture.index + 1}`, () => mapRows(picture, source));
  const reading = make(figure, 'div', 'reading');
  reading.setAttribute('aria-live', 'polite');
  let values = null,
    maximum = 0,
    pointed = null;
  const read = (spot) => {
    pointed = spot;
    placeCell(cell, picture, spot);
    reading.textContent = '';
    if (!spot || !values) return;
    const mixed = spot.token < 0; // A soft layout: patches have values, tokens no place.
    const value = mixed
      ? patchValues(picture, spot.grid, values, source.mass)[spot.patch]
      : values[spot.token];
    const of = maximum > 0 ? `, ${((100 * value) / maximum).toFixed(0)} % of the scale` : '';
    const place = mixed ? 'mixture of tokens' : `position ${picture.position + spot.token}`;
    reading.textContent = `row ${spot.row}, column ${spot.column} (${place}): ${number(value)}${of}`;
  };
  readings.push(read);
  updates.push(() => {
    figure.hidden = state.map !== 'all' && state.map !== source.id;
    if (figure.hidden) return;
    const there = source.has(state.token);
    values = there ? source.values(picture, state.token, state.layer) : null;
    maximum = !there
      ? 0
      : state.common
        ? commonMaximum(source, state.token)
        : maximumOf(source, state.token, state.layer);
    show(canvas, picture, values, source.mass, maximum, state);
    where.textContent = [`layer ${state.layer}`, answerName(), rateText(source)]
      .filter(Boolean)
      .join(' \u00b7 ');
    most.textContent = `${number(maximum)} ${source.unit}`;
    message.textContent = there
      ? emptyBecause[source.status(state.token, state.layer)] || ''
      : `not in this report for ${answerName()}`;
    placeCell(picked, picture, state.spot?.picture === picture ? state.spot : null);
    read(pointed);
  });
  const readAll = (spot) => readings.forEach((f) => f(spot));
  const under = (event) => {
    const bounds = stage.getBoundingClientRect();
    return spotAt(
      picture,
      ((event.clientX - bounds.left) / bounds.width) * picture.width,
      ((event.clientY - bounds.top) / bounds.height) * picture.height,
    );
  };
  stage.addEventListener('pointermove', (event) => readAll(under(event)));
  stage.addEventListener('pointerleave', () => readAll(null));
  stage.addEventListener('blur', () => readAll(null));
  stage.addEventListener('click', (event) => {
    const spot = under(event);
    if (spot) pickSpot(spot);
  });
  stage.addEventListener('keydown', (event) => {
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    const arrow = arrows[event.key];
    if (arrow) readAll(spotBeside(picture, pointed, ...arrow));
    else if (event.key === 'Enter' && pointed) pickSpot(pointed);
    else if (event.key === 'Escape') choose({spot: null});
    else return;
    event.preventDefault();
  });
};
for (const picture of data.pictures) {
  if (data.pictures.length > 1) {
    make(byId('maps'), 'h3', '', `Image ${picture.index + 1}: ${visible(picture.name)}`);
  }
  const row = make(byId('maps'), 'div', 'panels');
  updates.push(() => row.classList.toggle('single', state.map !== 'all'));
  const readings = [];
  for (const source of sources) panel(row, picture, source, readings);
  readings.forEach((read) => read(null));
}
if (byId('map')) {
  for (const source of sources) option(byId('map'), source.id, `${source.title} alone`);
  control(
    'map',
    () => state.map,
    (map) => ({map}),
  );
}

// Which answer tokens read the picked patch, in which layer.
const readers = data.answer.slice(0, data.attention.tokens).map((_, i) => i);
const readersOf = (spot) => {
  const shares = readers.map((token) => layers.map((layer) => shareOfSpot(spot, token, layer)));
  return {spot, shares, most: Math.max(0, ...shares.flat())};
};
const readerName = (token) => {
  const text = tokenText(data.answer[token].text).trim();
  return `${token}\u2002${text.length > 12 ? `${text.slice(0, 11)}\u2026` : text}`;
};
const readersText = ({spot, shares}) => {
  const where =
    (data.pictures.length > 1 ? `of image ${spot.picture.index + 1}, ` : 'at ') +
    `row ${spot.row}, column ${spot.column}`;
  const left = data.answer.length - readers.length;
  const order = [...readers].sort((a, b) => shares[b][state.layer] - shares[a][state.layer]);
  const first = order
    .slice(0, 3)
    .map(
      (token) =>
        `${token} \u201c${tokenText(data.answer[token].text).trim()}\u201d ` +
        percent(shares[token][state.layer]),
    );
  return (
    `Patch ${where}. In layer ${state.layer} answer tokens read it most: ${first.join(', ')}.` +
    (left > 0 ? ` Of the last ${left} answer tokens this page has no rows.` : '')
  );
};
if (byId('readers') && readers.length > 0) {
  let found = null,
    drawReaders = null;
  const value = (token, layer) =>
    found && found.most > 0 ? found.shares[token][layer] / found.most : 0;
  updates.push(() => {
    byId('readers').hidden = !state.spot;
    if (!state.spot) found = null;
    else if (!found || !sameSpot(found.spot, state.spot)) found = readersOf(state.spot);
    for (const token of readers) {
      const share = found && found.most > 0 ? found.shares[token][state.layer] / found.most : 0;
      tokenChips[token].style.setProperty('--read', `${100 * share}%`);
    }
    if (!found) return;
    byId('readers-text').textContent = readersText(found);
    drawReaders ||= cells(byId('readers-cells'), readers.map(readerName), {
      labelWidth: 126,
      colour: 'var(--cell)',
      value,
      reading: byId('readers-reading'),
      say: (token, layer) =>
        `layer ${layer}, ${readerName(token)}: ` + percent(found.shares[token][layer]),
      choose: ({layer, row}) => choose({layer, token: row}),
    });
    drawReaders({layer: state.layer, row: state.token < readers.length ? state.token : -1});
  });
  byId('let-go').addEventListener('click', () => choose({spot: null}));
  saveButton(byId('readers-tools'), 'readers of a patch', () => [
    ['answer token', 'text', ...layers.map((layer) => `layer ${layer}`)],
    ...readers.map((token) => [token, data.answer[token].text, ...found.shares[token]]),
  ]);
}

// The prompt's tokens, coloured by the logarithm of their share: 0.01 % is none, 100 % full.
const depth = (share) => Math.min(1, Math.max(0, (Math.log10(share) + 4) / 4));
const shareOfToken = (token) => {
  const row = attentionRow(state.token, state.layer);
  return row ? row.subarray(token.begin, token.end).reduce((sum, share) => sum + share, 0) : NaN;
};
for (const token of data.tokens) {
  const isImage = token.image !== undefined;
  const name = isImage
    ? `\u25a6 image ${token.image + 1}: ${token.end - token.begin} tokens`
    : tokenText(token.text);
  const word = make(byId('tokens'), 'span', `token ${roles[token.role]}`, name);
  const value = isImage ? make(word, 'b') : null;
  updates.push(() => {
    const share = shareOfToken(token),
      known = share === share;
    word.style.setProperty('--share', share > 0 ? depth(share) : 0);
    if (value) value.textContent = known ? ` ${percent(share)}` : '';
    word.title =
      `${roles[token.role]}, position ${token.begin}` +
      (isImage ? `\u2013${token.end - 1}` : '') +
      (known ? `: ${percent(share)}` : '');
  });
}
updates.push(() => {
  byId('tokens-of').textContent =
    data.attention.tokens > state.token
      ? `layer ${state.layer}, ${answerName()}`
      : `${answerName()} is beyond the ${data.attention.tokens} tokens whose rows fit in this page`;
});
saveButton(byId('tokens-tools'), 'attention to each token', () => [
  ['first position', 'tokens', 'role', 'text', 'share'],
  ...data.tokens.map((token) => [
    token.begin,
    token.end - token.begin,
    roles[token.role],
    token.image === undefined ? token.text : `image ${token.image + 1}`,
    shareOfToken(token),
  ]),
]);

// Keys.
const step = (name, by, low, high) =>
  choose({[name]: Math.min(high, Math.max(low, state[name] + by))});
onKeys({
  ArrowLeft: () => step('layer', -1, 0, data.layers - 1),
  ArrowRight: () => step('layer', 1, 0, data.layers - 1),
  'Shift+ArrowLeft': () => step('token', -1, -1, data.answer.length - 1),
  'Shift+ArrowRight': () => step('token', 1, -1, data.answer.length - 1),
  'Shift+ArrowUp': () => step('head', -1, -1, data.heads.count - 1),
  'Shift+ArrowDown': () => step('head', 1, -1, data.heads.count - 1),
  Escape: () => choose({spot: null}),
});

// Begin with what the address says; else where most of what moves the answer is the picture's, or
// where the picture is read most.
const telling = data.heat.length > 0 ? data.mass : data.shares[0].map((layer) => layer[1]);
begin.layer = telling.indexOf(Math.max(...telling));
const oneOf = (name, ...words) =>
  words.includes(chosen().get(name)) ? chosen().get(name) : undefined;
const spotFromAddress = () => {
  const match = /^(\d{1,4})\.(\d{1,4})\.(\d{1,6})$/.exec(chosen().get('patch') ?? '');
  if (!match) return null;
  const [i, g, patch] = match.slice(1).map(Number);
  const picture = data.pictures[i],
    grid = picture?.grids[g];
  return grid && patch < grid.rows * grid.columns ? spotOf(picture, g, patch) : null;
};
const fromAddress = () => {
  const scale = oneOf('scale', 'common', 'layer'),
    between = oneOf('between', 'bilinear', 'nearest');
  const opacity = chosenNumber('opacity', 0, 100),
    role = roles.indexOf(chosen().get('role'));
  return {
    layer: chosenNumber('layer', 0, data.layers - 1) ?? begin.layer,
    token: chosenNumber('token', -1, data.answer.length - 1) ?? begin.token,
    head: chosenNumber('head', -1, data.heads.count - 1) ?? begin.head,
    map: oneOf('map', 'all', ...sources.map((source) => source.id)) ?? begin.map,
    common: scale ? scale === 'common' : begin.common,
    smooth: between ? between === 'bilinear' : begin.smooth,
    opacity: opacity === undefined ? begin.opacity : opacity / 100,
    role: role < 0 ? begin.role : role,
    spot: spotFromAddress(),
  };
};
const follow = () => {
  Object.assign(state, fromAddress());
  update();
};
followAddress(follow);
)page";

/// report_cam_plot.html
inline constexpr std::string_view report_cam_plot_html =
R"page(<div>
  <h3>LLaVA-CAM &middot; whole answer &middot; <span id="cam-status"></span></h3>
  <div class="tools" id="cam-tools"></div>
  <div class="keys" id="cam-key"></div>
  <svg
    id="cam-plot"
    role="img"
    aria-label="CAM mass and concentration by layer; the table below holds the numbers"
  ></svg>
</div>
)page";

/// report_heads.html
inline constexpr std::string_view report_heads_html =
R"page(<h3>Head by head &middot; <span id="heads-of"></span></h3>
<p class="explain">
  Each cell is the share that one head of one layer gives to the chosen part of the sequence; full
  colour is 100 %. Click to choose layer and head. Heads are kept by part of the sequence, not by
  token: maps and tokens below are means over heads.
</p>
<div class="tools" id="heads-tools">
  <label
    >Share of
    <select id="head-role"></select
  ></label>
</div>
<svg
  class="cells"
  id="heads"
  role="img"
  aria-label="Share of each head by layer; saved data hold the numbers"
></svg>
<p class="reading" id="heads-reading"></p>
)page";

/// report_maps.html
inline constexpr std::string_view report_maps_html =
R"page(<h2>What of the picture matters</h2>
<p class="explain">
  Heat of the chosen layer over the picture. CAM counts everything that later layers still read from
  these tokens; attention is this layer's alone. Hatched: cropped away, the model never saw it.
  White outlines are boxes that the answer names.
</p>
<div class="tools">
  <label
    >Maps
    <select id="map">
      <option value="all">all</option>
    </select></label
  >
</div>
<div id="maps"></div>
<h3>Which answer tokens read a patch</h3>
<p class="explain">
  Click a patch in a map, or pick one by keys. Each cell is the share of its attention (mean over
  heads) that the row predicting an answer token gives to this patch in a layer; full colour is the
  largest of them. Click a cell to go there.
</p>
<div id="readers" hidden>
  <div class="tools" id="readers-tools">
    <button type="button" id="let-go">Let go of the patch</button>
  </div>
  <p id="readers-text" aria-live="polite"></p>
  <svg
    class="cells"
    id="readers-cells"
    role="img"
    aria-label="Attention of each answer token to the patch by layer; saved data hold the numbers"
  ></svg>
  <p class="reading" id="readers-reading"></p>
</div>
)page";

/// report_maps.js
inline constexpr std::string_view report_maps_js =
R"page(// From stored numbers to coloured pixels.

// Half floats in base64; heat and attention are never negative.
const halves = (text, scale) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const values = new Float32Array(bytes.length / 2);
  for (let i = 0; i < values.length; i++) {
    const bits = bytes[2 * i] | (bytes[2 * i + 1] << 8);
    const exponent = (bits >> 10) & 31,
      fraction = bits & 1023;
    const value = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
    values[i] = value / scale;
  }
  return values;
};
const colours = Uint8Array.from(atob(data.colours), (c) => c.charCodeAt(0));
const colour = (x) => {
  const i = 3 * Math.round(255 * Math.min(1, Math.max(0, x)));
  return [colours[i], colours[i + 1], colours[i + 2]];
};

data.attention.values = halves(data.attention.values, data.attention.scale);
if (data.heads.count) data.heads.values = halves(data.heads.values, 1);
for (const heat of data.heat) {
  heat.values = halves(heat.values, 1);
  heat.tokens = data.layers ? heat.values.length / data.layers : 0;
}
for (const picture of data.pictures) {
  for (const grid of picture.grids) {
    if (grid.mixture) grid.mixture = halves(grid.mixture, 1);
    const [x0, y0, x1, y1] = grid.area;
    grid.patchArea = ((x1 - x0) * (y1 - y0)) / (grid.rows * grid.columns);
  }
  picture.index = data.pictures.indexOf(picture);
  picture.smallest = Math.min(...picture.grids.map((grid) => grid.patchArea));
}

// One row of attention, token -1 being the mean over the answer; null if it is not in this page.
const attentionRow = (token, layer) => {
  if (token >= data.attention.tokens) return null;
  const n = data.attention.positions,
    at = ((token + 1) * data.layers + layer) * n;
  return data.attention.values.subarray(at, at + n);
};

// A source of maps: values(picture, token, layer) per image token, or null where there is none.
const camSource = (weighting) => {
  const of = (token) =>
    data.heat.find(
      (heat) => heat.weighting === weighting && (heat.token === null ? -1 : heat.token) === token,
    );
  return {
    mass: false,
    has: (token) => Boolean(of(token)),
    status: (token, layer) => of(token).status[layer],
    values: (picture, token, layer) => {
      const heat = of(token),
        at = layer * heat.tokens + picture.first;
      return heat.values.subarray(at, at + picture.count).map((v) => v * heat.maxima[layer]);
    },
  };
};
const attentionSource = {
  mass: true,
  has: (token) => token < data.attention.tokens,
  status: () => 'flowing',
  values: (picture, token, layer) =>
    attentionRow(token, layer).subarray(picture.position, picture.position + picture.count),
};

// Values per patch of one grid, NaN where no token stands for the patch. What is a mass spreads
// over its patch: next to a grid of smaller patches a large one is paler.
const patchValues = (picture, grid, values, mass) => {
  const patches = new Float32Array(grid.rows * grid.columns);
  if (grid.mixture) {
    for (let p = 0; p < patches.length; p++) {
      let sum = 0,
        reached = 0;
      for (let t = 0; t < picture.count; t++) {
        const weight = grid.mixture[t * patches.length + p];
        sum += weight * values[t];
        reached += weight;
      }
      patches[p] = mass ? sum : reached > 0 ? sum / reached : 0;
    }
    return patches;
  }
  const part = mass ? picture.smallest / grid.patchArea : 1;
  grid.tokens.forEach((t, p) => {
    patches[p] = t < 0 ? NaN : values[t] * part;
  });
  return patches;
};

const largest = (picture, values, mass) => {
  let most = 0;
  for (const grid of picture.grids) {
    for (const v of patchValues(picture, grid, values, mass)) if (v > most) most = v;
  }
  return most;
};

// Per pixel along one axis: the patch to the left, its right neighbour, and the neighbour's weight.
const tap = (pixel, pixels, source, begin, end, patches, smooth) => {
  const u = ((((pixel + 0.5) * source) / pixels - begin) / (end - begin)) * patches;
  if (u < 0 || u >= patches) return null;
  if (!smooth) return [Math.floor(u), Math.floor(u), 0];
  const v = Math.min(patches - 1, Math.max(0, u - 0.5)),
    left = Math.floor(v);
  return [left, Math.min(left + 1, patches - 1), v - left];
};
const taps = (pixels, ...axis) =>
  Array.from({length: pixels}, (_, pixel) => tap(pixel, pixels, ...axis));

// Heat per token on a raster over the picture: masses add where grids overlap, heat averages, or is
// that of the smallest patches.
const paint = (picture, values, mass, smooth, width, height) => {
  const sums = new Float32Array(width * height),
    known = new Float32Array(width * height);
  const finest = picture.finest && !mass;
  const grids = finest
    ? [...picture.grids].sort((a, b) => b.patchArea - a.patchArea)
    : picture.grids;
  for (const grid of grids) {
    const [x0, y0, x1, y1] = grid.area;
    const patches = patchValues(picture, grid, values, mass);
    const xs = taps(width, picture.width, x0, x1, grid.columns, smooth && !mass);
    const ys = taps(height, picture.height, y0, y1, grid.rows, smooth && !mass);
    for (let y = 0; y < height; y++) {
      if (!ys[y]) continue;
      const [top, bottom, down] = ys[y];
      for (let x = 0; x < width; x++) {
        if (!xs[x]) continue;
        const [left, right, across] = xs[x];
        let sum = 0,
          weight = 0;
        const take = (row, column, w) => {
          const value = patches[row * grid.columns + column];
          if (w > 0 && value === value) {
            sum += w * value;
            weight += w;
          }
        };
        take(top, left, (1 - down) * (1 - across));
        take(top, right, (1 - down) * across);
        take(bottom, left, down * (1 - across));
        take(bottom, right, down * across);
        if (weight > 0) {
          const at = y * width + x;
          sums[at] = (finest ? 0 : sums[at]) + sum / weight;
          known[at] = (finest ? 0 : known[at]) + 1;
        }
      }
    }
  }
  for (let i = 0; i < sums.length; i++) {
    sums[i] = known[i] === 0 ? NaN : mass ? sums[i] : sums[i] / known[i];
  }
  return sums;
};

// The boxes that the answer names, white on black so that they are seen on every colour.
const outline = (context, picture, across, down) => {
  for (const [colour, width] of [
    ['black', 4],
    ['white', 2],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    for (const [x0, y0, x1, y1] of picture.boxes) {
      context.strokeRect(x0 * across, y0 * down, (x1 - x0) * across, (y1 - y0) * down);
    }
  }
};

// Heat over the picture below; nothing is painted where nothing is known, and what the model never
// saw is hatched.
const show = (canvas, picture, values, mass, maximum, state) => {
  const width = canvas.width,
    height = canvas.height;
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, width, height);
  if (values && maximum > 0) {
    const pixels = context.createImageData(width, height);
    const heat = paint(picture, values, mass, state.smooth, width, height);
    for (let i = 0; i < heat.length; i++) {
      const x = heat[i] / maximum;
      if (x !== x || x < state.threshold) continue;
      pixels.data.set(colour(x), 4 * i);
      pixels.data[4 * i + 3] = 255 * state.opacity;
    }
    context.putImageData(pixels, 0, 0);
  }
  const [x0, y0, x1, y1] = picture.seen;
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.rect(
    (x0 / picture.width) * width,
    (y0 / picture.height) * height,
    ((x1 - x0) / picture.width) * width,
    ((y1 - y0) / picture.height) * height,
  );
  context.clip('evenodd');
  context.fillStyle = 'rgba(255, 255, 255, 0.65)';
  context.fillRect(0, 0, width, height);
  context.strokeStyle = 'rgba(90, 90, 90, 0.9)';
  context.beginPath();
  for (let i = -height; i < width; i += 9) {
    context.moveTo(i, height);
    context.lineTo(i + height, 0);
  }
  context.stroke();
  context.restore();
  outline(context, picture, width / picture.width, height / picture.height);
};

// A patch of a picture, by its grid and its number there; null if no token stands for it.
const spotOf = (picture, g, patch) => {
  const grid = picture.grids[g];
  const token = grid.tokens ? grid.tokens[patch] : -1; // A soft layout: tokens have no place.
  if (grid.tokens && token < 0) return null;
  return {
    picture,
    grid,
    g,
    patch,
    token,
    row: Math.floor(patch / grid.columns),
    column: patch % grid.columns,
  };
};

// The patch under a point of the picture, on the finest grid there.
const spotAt = (picture, x, y) => {
  let found = null;
  picture.grids.forEach((grid, g) => {
    const [x0, y0, x1, y1] = grid.area;
    const column = Math.floor(((x - x0) / (x1 - x0)) * grid.columns);
    const row = Math.floor(((y - y0) / (y1 - y0)) * grid.rows);
    if (column < 0 || column >= grid.columns || row < 0 || row >= grid.rows) return;
    if (found && found.grid.patchArea <= grid.patchArea) return;
    found = spotOf(picture, g, row * grid.columns + column) || found;
  });
  return found;
};

// Where a patch lies, in source pixels.
const areaOf = ({grid, row, column}) => {
  const [x0, y0, x1, y1] = grid.area;
  const width = (x1 - x0) / grid.columns,
    height = (y1 - y0) / grid.rows;
  return {left: x0 + column * width, top: y0 + row * height, width, height};
};

// The attention that a patch gets; null where the row is not in this page.
const shareOfSpot = ({picture, grid, patch, token}, row, layer) => {
  if (!attentionSource.has(row)) return null;
  const values = attentionSource.values(picture, row, layer);
  return token < 0 ? patchValues(picture, grid, values, true)[patch] : values[token];
};

// Shares by role of one head; null where they are not in this page.
const headShares = (token, layer, head) => {
  if (head >= data.heads.count || token >= data.heads.tokens) return null;
  const at = (((token + 1) * data.layers + layer) * data.heads.count + head) * 4;
  return data.heads.values.subarray(at, at + 4);
};
)page";

/// report_plots.js
inline constexpr std::string_view report_plots_js =
R"page(// Plots over layers: curves, and cells with a row for each head or token.

// Draws for the width that there is, again when it changes: texts keep their size on a phone.
const drawAtWidth = (svg, height, layout) => {
  let drawn = 0;
  const fit = () => {
    const width = Math.max(280, Math.round(svg.getBoundingClientRect().width));
    if (width === drawn) return;
    drawn = width;
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.replaceChildren();
    layout(width);
  };
  new ResizeObserver(fit).observe(svg);
  fit();
};
// The place of the pointer in a drawing's own units.
const placeIn = (svg, event) => {
  const bounds = svg.getBoundingClientRect();
  const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
  return [
    ((event.clientX - bounds.left) / bounds.width) * width,
    ((event.clientY - bounds.top) / bounds.height) * height,
  ];
};
const layerTicks = (svg, x, y, room) => {
  const last = Math.max(1, data.layers - 1);
  const step = [1, 2, 4, 5, 8, 10, 20].find((s) => (last / s) * 28 <= room) || 40;
  for (let layer = 0; layer < data.layers; layer += step) {
    draw(svg, 'text', {x: x(layer), y, class: 'tick middle'}, layer);
  }
};

// Curves; `lines` is [{name, colour, dash, value(layer)}], values in [0, 1]. Returns what draws them anew.
const plot = (svg, legend, lines, {format, tick, choose}) => {
  const height = 270;
  const keys = lines.map((line) => {
    const key = make(legend, 'span', 'key');
    const swatch = make(key, 'i');
    swatch.style.borderTopColor = line.colour;
    swatch.style.borderTopStyle = line.dash
      ? line.dash.startsWith('2')
        ? 'dotted'
        : 'dashed'
      : 'solid';
    make(key, 'span', '', line.name);
    return make(key, 'b');
  });
  const last = Math.max(1, data.layers - 1);
  let x,
    y,
    marker,
    curves,
    layer = 0,
    left,
    right;
  const refresh = (now = layer) => {
    layer = now;
    marker.setAttribute('x1', x(layer));
    marker.setAttribute('x2', x(layer));
    lines.forEach((line, i) => {
      const points = Array.from({length: data.layers}, (_, l) => `${x(l)},${y(line.value(l))}`);
      curves[i].path.setAttribute('points', points.join(' '));
      curves[i].dot.setAttribute('cx', x(layer));
      curves[i].dot.setAttribute('cy', y(line.value(layer)));
      keys[i].textContent = format(line.value(layer));
    });
  };
  drawAtWidth(svg, height, (width) => {
    const top = 12,
      bottom = height - 38;
    left = 46;
    right = width - 14;
    x = (l) => left + ((right - left) * l) / last;
    y = (value) => bottom - (bottom - top) * value;
    for (const value of [0, 0.25, 0.5, 0.75, 1]) {
      draw(svg, 'line', {x1: left, x2: right, y1: y(value), y2: y(value), class: 'grid'});
      draw(svg, 'text', {x: left - 7, y: y(value) + 4, class: 'tick end'}, tick(value));
    }
    layerTicks(svg, x, bottom + 17, right - left);
    draw(svg, 'text', {x: (left + right) / 2, y: height - 4, class: 'axis middle'}, 'layer');
    marker = draw(svg, 'line', {y1: top, y2: bottom, class: 'marker'});
    curves = lines.map((line) => {
      const path = draw(svg, 'polyline', {class: 'curve', 'stroke-dasharray': line.dash || 'none'});
      const dot = draw(svg, 'circle', {r: 4, class: 'dot'});
      path.style.stroke = dot.style.fill = line.colour;
      return {path, dot};
    });
    refresh();
  });
  const pick = (event) => {
    const at = ((placeIn(svg, event)[0] - left) / (right - left)) * last;
    choose(Math.min(data.layers - 1, Math.max(0, Math.round(at))));
  };
  svg.addEventListener('pointerdown', pick);
  svg.addEventListener('pointermove', (event) => {
    if (event.buttons & 1) pick(event);
  });
  return refresh;
};

// Cells; `rows` are their names, `value(row, layer)` is in [0, 1] or null where nothing is known.
// Returns what draws them anew: {layer, row} is framed, row -1 being none.
const cells = (svg, rows, {labelWidth, colour, value, say, reading, choose}) => {
  const rowHeight = rows.length > 40 ? 11 : 15,
    top = 6;
  const height = top + rows.length * rowHeight + 40;
  let x,
    size,
    fills = [],
    frame,
    at = {layer: 0, row: -1};
  const refresh = (now = at) => {
    at = now;
    fills.forEach((fill, i) => {
      const v = value(Math.floor(i / data.layers), i % data.layers);
      fill.setAttribute('fill-opacity', v === null ? 0 : v);
    });
    frame.setAttribute('x', x(at.layer));
    frame.setAttribute('y', top + Math.max(0, at.row) * rowHeight);
    frame.setAttribute('height', at.row < 0 ? rows.length * rowHeight : rowHeight);
  };
  drawAtWidth(svg, height, (width) => {
    size = (width - labelWidth - 8) / data.layers;
    x = (layer) => labelWidth + layer * size;
    draw(svg, 'rect', {
      x: labelWidth,
      y: top,
      width: size * data.layers,
      height: rows.length * rowHeight,
      class: 'ground',
    });
    fills = [];
    rows.forEach((name, row) => {
      const y = top + row * rowHeight;
      draw(svg, 'text', {x: labelWidth - 6, y: y + rowHeight - 3, class: 'tick end'}, name);
      for (let layer = 0; layer < data.layers; layer++) {
        const cell = draw(svg, 'rect', {
          x: x(layer) + 0.5,
          y: y + 0.5,
          width: size - 1,
          height: rowHeight - 1,
        });
        cell.style.fill = colour;
        fills.push(cell);
      }
    });
    const bottom = top + rows.length * rowHeight;
    layerTicks(svg, (layer) => x(layer) + size / 2, bottom + 16, size * data.layers);
    draw(
      svg,
      'text',
      {x: labelWidth + (size * data.layers) / 2, y: bottom + 33, class: 'axis middle'},
      'layer',
    );
    frame = draw(svg, 'rect', {width: size, class: 'frame'});
    refresh();
  });
  const cellAt = (event) => {
    const [px, py] = placeIn(svg, event);
    const layer = Math.floor((px - labelWidth) / size),
      row = Math.floor((py - top) / rowHeight);
    return layer < 0 || layer >= data.layers || row < 0 || row >= rows.length ? null : {layer, row};
  };
  svg.addEventListener('pointermove', (event) => {
    const cell = cellAt(event);
    reading.textContent = cell ? say(cell.row, cell.layer) : '';
  });
  svg.addEventListener('pointerleave', () => {
    reading.textContent = '';
  });
  svg.addEventListener('click', (event) => {
    const cell = cellAt(event);
    if (cell) choose(cell);
  });
  return refresh;
};
)page";

/// shared.js
inline constexpr std::string_view shared_js =
R"page('use strict';
// What both pages need: elements, texts, keys, the address and saved data.

const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);
const make = (parent, tag, classes = '', text = '') => {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.textContent = text;
  parent.append(element);
  return element;
};
// An element of a drawing: it takes the drawing's namespace.
const draw = (parent, tag, attributes, text = '') => {
  const element = document.createElementNS(parent.namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
};

// Control characters and line breaks that are none made visible.
const visible = (text) =>
  text === ''
    ? '\u2205'
    : text
        .replace(
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
          (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
        )
        .replace(/[\u2028\u2029\ufeff]/g, '\ufffd');

// Keys that are no characters, so that nothing that is typed or dictated is taken for one. Where
// the focus is on something that has keys of its own, they are left to it.
const onKeys = (actions) =>
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest('input, select, textarea, [tabindex]')) return;
    const action = actions[(event.shiftKey ? 'Shift+' : '') + event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

// The choice stands behind the address's '#', so that a reload or a copied link shows the same.
const chosen = () => new URLSearchParams(location.hash.slice(1));
// A whole number of the address from low to high, or undefined: an address can hold anything.
const chosenNumber = (name, low, high) => {
  const text = chosen().get(name);
  const value = Number(text);
  return /^-?\d{1,9}$/.test(text) && value >= low && value <= high ? value : undefined;
};
let writing = 0;
const keepInAddress = (values) => {
  clearTimeout(writing); // Browsers refuse an address that changes with every step of a slider.
  writing = setTimeout(
    () => history.replaceState(null, '', `#${new URLSearchParams(values)}`),
    350,
  );
};
// What the reader opens is not overwritten by a choice that was about to be kept.
const followAddress = (follow) => {
  addEventListener('hashchange', () => {
    clearTimeout(writing);
    follow();
  });
  follow();
};

// A text that a spreadsheet would run as a formula begins with an apostrophe instead.
const csvField = (value) => {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  const text = String(value ?? '');
  const tame = /^[=+\-@\t\r]./s.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
};
const saveCsv = (name, rows) => {
  const lines = rows.map((row) => `${row.map(csvField).join(',')}\r\n`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(lines, {type: 'text/csv'}));
  link.download = `${name.replace(/[^A-Za-z0-9]+/g, '_')}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
// A button that saves what a plot shows; `rows` gives a head and its rows when it is pressed.
const saveButton = (parent, name, rows) => {
  const button = make(parent, 'button', 'save', 'Save data');
  button.type = 'button';
  button.setAttribute('aria-label', `Save data: ${name}`);
  button.addEventListener('click', () => saveCsv(name, rows()));
};

// Paper has no summary to click.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
});
)page";

/// sweep_report.css
inline constexpr std::string_view sweep_report_css =
R"page(/* What only the page of a sweep has. */
:root {
  --worse: #b3261e;
  --better: #157052;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --worse: #ff8a80;
    --better: #4fcb9f;
  }
  /* Figures are drawn on white: turned dark with their hues kept, and their ground is the page's. */
  .figure svg {
    filter: invert(1) hue-rotate(180deg);
    mix-blend-mode: screen;
  }
}
.figure {
  overflow-x: auto;
}
.figure svg {
  width: 100%;
  height: auto;
  display: block;
}
.curve svg {
  cursor: pointer;
}
.said {
  border-left-color: #c85000;
}
.flips {
  display: grid;
  grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: 0 26px;
}
.flips > div {
  max-height: 660px;
  overflow-y: auto;
}
.card {
  display: flex;
  gap: 12px;
  margin: 0 0 10px;
  padding: 10px;
  border: 1px solid var(--line);
  border-left: 4px solid var(--line);
  border-radius: 4px;
}
.card.worse {
  border-left-color: var(--worse);
}
.card.better {
  border-left-color: var(--better);
}
h4 {
  position: sticky;
  top: 0;
  margin: 14px 0 8px;
  background: var(--paper);
  font-size: 14px;
}
h4.worse {
  color: var(--worse);
}
h4.better {
  color: var(--better);
}
.card img {
  width: 132px;
  height: 132px;
  object-fit: contain;
  background: var(--soft);
  flex: none;
}
.absent {
  width: 132px;
  min-height: 60px;
  padding: 8px;
  background: var(--soft);
  font-size: 12px;
  flex: none;
}
.words {
  min-width: 0;
  font-size: 14px;
  overflow-wrap: anywhere;
}
.question {
  font-weight: 600;
  margin: 2px 0 6px;
  white-space: pre-wrap;
  unicode-bidi: isolate;
}
.row {
  display: flex;
  gap: 8px;
  align-items: baseline;
}
.row > .muted:first-child {
  flex: none;
  width: 76px;
  font-size: 12.5px;
}
.small {
  font-size: 12px;
}
@media screen and (max-width: 820px) {
  .figure svg {
    min-width: 820px;
  }
  .flips {
    grid-template-columns: minmax(0, 1fr);
  }
}
@media screen and (max-width: 500px) {
  .card img,
  .absent {
    width: 84px;
    height: auto;
  }
}
@media print {
  .flips > div {
    max-height: none;
  }
  .settings {
    display: none;
  }
  .card {
    break-inside: avoid;
  }
  h4 {
    position: static;
  }
}
)page";

/// sweep_report.html
inline constexpr std::string_view sweep_report_html =
R"page(<noscript><p>The items behind the points need JavaScript; figures and tables do not.</p></noscript>
<p class="hint explain">
  Keys: <kbd>&larr;</kbd> <kbd>&rarr;</kbd> move the cut of the task in view. The address holds what
  is chosen: copy it to share.
</p>
)page";

/// sweep_report.js
inline constexpr std::string_view sweep_report_js =
R"page(// The page of a sweep: choosing a cut, and the items that it changed.

const most = 60; // Cards of one kind at a time; more are scrolled past, not read.

const said = (list, name, [answer, value], task) => {
  const row = make(list, 'div', 'row');
  make(row, 'span', 'muted', name);
  make(row, 'span', 'piece', visible(answer));
  if (!task.binary) make(row, 'small', 'muted', `${task.metric} ${Number(value.toPrecision(3))}`);
};
const card = (parent, task, item, cut, kind) => {
  const box = make(parent, 'article', `card ${kind}`);
  const place = item.picture;
  if (typeof place === 'number') {
    const image = make(box, 'img');
    image.src = data.pictures[place];
    image.alt = '';
  } else {
    make(box, 'div', 'absent muted', place);
  }
  const words = make(box, 'div', 'words');
  const names = [item.id, item.group].filter(Boolean).map(visible);
  make(words, 'div', 'muted small', names.join(' \u00b7 '));
  make(
    words,
    'div',
    'question',
    item.question === '' ? '(question unknown)' : visible(item.question),
  );
  said(words, 'untouched', item.untouched, task);
  said(words, `cut at ${cut}`, item.cuts[cut], task);
  if (item.reference !== '') {
    const row = make(words, 'div', 'row');
    make(row, 'span', 'muted', 'reference');
    make(row, 'span', 'piece', visible(item.reference));
  }
};
const column = (parent, task, entry, kind, title) => {
  const {count, items} = entry[kind];
  const part = make(parent, 'div');
  part.tabIndex = 0; // It scrolls, also by keys.
  part.setAttribute('role', 'group');
  part.setAttribute('aria-label', title);
  const shown = Math.min(items.length, most);
  make(
    part,
    'h4',
    kind,
    `${title}: ${count} of ${task.n}` + (shown < count ? ` \u00b7 ${shown} shown` : ''),
  );
  for (const i of items.slice(0, most)) card(part, task, task.items[i], entry.cut, kind);
};
// The items of a cut that this page has, as rows.
const flipRows = (task, entry) => [
  ['change', 'id', 'group', 'question', 'reference', 'untouched', 'cut', 'answer at the cut'],
  ...['worse', 'better'].flatMap((kind) =>
    entry[kind].items.map((i) => {
      const item = task.items[i];
      return [
        kind,
        item.id,
        item.group,
        item.question,
        item.reference,
        item.untouched[0],
        entry.cut,
        item.cuts[entry.cut][0],
      ];
    }),
  ),
];

// Each task's cut, by its place in the list of cuts.
const places = data.tasks.map(() => 0);
const sections = data.tasks.map((_, t) => byId(`task-${t}`));
const inAddress = () =>
  Object.fromEntries(
    data.tasks.flatMap((task, t) =>
      task.cuts.length > 0 ? [[`cut-${t}`, task.cuts[places[t]].cut]] : [],
    ),
  );

const showTask = (task, t) => {
  const {curve, instruments} = data.numbers[t];
  saveButton(byId(`curve-tools-${t}`), `curve ${t + 1}`, () => curve);
  saveButton(byId(`instruments-tools-${t}`), `instruments ${t + 1}`, () => instruments);
  if (task.cuts.length === 0) return null;
  saveButton(byId(`flips-tools-${t}`), `changed items ${t + 1}`, () =>
    flipRows(task, task.cuts[places[t]]),
  );
  const slider = byId(`cut-${t}`),
    name = byId(`cut-name-${t}`),
    flips = byId(`flips-${t}`);
  slider.max = task.cuts.length - 1;
  const svg = byId(`curve-${t}`).querySelector('svg');
  const {width, left, right, bottom} = data.plot;
  const x = (cut) => left + ((right - left) * cut) / Math.max(1, task.layers);
  const marker = draw(svg, 'path', {fill: '#1f2328'});
  const show = (index) => {
    places[t] = Math.min(task.cuts.length - 1, Math.max(0, index));
    const entry = task.cuts[places[t]],
      at = x(entry.cut);
    slider.value = places[t];
    slider.setAttribute('aria-valuetext', `cut at layer ${entry.cut}`);
    name.textContent = `${entry.cut} of 0\u2013${task.layers}`;
    marker.setAttribute('d', `M${at - 7},${bottom + 37} h14 l-7,-10 Z`);
    flips.textContent = '';
    column(flips, task, entry, 'worse', task.binary ? 'right, then wrong' : 'worse');
    column(flips, task, entry, 'better', task.binary ? 'wrong, then right' : 'better');
  };
  const choose = (index) => {
    show(index);
    keepInAddress(inAddress());
  };
  slider.addEventListener('input', () => choose(Number(slider.value)));
  svg.addEventListener('click', (event) => {
    const bounds = svg.getBoundingClientRect();
    const at = ((event.clientX - bounds.left) / bounds.width) * width;
    const away = task.cuts.map((entry) => Math.abs(x(entry.cut) - at));
    choose(away.indexOf(Math.min(...away)));
  });
  return {show, choose};
};
const tasks = data.tasks.map(showTask);

// Begin with what the address says; else at the cliff.
const follow = () =>
  data.tasks.forEach((task, t) => {
    if (task.cuts.length === 0) return;
    const wanted = chosenNumber(`cut-${t}`, 0, task.layers) ?? task.begin;
    const place = task.cuts.findIndex((entry) => entry.cut >= wanted);
    tasks[t].show(place < 0 ? task.cuts.length - 1 : place);
  });
followAddress(follow);

// Keys move the cut of the task in view.
const inView = () =>
  Math.max(
    0,
    sections.findLastIndex((section) => section.getBoundingClientRect().top < innerHeight / 2),
  );
const stepCut = (by) => {
  const t = inView();
  if (data.tasks[t]?.cuts.length > 0) tasks[t].choose(places[t] + by);
};
onKeys({ArrowLeft: () => stepCut(-1), ArrowRight: () => stepCut(1)});
)page";

/// sweep_task.html
inline constexpr std::string_view sweep_task_html =
R"page(<section id="task-{{id}}">
  <h2>{{task}}</h2>
  <p class="said"><b>Decision</b> {{decision}}</p>
  <div class="tools" id="curve-tools-{{id}}"></div>
  <div
    class="figure curve"
    id="curve-{{id}}"
    tabindex="0"
    role="group"
    aria-label="Curve over the cuts"
  >
    {{curve}}
  </div>
  <p class="explain">
    Point at a dot for its values; click to choose the cut whose items are shown below.
  </p>
  {{tables}}
  <h3>Items that a cut changed</h3>
  <div class="settings">
    <label class="wide"
      >Cut at layer <input type="range" id="cut-{{id}}" min="0" step="1" />
      <output id="cut-name-{{id}}" for="cut-{{id}}"></output
    ></label>
  </div>
  <div class="tools" id="flips-tools-{{id}}"></div>
  <div class="flips" id="flips-{{id}}"></div>
  <h3>Instruments</h3>
  <div class="tools" id="instruments-tools-{{id}}"></div>
  <div class="figure" tabindex="0" role="group" aria-label="Instruments over the cuts">
    {{instruments}}
  </div>
</section>
)page";

}  // namespace infoflow::page_files
