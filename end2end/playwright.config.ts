import { defineConfig, devices } from '@playwright/test';
import { browser, database, results } from './support/environment';
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

// What a page looks like, what it refuses by itself, and how long a browser rests, does not depend on the database: that
// is tried on one of them.
const ofPagesAlone = /(look(-\w+)?|markup|headers|preferences|picture-refused|a-few-minutes-later)\.spec\.ts/;
const once = database === 'postgres' ? [ofPagesAlone] : [];
// Files that never open a page or are about the scripts themselves, and looks at pages that have none, run once.
const inOneManner = /(headers|markup|api-script|schemathesis|look-(api|clients|manage|security))\.spec\.ts/;

export default defineConfig<Options>({
  testDir: 'tests',
  testIgnore: once,
  // Each database keeps its own folder: Playwright empties it at every start.
  outputDir: `${results}/output-${database}`,
  workers: 2,
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
    { name: 'js', use: { javaScriptEnabled: true } },
    { name: 'no-js', use: { javaScriptEnabled: false }, testIgnore: [inOneManner, ...once] },
  ],
});
