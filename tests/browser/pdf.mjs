// Reads the text back out of a PDF as Chromium writes it: what is on the paper, not what was meant to be.
import { inflateSync } from 'node:zlib';

/** Its objects: number, the text of the dictionary, and the bytes of the stream where there is one. */
function objects(bytes) {
  const file = bytes.toString('latin1');
  const all = new Map();
  for (const [, number, body] of file.matchAll(/(?:^|\n)(\d+) 0 obj\s([\s\S]*?)\nendobj/g)) {
    const begins = /stream\r?\n/.exec(body);
    if (!begins) {
      all.set(number, { dictionary: body });
      continue;
    }
    const dictionary = body.slice(0, begins.index);
    const from = begins.index + begins[0].length;
    const packed = Buffer.from(body.slice(from, from + Number(/\/Length (\d+)/.exec(dictionary)[1])), 'latin1');
    const stream = (/\/FlateDecode/.test(dictionary) ? inflateSync(packed) : packed).toString('latin1');
    all.set(number, { dictionary, stream });
  }
  return all;
}

const letters = (hex) => hex.match(/.{4}/g).map((code) => String.fromCharCode(parseInt(code, 16))).join('');

/** A font's glyphs as letters. */
function glyphs(map) {
  const known = new Map();
  for (const [, block] of map.matchAll(/beginbfchar\s([\s\S]*?)endbfchar/g)) {
    for (const [, glyph, text] of block.matchAll(/<([0-9A-F]+)>\s*<([0-9A-F]+)>/gi)) known.set(parseInt(glyph, 16), letters(text));
  }
  for (const [, block] of map.matchAll(/beginbfrange\s([\s\S]*?)endbfrange/g)) {
    for (const [, from, to, text] of block.matchAll(/<([0-9A-F]+)>\s*<([0-9A-F]+)>\s*<([0-9A-F]+)>/gi)) {
      for (let at = parseInt(from, 16); at <= parseInt(to, 16); at += 1) {
        known.set(at, String.fromCharCode(parseInt(text, 16) + at - parseInt(from, 16)));
      }
    }
  }
  return known;
}

/** Each page: its size in points, and its text without spaces. */
export function pages(bytes) {
  const all = objects(bytes);
  const fonts = new Map();
  for (const { dictionary } of all.values()) {
    for (const [, name, number] of dictionary.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const map = /\/ToUnicode (\d+) 0 R/.exec(all.get(number).dictionary);
      if (map) fonts.set(name, glyphs(all.get(map[1]).stream));
    }
  }
  const found = [];
  for (const { dictionary } of all.values()) {
    if (!/\/Type\s*\/Page\b(?!s)/.test(dictionary)) continue;
    const size = /\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/.exec(dictionary).slice(1).map(Number);
    let font = new Map();
    let text = '';
    const content = all.get(/\/Contents (\d+) 0 R/.exec(dictionary)[1]).stream;
    for (const [, name, hex] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9A-F]+)>/gi)) {
      if (name) font = fonts.get(name) ?? new Map();
      else text += hex.match(/.{4}/g).map((code) => font.get(parseInt(code, 16)) ?? '').join('');
    }
    found.push({ size, text: plain(text) });
  }
  return found;
}

/** Without what a line break or a ligature may have changed. */
export const plain = (text) => text.normalize('NFKC').replace(/[\s\u00ad\u200b]/g, '');
