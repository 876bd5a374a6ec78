// @ts-check

/**
 * One window of one browser, driven the same way whatever drives it.
 *
 * @typedef {object} Page
 * @property {'chromium' | 'firefox' | 'webkit'} engine
 * @property {(url: string) => Promise<void>} goto
 * @property {<T>(fn: ((...args: any[]) => T | Promise<T>), ...args: any[]) => Promise<Awaited<T>>} evaluate
 *   Runs a self-contained function in the page and returns its JSON-able result.
 * @property {(width: number, height: number) => Promise<void>} resize
 * @property {(file: string) => Promise<void>} screenshot
 * @property {(keys: string) => Promise<void>} type Types into the focused element.
 * @property {(name: string) => Promise<void>} press Presses a key named as in KeyboardEvent.key.
 * @property {(selector: string) => Promise<void>} click A pointer click. In WebKitGTK it does not count as a gesture.
 * @property {(scheme: 'light' | 'dark') => Promise<void>} colorScheme
 * @property {() => string[]} log What the page wrote to its console, as far as the driver tells.
 * @property {() => Promise<void>} close Ends the browser.
 */

/** Bounds every call to a driver, in ms: far more than any takes on a busy machine. */
export const longest = 60_000;
/** Where drivers have bounds of their own, theirs come first, for they know more of why. */
export const driversLongest = 50_000;

/**
 * Polls a condition in the page until it is truthy. Polling asks the page about its own state; the deadline only bounds a failure.
 *
 * @template T
 * @param {Page} page
 * @param {string} what Names the condition in the failure.
 * @param {(...args: any[]) => T | Promise<T>} condition
 * @param {any[]} [args]
 * @param {number} [deadlineMs]
 * @returns {Promise<NonNullable<Awaited<T>>>}
 */
export async function until(page, what, condition, args = [], deadlineMs = longest) {
  const end = Date.now() + deadlineMs;
  let last;
  for (;;) {
    try {
      const value = await page.evaluate(condition, ...args);
      if (value) return /** @type {any} */ (value);
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(
        `${page.engine}: not within ${deadlineMs} ms: ${what} (last: ${String(last)})\n    ${tailOf(page.log())}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The end of what a page wrote, for a failure's message. @param {string[]} lines */
function tailOf(lines) {
  return lines.slice(-12).join('\n    ');
}

/**
 * Bounds every call to a driver: one that hangs fails with its name, rather than with the test's time.
 *
 * @param {Page} page
 * @param {number} [deadlineMs]
 * @returns {Page}
 */
export function bounded(page, deadlineMs = longest) {
  return /** @type {Page} */ (
    Object.fromEntries(
      Object.entries(page).map(([name, member]) => {
        if (typeof member !== 'function' || name === 'log') return [name, member];
        const call = /** @type {(...args: any[]) => Promise<any>} */ (member);
        return [
          name,
          (/** @type {any[]} */ ...args) => {
            const cause = new Error('It was called here');
            return withDeadline(call(...args), `${page.engine}: ${name}`, deadlineMs, page.log, cause);
          },
        ];
      }),
    )
  );
}

/**
 * @template T
 * @param {Promise<T>} work
 * @param {string} what
 * @param {number} deadlineMs
 * @param {() => string[]} log
 * @param {Error} cause
 * @returns {Promise<T>}
 */
async function withDeadline(work, what, deadlineMs, log, cause) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    const fail = () => new Error(`${what} did not end within ${deadlineMs} ms\n    ${tailOf(log())}`, { cause });
    timer = setTimeout(() => reject(fail()), deadlineMs);
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
