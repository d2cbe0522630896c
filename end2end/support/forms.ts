import type { APIRequestContext, APIResponse } from '@playwright/test';

interface Form {
  action: string;
  /** Hidden fields and what stands in the others already. */
  values: Record<string, string>;
  /** Label to field name. */
  labels: Map<string, string>;
}

/** Fills in and sends the form with these labels, as a browser without scripts would. */
export async function submitForm(
  request: APIRequestContext,
  page: APIResponse,
  entries: Record<string, string>,
  settings: { follow?: boolean; origin?: string } = {},
): Promise<APIResponse> {
  const html = await page.text();
  const labels = Object.keys(entries);
  const form = formsIn(html).find((each) => labels.every((label) => each.labels.has(label)));
  if (!form)
    throw new Error(`No form with the fields ${labels.join(', ')} at ${page.url()} (${page.status()}):\n${html}`);
  const values = { ...form.values };
  for (const [label, value] of Object.entries(entries)) values[form.labels.get(label) as string] = value;
  const action = new URL(form.action || page.url(), page.url());
  const answer = await request.post(action.href, {
    form: values,
    ...(settings.follow === false ? { maxRedirects: 0 } : {}),
    headers: { ...fromOwnPage(settings.origin ?? action), Accept: 'text/html', Referer: page.url() },
  });
  if (answer.status() >= 500) throw new Error(`${action.href} answered ${answer.status()}:\n${await answer.text()}`);
  return answer;
}

/** What a browser says about a form that the site itself has served. */
export function fromOwnPage(url: URL | string): Record<string, string> {
  return { Origin: new URL(url).origin, 'Sec-Fetch-Site': 'same-origin' };
}

function formsIn(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/g)].map(([, head, body]) => {
    const fields = [...body.matchAll(/<(?:input|textarea|select)\b[^>]*>/g)].map(([tag]) => tag);
    const nameOfId = new Map(fields.map((tag) => [attribute(tag, 'id'), attribute(tag, 'name')]));
    const labels = [...body.matchAll(/<label\b([^>]*)>([^]*?)<\/label>/g)].map(([, tag, text]): [string, string] => [
      plain(text),
      nameOfId.get(attribute(tag, 'for')) ?? '',
    ]);
    return {
      action: attribute(head, 'action'),
      values: Object.fromEntries(fields.filter(isSent).map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')])),
      labels: new Map(labels.filter(([, name]) => name)),
    };
  });
}

/** Of what is ticked or chosen a browser sends only what is, and never what has no name. */
function isSent(tag: string): boolean {
  return attribute(tag, 'name') !== '' && (!/\stype="(?:checkbox|radio)"/.test(tag) || /\schecked\b/.test(tag));
}

function attribute(tag: string, name: string): string {
  return decoded(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
}

/** What people read of it. */
export function plain(html: string): string {
  return decoded(html.replace(/<!--[^]*?-->|<[^>]*>/g, '')).trim();
}

function decoded(text: string): string {
  return text
    .replace(/&quot;/g, '"')
    .replace(/&#(?:x27|39);/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
