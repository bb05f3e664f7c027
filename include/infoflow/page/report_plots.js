// Plots over layers: curves, and cells with a row for each head or token.

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
