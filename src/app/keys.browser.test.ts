import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { catchTyping, followKeys } from './keys.ts';

let said: string[];
let stop: () => void;

function html(build: (root: HTMLElement) => void): void {
  document.body.replaceChildren();
  build(document.body);
}

function add<K extends keyof HTMLElementTagNameMap>(kind: K, attributes: Record<string, string> = {}) {
  const element = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

const listen = (type: string): void => {
  document.addEventListener(
    type,
    (event) => said.push(`${type.slice(10)} ${(event as CustomEvent).detail ?? ''}`.trim()),
    {
      signal: listening.signal,
    },
  );
};
let listening = new AbortController();

beforeEach(() => {
  said = [];
  listening = new AbortController();
  html(() => undefined);
  listen('depthwire:recentre');
  listen('depthwire:group');
  stop = followKeys(window, {
    openSearch: (query) => said.push(`search ${query}`.trim()),
    openHelp: () => said.push('help'),
    openLayout: (number) => said.push(`layout ${number}`),
  });
});
afterEach(() => {
  stop();
  listening.abort();
});

describe('the keys of the page', () => {
  test('open search and help, recentre and group', async () => {
    await userEvent.keyboard('/');
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.keyboard('?');
    await userEvent.keyboard(' ');
    await userEvent.keyboard('[[]');
    expect(said).toEqual(['search', 'search', 'help', 'recentre', 'group -1', 'group 1']);
  });

  test('show a layout by its number', async () => {
    await userEvent.keyboard('{Alt>}2{/Alt}');
    await userEvent.keyboard('2');
    expect(said).toEqual(['layout 2']);
  });

  test('are left to text fields, and Space to a focused button', async () => {
    add('input').focus();
    await userEvent.keyboard('/? [[]');
    expect(said).toEqual([]);
    add('button').focus();
    await userEvent.keyboard(' ');
    expect(said).toEqual([]);
    await userEvent.keyboard('/');
    expect(said).toEqual(['search']);
  });

  test('are left alone inside an open dialog and when a panel has handled them', async () => {
    const dialog = add('div', { role: 'dialog', tabindex: '0' });
    dialog.focus();
    await userEvent.keyboard('/ ?');
    const panel = add('div', { tabindex: '0' });
    panel.addEventListener('keydown', (event) => event.preventDefault());
    panel.focus();
    await userEvent.keyboard('/ ?');
    expect(said).toEqual([]);
  });

  test('walk the ring of panels both ways, round and round', async () => {
    for (const name of ['a', 'b', 'c']) add('section', { 'data-panel-ring': '', tabindex: '-1', id: name });
    const walk = async (keys: string): Promise<string | undefined> => {
      await userEvent.keyboard(keys);
      return document.activeElement?.id;
    };
    expect(await walk('{F6}')).toBe('a');
    expect(await walk('{F6}')).toBe('b');
    expect(await walk('{Shift>}{F6}{/Shift}')).toBe('a');
    expect(await walk('{Shift>}{F6}{/Shift}')).toBe('c');
    expect(await walk('{F6}')).toBe('a');
  });

  test('a chart may ask for the search with a letter', () => {
    document.dispatchEvent(new CustomEvent('depthwire:search', { detail: 'sol' }));
    document.dispatchEvent(new CustomEvent('depthwire:search', { detail: 7 }));
    expect(said).toEqual(['search s', 'search']);
  });
});

test('what is typed before the search has its field is not lost, and the field keeps its own keys', async () => {
  let query = '';
  const release = catchTyping((edit) => {
    query = edit(query);
  });
  await userEvent.keyboard('sox{Backspace}l /{Enter}{ArrowDown}');
  expect(query).toBe('sol /');
  expect(said).toEqual([]);
  add('input').focus();
  await userEvent.keyboard('x');
  expect(query).toBe('sol /');
  const button = document.createElement('button');
  add('div', { role: 'dialog' }).append(button);
  let presses = 0;
  button.addEventListener('click', () => presses++);
  button.focus();
  await userEvent.keyboard(' ');
  expect(presses).toBe(1);
  await userEvent.keyboard('y');
  expect(query).toBe('sol /y');
  release();
});
