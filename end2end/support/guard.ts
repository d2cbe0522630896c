import type { BrowserContext, ConsoleMessage } from '@playwright/test';

type Answer = number | '4xx';

/** Watches every page of a test: an error in the console, a script error, a dialog or a foreign request fails it. */
export class Guard {
  private readonly faults: string[] = [];
  private readonly expected = new Set<Answer>();

  private readonly origins: Set<string>;

  constructor(origin: string) {
    this.origins = new Set([origin]);
  }

  alsoAt(origin: string): void {
    this.origins.add(origin);
  }

  /** Chromium writes a console error for each of these answers; a test that provokes them says so. */
  expectAnswers(...answers: Answer[]): void {
    for (const answer of answers) this.expected.add(answer);
  }

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error' && !this.isExpected(message)) {
        this.faults.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => this.faults.push(`script: ${error.error().stack ?? error.error().message}`));
    context.on('dialog', (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && !this.origins.has(url.origin)) this.faults.push(`request to ${url.href}`);
    });
  }

  assertQuiet(): void {
    if (this.faults.length > 0) throw new Error(`The pages were not quiet:\n${this.faults.join('\n')}`);
  }

  private isExpected(message: ConsoleMessage): boolean {
    const answer = /^Failed to load resource: the server responded with a status of (\d{3})/.exec(message.text())?.[1];
    if (!answer) return false;
    return this.expected.has(Number(answer)) || (this.expected.has('4xx') && answer.startsWith('4'));
  }
}
