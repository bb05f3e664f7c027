// SPDX-License-Identifier: MIT
/// \file The script of a sweep's page: choosing a cut, and the items that it changed.
#pragma once

#include <string_view>

namespace infoflow::detail {

inline constexpr std::string_view sweep_report_script = R"js(
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);
const make = (parent, tag, classes = '', text = '') => {
  const element = document.createElement(tag);
  element.className = classes;
  element.textContent = text;
  parent.append(element);
  return element;
};
const visible = (text) => text === '' ? '\u2205' : text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (c) =>
        `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/[\u2028\u2029\ufeff]/g, '\ufffd');
const most = 60;  // Cards of one kind at a time; more are scrolled past, not read.

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
  make(words, 'div', 'question', item.question === '' ? '(question unknown)'
                                                      : visible(item.question));
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
  const shown = Math.min(items.length, most);
  make(part, 'h4', kind, `${title}: ${count} of ${task.n}` +
      (shown < count ? ` \u00b7 ${shown} shown` : ''));
  for (const i of items.slice(0, most)) card(part, task, task.items[i], entry.cut, kind);
};

data.tasks.forEach((task, t) => {
  const slider = byId(`cut-${t}`), name = byId(`cut-name-${t}`), flips = byId(`flips-${t}`);
  if (task.cuts.length === 0) return;
  slider.max = task.cuts.length - 1;
  const svg = byId(`curve-${t}`).querySelector('svg');
  const {width, left, right, bottom} = data.plot;
  const x = (cut) => left + (right - left) * cut / Math.max(1, task.layers);
  const marker = document.createElementNS(svg.namespaceURI, 'path');
  marker.setAttribute('fill', '#1f2328');
  svg.append(marker);
  const show = (index) => {
    const entry = task.cuts[index], at = x(entry.cut);
    slider.value = index;
    name.textContent = `${entry.cut} of 0\u2013${task.layers}`;
    marker.setAttribute('d', `M${at - 7},${bottom + 37} h14 l-7,-10 Z`);
    flips.textContent = '';
    column(flips, task, entry, 'worse', task.binary ? 'right, then wrong' : 'worse');
    column(flips, task, entry, 'better', task.binary ? 'wrong, then right' : 'better');
  };
  slider.addEventListener('input', () => show(Number(slider.value)));
  svg.addEventListener('click', (event) => {
    const bounds = svg.getBoundingClientRect();
    const at = (event.clientX - bounds.left) / bounds.width * width;
    const away = task.cuts.map((entry) => Math.abs(x(entry.cut) - at));
    show(away.indexOf(Math.min(...away)));
  });
  const wanted = task.cuts.findIndex((entry) => entry.cut >= task.begin);
  show(wanted < 0 ? task.cuts.length - 1 : wanted);
});
)js";

inline constexpr std::string_view sweep_report_style = R"css(
.figure svg { width: 100%; height: auto; display: block; }
.curve svg { cursor: pointer; }
.said { border-left-color: #c85000; }
.wide-table { overflow-x: auto; }
.flips { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 26px; }
.flips > div { max-height: 660px; overflow-y: auto; }
h4 { position: sticky; top: 0; background: #fff; }
.card {
  display: flex; gap: 12px; margin: 0 0 10px; padding: 10px; border: 1px solid var(--line);
  border-left: 4px solid var(--line); border-radius: 4px;
}
.card.worse { border-left-color: #b3261e; } .card.better { border-left-color: #1b8a68; }
h4 { margin: 14px 0 8px; font-size: 14px; }
h4.worse { color: #b3261e; } h4.better { color: #157052; }
.card img { width: 132px; height: 132px; object-fit: contain; background: var(--soft); flex: none; }
.absent {
  width: 132px; min-height: 60px; padding: 8px; background: var(--soft);
  font-size: 12px; flex: none;
}
.words { min-width: 0; font-size: 14px; overflow-wrap: anywhere; }
.question { font-weight: 600; margin: 2px 0 6px; white-space: pre-wrap; unicode-bidi: isolate; }
.row { display: flex; gap: 8px; align-items: baseline; }
.row > .muted:first-child { flex: none; width: 76px; font-size: 12.5px; }
.small { font-size: 12px; }
@media print { .flips > div { max-height: none; } }
@media (max-width: 820px) { .flips { grid-template-columns: minmax(0, 1fr); } }
)css";

}  // namespace infoflow::detail
