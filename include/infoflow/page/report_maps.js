// From stored numbers to coloured pixels.

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
