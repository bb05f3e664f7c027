// The page of a sweep: choosing a cut, and the items that it changed.

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
