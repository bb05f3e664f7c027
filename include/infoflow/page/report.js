// The page of one prompt: what is chosen, and everything that follows it.

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
    picked: make(stage, 'div', 'cell picked'),
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
