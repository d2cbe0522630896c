import { defineConfig, devices } from '@playwright/test';
import { browser, database, extent, results } from './support/environment';
import type { Options } from './support/test';

// Into each window Chromium loads two pages for what its address bar may drop down, and keeps them up to date at each
// step of ours: two fifths of all its time, for a window nobody sees.
const dropDowns = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];
// Playwright leaves these out too. Chromium heeds only the last of several such lists, so they stand here once more.
const playwrightsOwn = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${[...playwrightsOwn, ...dropDowns].join(',')}`,
];
// Chromium's sandbox refuses to start under root, which is what containers give us.
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const onPostgres = database === 'postgres';
// What a page looks like, and what a picture or a provider's answer is refused for, does not depend on the database:
// that is tried on one of them.
const ofPagesAlone = /(look(-\w+)?|markup|picture-refused|provider-hostile)\.spec\.ts/;
const once = onPostgres ? [ofPagesAlone] : [];
// Files that never open a page or are about the scripts themselves, looks at pages that have none, and answers of a
// provider, which never meet a script: each runs once.
const inOneManner =
  /(headers|markup|fuzz|api-script|schemathesis|provider-hostile|look-(api|clients|manage|security))\.spec\.ts/;
// Journeys that are told in each language lead through all that people do. Without scripts they run in English, as
// sentences come from the server either way; on Postgres they run in English and both manners, and all others once,
// unless only most is to be told.
// A brief run is in English, and tells all others once, with scripts on SQLite; on Postgres it does without them.
const inGerman = /\bin de\b/;
const inEnglish = /\bin en\b/;
const withoutScriptsAlone = /@without-scripts/;
const brief = extent === 'brief';

const withScripts = {
  name: 'js',
  use: { javaScriptEnabled: true },
  ...((onPostgres || brief) && { grepInvert: inGerman }),
  ...(onPostgres && extent === 'most' && { grep: inEnglish }),
};

export default defineConfig<Options>({
  testDir: 'tests',
  testIgnore: once,
  // Each database keeps its own folder: Playwright empties it at every start.
  outputDir: `${results}/output-${database}`,
  // Two more than the cores of a small machine: they often wait, and one of them for minutes.
  workers: 4,
  // A shared machine may stall for seconds. What needed a second try is told at the end of the run.
  retries: process.env.CI ? 1 : 0,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: `${results}/report-${database}.json` }]],
  use: {
    ...devices['Desktop Chrome'],
    browserName: 'chromium',
    timezoneId: 'Europe/Berlin',
    actionTimeout: 10_000,
    navigationTimeout: 30_000,
    screenshot: 'only-on-failure',
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    launchOptions: { executablePath: browser(), args: [...quiet, ...sandbox] },
  },
  projects: [
    ...(onPostgres && brief ? [] : [withScripts]),
    {
      name: 'no-js',
      use: { javaScriptEnabled: false },
      testIgnore: [inOneManner, ...once],
      grepInvert: inGerman,
      ...(onPostgres ? { grep: inEnglish } : brief && { grep: [inEnglish, withoutScriptsAlone] }),
    },
  ],
});
