import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import { expect, test, vi } from 'vitest';
import { owned, utf8 } from './bytes.js';
import { systemRandom } from './crypto.js';
import { setupReceiver, setupSender } from './hpke.js';
import { kemKeyPair } from './testing/kem-seed.js';
import { checkKemKey, decapsulate, encapsulate, generateKemKeyPair } from './xwing.js';

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

test('X-Wing agrees with another implementation in both directions', async () => {
  const seed = systemRandom(32);
  const ours = await kemKeyPair(seed);
  const theirs = ml_kem768_x25519.keygen(seed);
  expect(ours.publicKey).toEqual(owned(theirs.publicKey));

  const sent = await encapsulate(ours.publicKey);
  expect(owned(ml_kem768_x25519.decapsulate(sent.enc, theirs.secretKey))).toEqual(sent.secret);
  const received = ml_kem768_x25519.encapsulate(ours.publicKey);
  expect(await decapsulate(ours, owned(received.cipherText))).toEqual(owned(received.sharedSecret));
});

test('another implementation encapsulates for a generated key', async () => {
  const ours = await generateKemKeyPair();
  const received = ml_kem768_x25519.encapsulate(ours.publicKey);
  expect(await decapsulate(ours, owned(received.cipherText))).toEqual(owned(received.sharedSecret));
});

test('sender and receiver export the same, and something else for another info or context', async () => {
  const pair = await generateKemKeyPair();
  const { enc, exporter } = await setupSender(pair.publicKey, utf8('info'));
  const secret = await exporter.export('context', 32);
  expect(await (await setupReceiver(pair, enc, utf8('info'))).export('context', 32)).toEqual(secret);
  expect(await (await setupReceiver(pair, enc, utf8('other'))).export('context', 32)).not.toEqual(secret);
  expect(await exporter.export('other', 32)).not.toEqual(secret);
});

test('keys that are not canonical or of low order are refused', async () => {
  const { publicKey } = await generateKemKeyPair();
  await expect(checkKemKey(publicKey)).resolves.toBeUndefined();
  const large = publicKey.slice();
  large.set([0xff, 0xff, 0xff], 300);
  await expect(checkKemKey(large)).rejects.toMatchObject({ code: 'kem-invalid' });
  for (const low of [0, 1]) {
    const point = publicKey.slice();
    point.fill(0, 1184).set([low], 1184);
    await expect(checkKemKey(point)).rejects.toMatchObject({ code: 'kem-invalid' });
    await expect(encapsulate(point)).rejects.toMatchObject({ code: 'kem-invalid' });
  }
});
