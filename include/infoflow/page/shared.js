'use strict';
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
