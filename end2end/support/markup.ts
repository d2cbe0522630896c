import { HtmlValidate } from 'html-validate';

// Whatever the parser moves or closes by itself is where hydration later stumbles.
const validator = new HtmlValidate({
  root: true,
  rules: {
    'close-attr': 'error',
    'close-order': 'error',
    'element-permitted-content': 'error',
    'element-permitted-occurrences': 'error',
    'element-permitted-parent': 'error',
    'element-required-ancestor': 'error',
    'element-required-content': 'error',
    'input-missing-label': 'error',
    'no-dup-attr': 'error',
    'no-dup-id': 'error',
    'no-inline-style': 'error',
    'no-missing-references': 'error',
    'text-content': 'error',
    deprecated: 'error',
  },
});

/** What is wrong with the HTML of a page; `at` says in each line which page that was. */
export async function markupFaults(html: string, at: string): Promise<string[]> {
  // An empty comment is HTML, but the validator does not know it.
  const report = await validator.validateString(html.replaceAll('<!>', '<!---->'));
  return report.results.flatMap(({ messages }) =>
    messages.map(({ line, column, message, selector }) => `${at}:${line}:${column} ${message} (${selector})`),
  );
}
