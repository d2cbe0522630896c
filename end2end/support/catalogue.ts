import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from './environment';

export type Language = 'en' | 'de';

const catalogues = new Map<Language, Map<string, string>>();

/**
 * A sentence of the product as a pattern; what is not filled in may be anything.
 * Names that people rely on are pinned in words.ts; sentences may be reworded without touching a test.
 */
export function sentence(language: Language, key: string, fill: Record<string, string | number> = {}): RegExp {
  const text = catalogue(language).get(key);
  if (text === undefined) throw new Error(`domain/locales/${language}.toml has no "${key}".`);
  const pattern = text
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) return escaped(part);
      return name in fill ? escaped(String(fill[name])) : '.+?';
    })
    .join('');
  return new RegExp(pattern);
}

/** The same where nothing else may stand before or behind it. */
export function whole(sentence: RegExp): RegExp {
  return new RegExp(`^(?:${sentence.source})$`);
}

function catalogue(language: Language): Map<string, string> {
  let known = catalogues.get(language);
  if (!known) {
    known = parse(readFileSync(path.join(repository, `domain/locales/${language}.toml`), 'utf8'));
    catalogues.set(language, known);
  }
  return known;
}

/** The catalogue holds nothing but sections and one-line strings, so a TOML library would be too much. */
function parse(toml: string): Map<string, string> {
  const entries = new Map<string, string>();
  let section = '';
  for (const line of toml.split('\n')) {
    const heading = /^\[([\w.-]+)\]/.exec(line);
    const entry = /^([\w-]+)\s*=\s*("(?:[^"\\]|\\.)*")/.exec(line);
    if (heading) section = heading[1];
    else if (entry) entries.set(`${section}.${entry[1]}`, JSON.parse(entry[2]) as string);
  }
  return entries;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
