import type { Page } from '@playwright/test';
import { ask } from './http';

/** A form as a page shows it, with what a browser would send if nobody touched it. */
export interface Shown {
  action: string;
  /** Whether it asks for another page and changes nothing. */
  reads: boolean;
  /** In their order; a name may stand there more than once. */
  pairs: [name: string, value: string][];
  /** Of all its fields, also of those that send nothing by themselves. */
  names: string[];
}

/** What one visitor can reach. */
export interface Reach {
  origin: string;
  /** The `Cookie` header of the visitor; empty for a stranger. */
  cookie: string;
  paths: string[];
  forms: Shown[];
}

/** However much there is. */
const enough = 150;

/** Follows the links from these pages on, and notes one form of each shape. `page` reads what comes, going nowhere. */
export async function reach(page: Page, origin: string, cookie: string, from: string[]): Promise<Reach> {
  const paths = new Set(from);
  const forms = new Map<string, Shown>();
  for (const path of paths) {
    const { headers, body } = await ask(origin + path, { headers: { Cookie: cookie } });
    if (!headers['content-type']?.startsWith('text/html')) continue;
    const shown = await page.evaluate(shownIn, body.toString());
    for (const form of shown.forms) forms.set(`${form.action} ${form.names}`, form);
    for (const link of shown.links) {
      const url = new URL(link, origin + path);
      if (url.origin === origin && paths.size < enough) paths.add(url.pathname);
    }
  }
  return { origin, cookie, paths: [...paths], forms: [...forms.values()] };
}

/** Runs in a browser, which knows best what it would send. */
function shownIn(html: string): { links: string[]; forms: Shown[] } {
  const whole = new DOMParser().parseFromString(html, 'text/html');
  // Those without an action are for scripts alone.
  const forms = [...whole.forms].filter((form) => form.hasAttribute('action'));
  return {
    links: [...whole.links].map((link) => link.getAttribute('href') ?? ''),
    forms: forms.map((form) => {
      const pairs = [...new FormData(form)].filter((pair): pair is [string, string] => typeof pair[1] === 'string');
      const names = [...form.elements].map((field) => field.getAttribute('name') ?? '').filter((name) => name !== '');
      // Its own properties may be hidden by fields of these names.
      const [action, method] = ['action', 'method'].map((name) => form.getAttribute(name) ?? '');
      return { action, reads: method !== 'post', pairs, names };
    }),
  };
}
