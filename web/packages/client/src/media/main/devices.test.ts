import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeviceError, deviceError, listDevices, openCamera } from './devices.js';

describe('deviceError', () => {
  it.each([
    ['NotAllowedError', 'device-denied'],
    ['SecurityError', 'insecure-page'],
    ['NotFoundError', 'device-missing'],
    ['OverconstrainedError', 'device-missing'],
    ['NotReadableError', 'device-busy'],
    ['InvalidStateError', 'device-failed'],
    ['AbortError', 'device-failed'],
    ['SomethingNewError', 'device-failed'],
  ])('maps %s to %s and keeps the cause', (name, code) => {
    const cause = new DOMException('of the browser', name);
    const error = deviceError('camera', cause);
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.code).toBe(code);
    expect(error.cause).toBe(cause);
    expect(error.message).toContain('camera');
  });

  it('survives what is no error at all', () => {
    expect(deviceError('microphone', undefined).code).toBe('device-failed');
  });
});

describe('without media devices, as on an insecure page', () => {
  beforeEach(() => {
    vi.stubGlobal('navigator', {});
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('says what is needed', async () => {
    await expect(openCamera({})).rejects.toMatchObject({ code: 'insecure-page' });
  });

  it('lists nothing', async () => {
    expect(await listDevices('videoinput')).toEqual([]);
  });
});
