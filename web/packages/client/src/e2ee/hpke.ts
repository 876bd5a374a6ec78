import { type Bytes, concat, u16, utf8 } from './bytes.js';
import { type Random, hkdfExpand, hkdfExtract } from './crypto.js';
import { type KemKeyPair, decapsulate, encapsulate } from './xwing.js';

const KEM_ID = 0x647a;
const KDF_HKDF_SHA256 = 0x0001;
const AEAD_EXPORT_ONLY = 0xffff;
const MODE_BASE = 0;
const SUITE_ID = concat(utf8('HPKE'), u16(KEM_ID), u16(KDF_HKDF_SHA256), u16(AEAD_EXPORT_ONLY));
const VERSION_LABEL = utf8('HPKE-v1');
const EMPTY = new Uint8Array();

/** An export-only HPKE context (RFC 9180 §5.3): derives secrets both sides agree on. */
export interface Exporter {
  /** length: at most 32 bytes. */
  export(context: string, length: number): Promise<Bytes>;
}

/** SetupBaseS (RFC 9180 §5.1.1). enc goes to the owner of publicKey. Throws `kem-invalid` for an invalid key. */
export async function setupSender(
  publicKey: Bytes,
  info: Bytes,
  random?: Random,
): Promise<{ enc: Bytes; exporter: Exporter }> {
  const { enc, secret } = await encapsulate(publicKey, random);
  return { enc, exporter: await schedule(secret, info) };
}

/** SetupBaseR (RFC 9180 §5.1.1). Throws `kem-invalid` for a malformed enc. */
export async function setupReceiver(pair: KemKeyPair, enc: Bytes, info: Bytes): Promise<Exporter> {
  return schedule(await decapsulate(pair, enc), info);
}

async function schedule(sharedSecret: Bytes, info: Bytes): Promise<Exporter> {
  const pskIdHash = await labeledExtract(EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = await labeledExtract(EMPTY, 'info_hash', info);
  const context = concat(Uint8Array.of(MODE_BASE), pskIdHash, infoHash);
  const secret = await labeledExtract(sharedSecret, 'secret', EMPTY);
  const exporterSecret = await labeledExpand(secret, 'exp', context, 32);
  return { export: (text, length) => labeledExpand(exporterSecret, 'sec', utf8(text), length) };
}

function labeledExtract(salt: Bytes, label: string, ikm: Bytes): Promise<Bytes> {
  return hkdfExtract('SHA-256', salt, concat(VERSION_LABEL, SUITE_ID, utf8(label), ikm));
}

function labeledExpand(prk: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> {
  return hkdfExpand('SHA-256', prk, concat(u16(length), VERSION_LABEL, SUITE_ID, utf8(label), info), length);
}
