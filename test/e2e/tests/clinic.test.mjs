// @ts-check
// The story of the sample clinic: the patient in WebKitGTK at the size of a phone, the doctor in Firefox by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openFirefox } from '../browsers/firefox.mjs';
import { until } from '../browsers/page.mjs';
import { openWebKit } from '../browsers/webkit.mjs';
import { assertAccessible } from '../lib/inspect.mjs';
import { locksUp, showsItself } from '../lib/lock-up.mjs';
import { seesMoving } from '../lib/meet.mjs';
import { startSample } from '../lib/sample.mjs';

/** @typedef {import('../browsers/page.mjs').Page} Page */

const name = 'Paula Patient';
const doctorName = 'Dr. Amara Okafor';
const phone = { width: 390, height: 844 };

describe('the clinic', { timeout: 300_000 }, () => {
  /** @type {import('../lib/sample.mjs').Sample} */
  let clinic;
  /** @type {Page} */
  let patient;
  /** @type {Page} */
  let doctor;
  /** @type {string} */
  let link;

  before(async () => {
    clinic = await startSample('clinic');
    [patient, doctor] = await Promise.all([openPatient(), openFirefox()]);
  });

  after(async () => {
    await Promise.all([patient?.close(), doctor?.close()]);
    await clinic?.stop();
  });

  async function openPatient() {
    const page = await openWebKit({ size: phone });
    await page.goto(`${clinic.origin}/icon.svg`);
    await page.evaluate(keepCameraOff);
    return page;
  }

  /**
   * Waits until the patient is in the call, and turns its camera on: see join in lib/meet.mjs. If WebKitGTK locks up, the patient does what
   * people do, and opens the link once more.
   *
   * @param {() => boolean} arrived
   */
  async function patientComes(arrived) {
    const isLost = async () =>
      (await locksUp(patient, 'the patient is in the call', arrived)) ||
      (await click(patient, '[data-action=camera]'), await locksUp(patient, 'the patient sees itself', showsItself));
    for (let windows = 1; await isLost(); windows++) {
      if (windows === 3) throw new Error('webkit: three windows in a row have locked up');
      arrived = inCall;
      await patient.close();
      patient = await openPatient();
      await patient.goto(link);
      await enterWaitingRoom(patient);
    }
  }

  test('a patient books, and gets a private link', async () => {
    await patient.goto(clinic.origin);
    await click(patient, 'input[name=doctor][value=okafor]');
    await click(patient, 'input[name=slot]');
    await click(patient, 'input[name=name]');
    await patient.type(name);
    await click(patient, 'textarea[name=reason]');
    await patient.type('A cough');
    await assertAccessible(patient, 'booking');
    await click(patient, '[data-action=book]');
    await until(patient, 'the appointment is shown', () => document.querySelector('[data-action=enter]') !== null);
    link = await patient.evaluate(() => location.href);
    assert.match(link, /\/visit\/\w+#\w{20,}$/);
    assert.deepEqual(
      clinic.log.filter((line) => line.includes(new URL(link).hash.slice(1))),
      [],
    );
    await assertAccessible(patient, 'appointment');
  });

  test('arrives, and is told what to expect', async () => {
    await enterWaitingRoom(patient);
    await until(patient, 'its place is shown', () => document.querySelector('[data-phase=waiting] [data-place="1"]'));
    await until(patient, 'its turn is shown', () =>
      /About \d\d:\d\d/.test(document.querySelector('main')?.textContent ?? ''),
    );
    await assertAccessible(patient, 'waiting room');
  });

  test('the doctor signs in, sees who waits, and admits with one press', async () => {
    await doctor.goto(`${clinic.origin}/doctor`);
    await until(doctor, 'the page to sign in is shown', () => document.querySelector('[data-action=sign-in]') !== null);
    await assertAccessible(doctor, 'sign-in');
    await tabTo(doctor, 'input[name=password]');
    await doctor.type('demo');
    await doctor.press('Enter');
    const row = `.day-row[data-patient="${name}"][data-status=waiting]`;
    await until(doctor, 'the patient waits', (one) => document.querySelector(one) !== null, [row]);
    await assertAccessible(doctor, 'day');
    await doctor.resize(phone.width, phone.height);
    await assertAccessible(doctor, 'day, phone');
    await doctor.resize(1280, 800);
    await tabTo(doctor, `${row} [data-action=admit]`);
    await doctor.press('Enter');
    await until(doctor, 'the doctor is in the call', inCall);
    await patientComes(inCall);
  });

  test('they see each other', async () => {
    await seesMoving(patient, doctorName);
    await seesMoving(doctor, name);
    await assertAccessible(doctor, "the doctor's call");
    await assertAccessible(patient, "the patient's call");
  });

  test('the doctor takes notes, which are kept', async () => {
    await tabTo(doctor, 'textarea[name=notes]');
    await doctor.type('Lungs are clear.');
    await until(
      doctor,
      'they are kept',
      () => document.querySelector('.notes [data-saved=true]')?.textContent === 'Saved',
    );
  });

  test('a document goes from one to the other', async () => {
    await doctor.evaluate(() => {
      const field = /** @type {HTMLInputElement} */ (document.querySelector('input[name=document]'));
      const chosen = new DataTransfer();
      chosen.items.add(new File(['%PDF-1.7 twice a day'], 'Prescription.pdf', { type: 'application/pdf' }));
      field.files = chosen.files;
      field.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await until(
      patient,
      'it is counted',
      () => document.querySelector('[data-action=documents] .count')?.textContent === '1',
    );
    await click(patient, '[data-action=documents]');
    await until(patient, 'it is listed', () =>
      document.querySelector('.documents li')?.textContent?.startsWith('Prescription.pdf'),
    );
    await assertAccessible(patient, 'documents');
    await patient.evaluate(() => {
      const made = URL.createObjectURL;
      URL.createObjectURL = (/** @type {Blob} */ content) => {
        void content.text().then((text) => Object.assign(window, { saved: text }));
        HTMLAnchorElement.prototype.click = () => {};
        return made(content);
      };
    });
    await click(patient, '[data-action=save-document]');
    await until(patient, 'it is whole', () => /** @type {any} */ (window).saved === '%PDF-1.7 twice a day');
    await click(patient, '.dialog-close');
  });

  test('after a reload on both sides the consultation goes on, and nobody knocks', async () => {
    await patient.evaluate(keepCameraOff);
    await Promise.all([patient, doctor].map(reload));
    await until(doctor, 'the doctor is back', isBack);
    await patientComes(isBack);
    await seesMoving(patient, doctorName);
    await seesMoving(doctor, name);
    const notes = await doctor.evaluate(
      () => /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea[name=notes]')).value,
    );
    assert.equal(notes, 'Lungs are clear.');
  });

  test('the patient is asked before anything is recorded', async () => {
    await tabTo(doctor, '[data-action=ask-consent]');
    await doctor.press('Enter');
    await until(patient, 'the question is asked', () => document.querySelector('[data-action=consent-yes]') !== null);
    await assertAccessible(patient, 'consent');
    await click(patient, '[data-action=consent-yes]');
    await until(doctor, 'the answer is shown', () => document.querySelector('[data-consent=given]') !== null);
  });

  test('the doctor ends, and the patient takes a summary home', async () => {
    await tabTo(doctor, '[data-action=end-consultation]');
    await doctor.press('Enter');
    await tabTo(doctor, 'textarea[name=summary]');
    await doctor.type('It is a cold.');
    await tabTo(doctor, 'textarea[name=next-steps]');
    await doctor.type('Rest');
    await assertAccessible(doctor, 'ending');
    await tabTo(doctor, '[data-action=end]');
    await doctor.press('Enter');
    const told = await until(
      patient,
      'the summary is shown',
      () => /** @type {HTMLElement | null} */ (document.querySelector('[data-screen=summary]'))?.innerText,
    );
    for (const part of ['It is a cold.', 'Rest', 'Prescription.pdf']) assert.ok(told.includes(part), told);
    await assertAccessible(patient, 'summary');
    await until(doctor, 'the record is shown', () => document.querySelector('[data-screen=record]') !== null);
    await assertAccessible(doctor, 'record');
  });
});

/** From the appointment's page through the look at oneself. @param {Page} page */
async function enterWaitingRoom(page) {
  await click(page, '[data-action=enter]');
  await until(page, 'the look at oneself is shown', () => document.querySelector('[data-action=join]') !== null);
  await assertAccessible(page, 'pre-join');
  await click(page, '[data-action=join]');
}

/** @param {Page} page */
async function reload(page) {
  await page.evaluate(() => {
    Object.assign(window, { old: true });
    location.reload();
  });
}

/**
 * Moves the focus by the Tab key, as who has no mouse.
 *
 * @param {Page} page
 * @param {string} selector
 */
async function tabTo(page, selector) {
  await until(page, `${selector} is there`, (wanted) => document.querySelector(wanted) !== null, [selector]);
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.press('Tab');
  }
  throw new Error(`${page.engine}: the Tab key does not lead to ${selector}`);
}

/** Of the next page: it opens no camera by itself. */
function keepCameraOff() {
  localStorage.setItem('confab.preferences', '{"camera":false}');
}

/** In the call, and that after a reload. */
function isBack() {
  return !('old' in window) && document.querySelector('.confab-call[data-state=connected]') !== null;
}

function inCall() {
  return document.querySelector('.confab-call[data-state=connected]') !== null;
}

/**
 * @param {Page} page
 * @param {string} selector
 */
async function click(page, selector) {
  await until(page, `${selector} is there`, (wanted) => document.querySelector(wanted) !== null, [selector]);
  await page.click(selector);
}
