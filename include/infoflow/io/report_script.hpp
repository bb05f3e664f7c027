// SPDX-License-Identifier: MIT
/// \file The report page's script, second part: controls, plots and readings.
#pragma once

#include <string>
#include <string_view>

#include <infoflow/io/report_script_maps.hpp>

namespace infoflow::detail {

inline constexpr std::string_view report_script_page = R"js(
const state = {
  layer: 0, token: -1, common: !data.paper, smooth: data.smooth,
  opacity: data.paper ? 0.4 : 0.6, threshold: data.paper ? 0.5 : 0,
};
const roles = ['system', 'image', 'user', 'answer'];
const byId = (id) => document.getElementById(id);
const make = (parent, tag, classes = '', text = '') => {
  const element = document.createElement(tag);
  element.className = classes;
  element.textContent = text;
  parent.append(element);
  return element;
};
const draw = (parent, tag, attributes, text = '') => {
  const element = document.createElementNS(parent.namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
};
// Blanks, line breaks and control characters of a token made visible.
const visible = (text) => text === '' ? '\u2205' : text
    .replace(/^ +$/, (blanks) => '\u2423'.repeat(blanks.length))
    .replace(/\n/g, '\\n')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) =>
        `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/[\u2028\u2029\ufeff]/g, '\ufffd');
const percent = (x) => x >= 0.0995 ? `${(100 * x).toFixed(1)} %` : `${(100 * x).toPrecision(2)} %`;
const number = (x) => x === 0 ? '0' : x >= 1e-3 && x < 1e4 ? x.toPrecision(3) : x.toExponential(2);
const updates = [];
const update = () => updates.forEach((f) => f());
const choose = (changes) => { Object.assign(state, changes); update(); };
const answerName = () => state.token < 0 ? 'whole answer' : `answer token ${state.token}`;

// Answer tokens: which one the maps and shares are about.
const chips = byId('answer-tokens');
const chip = (token, text, note) => {
  const button = make(chips, 'button', 'chip');
  make(button, 'span', 'piece', text);
  make(button, 'small', '', note);
  button.addEventListener('click', () => choose({token}));
  updates.push(() => button.setAttribute('aria-pressed', state.token === token));
};
chip(-1, 'whole answer', data.answer.length === 1 ? '1 token' : `${data.answer.length} tokens`);
data.answer.forEach((a, i) => chip(i, visible(a.text), `p ${a.probability.toFixed(2)}`));

// Controls.
const slider = byId('layer');
slider.max = data.layers - 1;
slider.addEventListener('input', () => choose({layer: Number(slider.value)}));
updates.push(() => {
  slider.value = state.layer;
  byId('layer-value').textContent = `${state.layer} of 0\u2013${data.layers - 1}`;
});
const control = (id, event, changes) =>
    byId(id).addEventListener(event, () => choose(changes(byId(id))));
control('scale', 'change', (e) => ({common: e.value === 'common'}));
control('between', 'change', (e) => ({smooth: e.value === 'bilinear'}));
control('opacity', 'input', (e) => ({opacity: Number(e.value)}));
byId('scale').value = state.common ? 'common' : 'layer';
byId('opacity').value = state.opacity;
byId('between').value = state.smooth ? 'bilinear' : 'nearest';

// A plot over layers; `lines` is [{name, colour, value(layer)}], values in [0, 1].
const plot = (svg, legend, lines, format, formatTick) => {
  const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
  const box = {left: 46, right: width - 14, top: 12, bottom: height - 38};
  const last = Math.max(1, data.layers - 1);
  const x = (layer) => box.left + (box.right - box.left) * layer / last;
  const y = (value) => box.bottom - (box.bottom - box.top) * value;
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    draw(svg, 'line', {x1: box.left, x2: box.right, y1: y(tick), y2: y(tick), class: 'grid'});
    draw(svg, 'text', {x: box.left - 7, y: y(tick) + 4, class: 'tick end'}, formatTick(tick));
  }
  const step = [1, 2, 4, 5, 8, 10, 20].find((s) => last / s <= 16) || 40;
  for (let layer = 0; layer < data.layers; layer += step) {
    draw(svg, 'text', {x: x(layer), y: box.bottom + 17, class: 'tick middle'}, layer);
  }
  draw(svg, 'text', {x: (box.left + box.right) / 2, y: height - 4, class: 'axis middle'}, 'layer');
  const marker = draw(svg, 'line', {y1: box.top, y2: box.bottom, class: 'marker'});
  const parts = lines.map((line) => {
    const entry = make(legend, 'span', 'key');
    make(entry, 'i').style.background = line.colour;
    make(entry, 'span', '', line.name);
    return {
      line, value: make(entry, 'b'),
      path: draw(svg, 'polyline', {fill: 'none', stroke: line.colour, 'stroke-width': 2}),
      dot: draw(svg, 'circle', {r: 4, fill: line.colour, stroke: '#fff'}),
    };
  });
  updates.push(() => {
    marker.setAttribute('x1', x(state.layer));
    marker.setAttribute('x2', x(state.layer));
    for (const {line, value, path, dot} of parts) {
      const points = Array.from({length: data.layers}, (_, l) => `${x(l)},${y(line.value(l))}`);
      path.setAttribute('points', points.join(' '));
      dot.setAttribute('cx', x(state.layer));
      dot.setAttribute('cy', y(line.value(state.layer)));
      value.textContent = format(line.value(state.layer));
    }
  });
  const pick = (event) => {
    const bounds = svg.getBoundingClientRect();
    const at = (event.clientX - bounds.left) / bounds.width * width;
    const layer = Math.round((at - box.left) / (box.right - box.left) * last);
    choose({layer: Math.min(data.layers - 1, Math.max(0, layer))});
  };
  svg.addEventListener('pointerdown', pick);
  svg.addEventListener('pointermove', (event) => { if (event.buttons & 1) pick(event); });
};
const roleColour = (role) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${role}`);
plot(byId('shares'), byId('shares-key'), roles.map((name, r) => ({
  name, colour: roleColour(name), value: (layer) => data.shares[state.token + 1][layer][r],
})), percent, (x) => `${100 * x} %`);
updates.push(() => { byId('shares-of').textContent = answerName(); });
if (data.heat.length > 0) {
  plot(byId('cam-plot'), byId('cam-key'), [
    {name: 'CAM mass', colour: '#7b3294', value: (layer) => data.mass[layer]},
    {name: 'concentration', colour: '#008080', value: (layer) => data.heat[0].concentration[layer]},
  ], (x) => x.toFixed(2), (x) => x.toFixed(2));
  updates.push(() => { byId('cam-status').textContent = data.heat[0].status[state.layer]; });
}

// Maps, three to a picture.
const sources = [
  {title: 'LLaVA-CAM', detail: 'eq. 3, weighting mean', map: data.site, weighting: 'mean',
   unit: 'heat', ...camSource('mean')},
  {title: 'HiResCAM', detail: 'weighting hires', map: data.site, weighting: 'hires',
   unit: 'heat', ...camSource('hires')},
  {title: 'Attention', detail: 'mean over heads', map: 'attention', weighting: '',
   unit: 'share per token', ...attentionSource},
];
const maximumOf = (source, token, layer) => Math.max(0, ...data.pictures.map(
    (picture) => largest(picture, source.values(picture, token, layer), source.mass)));
const commonMaxima = new Map();
const commonMaximum = (source, token) => {
  const key = `${source.title} ${token}`;
  if (!commonMaxima.has(key)) {
    const layers = Array.from({length: data.layers}, (_, l) => maximumOf(source, token, l));
    commonMaxima.set(key, Math.max(0, ...layers));
  }
  return commonMaxima.get(key);
};
const rateText = (source) => {
  const rate = data.rates.find((r) => r.map === source.map && r.weighting === source.weighting &&
                                      r.layer === state.layer);
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
  'cancels out': 'cancels out: the norm that reads this site does not see scale, so G\u00b7A sums to 0',
};

const panel = (row, picture, source, readings) => {
  const figure = make(row, 'figure');
  const caption = make(figure, 'figcaption');
  make(caption, 'strong', '', source.title);
  make(caption, 'span', 'muted', ` ${source.detail}`);
  const where = make(caption, 'div', 'muted');
  const stage = make(figure, 'div', 'stage');
  const tallest = 520 * picture.width / picture.height;  // The width at a height of 520 pixels.
  stage.style.maxWidth = `${tallest}px`;
  const image = make(stage, 'img');
  image.src = picture.url;
  image.width = picture.width;  // With both sides known nothing moves when the picture arrives.
  image.height = picture.height;
  if (picture.width < 200) image.style.imageRendering = 'pixelated';
  image.alt = picture.name;
  const canvas = make(stage, 'canvas');
  canvas.width = Math.max(1, Math.round(Math.min(420, tallest)));
  canvas.height = Math.max(1, Math.round(canvas.width * picture.height / picture.width));
  const message = make(stage, 'div', 'message');
  const cell = make(stage, 'div', 'cell');
  const bar = make(figure, 'div', 'bar');
  make(bar, 'span', '', '0');
  const ramp = make(bar, 'canvas');
  ramp.width = 256;
  ramp.height = 1;
  colourBar(ramp);
  const most = make(bar, 'span');
  const reading = make(figure, 'div', 'reading');
  let values = null, maximum = 0;
  updates.push(() => {
    const there = source.has(state.token);
    values = there ? source.values(picture, state.token, state.layer) : null;
    maximum = !there ? 0 : state.common ? commonMaximum(source, state.token)
                                        : maximumOf(source, state.token, state.layer);
    show(canvas, picture, values, source.mass, maximum, state);
    where.textContent = [`layer ${state.layer}`, answerName(), rateText(source)]
        .filter(Boolean).join(' \u00b7 ');
    most.textContent = `${number(maximum)} ${source.unit}`;
    message.textContent = there ? emptyBecause[source.status(state.token, state.layer)] || ''
                                : `not in this report for ${answerName()}`;
  });
  readings.push((spot) => {
    cell.hidden = !spot;
    reading.textContent = '';
    if (!spot) return;
    const [x0, y0, x1, y1] = spot.grid.area;
    const w = (x1 - x0) / spot.grid.columns, h = (y1 - y0) / spot.grid.rows;
    cell.style.left = `${100 * (x0 + spot.column * w) / picture.width}%`;
    cell.style.top = `${100 * (y0 + spot.row * h) / picture.height}%`;
    cell.style.width = `${100 * w / picture.width}%`;
    cell.style.height = `${100 * h / picture.height}%`;
    if (!values) return;
    const mixed = spot.token < 0;  // A soft layout: patches have values, tokens no place.
    const value = mixed ? patchValues(picture, spot.grid, values, source.mass)[spot.patch]
                        : values[spot.token];
    const of = maximum > 0 ? `, ${(100 * value / maximum).toFixed(0)} % of the scale` : '';
    const place = mixed ? 'mixture of tokens' : `position ${picture.position + spot.token}`;
    reading.textContent =
        `row ${spot.row}, column ${spot.column} (${place}): ${number(value)}${of}`;
  });
  stage.addEventListener('pointermove', (event) => {
    const bounds = stage.getBoundingClientRect();
    const spot = tokenAt(picture, (event.clientX - bounds.left) / bounds.width * picture.width,
                         (event.clientY - bounds.top) / bounds.height * picture.height);
    readings.forEach((read) => read(spot));
  });
  stage.addEventListener('pointerleave', () => readings.forEach((read) => read(null)));
};
data.pictures.forEach((picture, i) => {
  if (data.pictures.length > 1) {
    make(byId('maps'), 'h3', '', `Image ${i + 1}: ${visible(picture.name)}`);
  }
  const row = make(byId('maps'), 'div', 'panels');
  const readings = [];
  for (const source of sources) panel(row, picture, source, readings);
  readings.forEach((read) => read(null));
});

// The prompt's tokens, coloured by the logarithm of their share: 0.01 % is white, 100 % full.
const depth = (share) => Math.min(1, Math.max(0, (Math.log10(share) + 4) / 4));
for (const token of data.tokens) {
  const isImage = token.image !== undefined;
  const name = isImage ? `\u25a6 image ${token.image + 1}: ${token.end - token.begin} tokens`
                       : visible(token.text);
  const word = make(byId('tokens'), 'span', `token ${roles[token.role]}`, name);
  const value = isImage ? make(word, 'b') : null;
  updates.push(() => {
    const row = attentionRow(state.token, state.layer);
    let share = 0;
    if (row) for (let p = token.begin; p < token.end; p++) share += row[p];
    word.style.background = `rgba(250, 204, 21, ${row && share > 0 ? depth(share) : 0})`;
    if (value) value.textContent = row ? ` ${percent(share)}` : '';
    word.title = `${roles[token.role]}, position ${token.begin}` +
        (isImage ? `\u2013${token.end - 1}` : '') + (row ? `: ${percent(share)}` : '');
  });
}
updates.push(() => {
  byId('tokens-of').textContent = data.attention.tokens > state.token
      ? `layer ${state.layer}, ${answerName()}`
      : `${answerName()} is beyond the ${data.attention.tokens} tokens whose rows fit in this page`;
});

// Begin where most of what moves the answer is the picture's, or where the picture is read most.
const shares = data.shares[0].map((layer) => layer[1]);
const telling = data.heat.length > 0 ? data.mass : shares;
choose({layer: telling.indexOf(Math.max(...telling))});
)js";

/// The whole script: one text, so that the page's policy names it by one digest.
[[nodiscard]] inline std::string report_script() {
  return std::string(report_script_maps) + std::string(report_script_page);
}

}  // namespace infoflow::detail
