import { type Bytes, concat, owned, utf8, utf8Decode } from './bytes.js';
import { type Random, aesKey, aesOpen, aesSeal, label } from './crypto.js';
import { E2eeError } from './errors.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Longest display name, in bytes of UTF-8. */
export const NAME_BYTES = 256;

/** Encrypts a display name for everybody with the meeting secret, bound to its owner's identity key. */
export async function sealName(metaKey: Bytes, identityKey: Bytes, name: string, random: Random): Promise<Bytes> {
  const plaintext = utf8(name);
  checkName(name, plaintext.length);
  const nonce = random(NONCE_BYTES);
  const sealed = await aesSeal(await aesKey(metaKey), nonce, plaintext, concat(label('name'), identityKey));
  return concat(nonce, new Uint8Array(sealed));
}

/** Throws `name-invalid` when the box is damaged or somebody else's, or its text is no display name. */
export async function openName(metaKey: Bytes, identityKey: Bytes, box: Uint8Array): Promise<string> {
  if (box.length < NONCE_BYTES + TAG_BYTES) throw new E2eeError('name-invalid', 'the name box is too short');
  const sealed = owned(box);
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const aad = concat(label('name'), identityKey);
  try {
    const plaintext = await aesOpen(await aesKey(metaKey), nonce, sealed.subarray(NONCE_BYTES), aad);
    const name = utf8Decode(new Uint8Array(plaintext));
    checkName(name, plaintext.byteLength);
    return name;
  } catch (cause) {
    if (cause instanceof E2eeError) throw cause;
    throw new E2eeError('name-invalid', 'the name box does not open', { cause });
  }
}

function checkName(name: string, bytes: number): void {
  if (bytes > NAME_BYTES) throw new E2eeError('name-invalid', `a display name is at most ${NAME_BYTES} bytes of UTF-8`);
  if (/\p{Cc}/u.test(name)) throw new E2eeError('name-invalid', 'a display name has no control characters');
}
