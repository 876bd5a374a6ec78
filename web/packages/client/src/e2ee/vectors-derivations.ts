import { openAnnouncement } from './announcement.js';
import { type Bytes, unhex } from './bytes.js';
import { openChannel } from './channel.js';
import { aesKey, sha256 } from './crypto.js';
import { identityFromSeed } from './identity.js';
import { checkCommit, commitTo, createKey, openKey, openWrap, rosterDigest, sealWrap } from './key.js';
import { encodeKid } from './kid.js';
import { deriveMeeting } from './meeting.js';
import { safetyCode } from './safety.js';
import { decodeHeader, deriveKey, frameSecret, openFrame, ratchet, sealFrame } from './sframe.js';
import { type VectorCase, same, sameBytes } from './vectors.js';
import { kemKeyPair } from './testing/kem-seed.js';

/** e2ee-v1.json: one run through the derivations of spec/e2ee.md, made independently of both implementations. */
export function derivationCases(content: Record<string, unknown>): VectorCase[] {
  const text = (name: string) => content[name] as string;
  const number = (name: string) => content[name] as number;
  const bytes = (name: string): Bytes => unhex(text(name));
  const meeting = () => deriveMeeting(text('room'), bytes('S'));
  const version = { gen: number('gen'), step: number('step') };

  async function meetingKeys(): Promise<void> {
    const m = await meeting();
    sameBytes('mid', m.mid, bytes('mid'));
    sameBytes('K_auth', m.authKey, bytes('K_auth'));
    sameBytes('K_psk', m.pskKey, bytes('K_psk'));
    sameBytes('K_meta', m.metaKey, bytes('K_meta'));
  }

  async function announcement(who: 'A' | 'B'): Promise<void> {
    const ann = await openAnnouncement(await meeting(), bytes(`ann${who}`));
    sameBytes('id', ann.id, bytes(`ann${who}_id`));
    same('index', ann.index, number(`${who}_index`));
    sameBytes('KEM key', ann.kemKey, (await kemKeyPair(bytes(`${who}_kem_seed`))).publicKey);
    sameBytes('identity', ann.identityKey, (await identityFromSeed(bytes(`${who}_ik_seed`))).publicKey);
  }

  async function channel(): Promise<void> {
    const m = await meeting();
    const sender = await openAnnouncement(m, bytes('annA'));
    const kem = await kemKeyPair(bytes('B_kem_seed'));
    const opened = await openChannel(m, sender, bytes('annB_id'), kem, 0, bytes('chan'));
    sameBytes('K_wrap', opened.wrapKey, bytes('K_wrap'));
  }

  async function key(): Promise<void> {
    const m = await meeting();
    const commit = await commitTo(m, bytes('annA_id'), version, bytes('base_key'));
    sameBytes('commit', commit, bytes('commit'));
    const roster = await rosterDigest([bytes('annA_id'), bytes('annB_id')]);
    sameBytes('roster', roster, bytes('roster'));
    const identity = await identityFromSeed(bytes('A_ik_seed'));
    const created = await createKey(m, identity, bytes('annA_id'), { ...version, commit, roster });
    sameBytes('KEY', created.message, bytes('key'));
    const sender = await openAnnouncement(m, bytes('annA'));
    const opened = await openKey(m, sender, undefined, bytes('key'));
    same('version', { gen: opened.gen, step: opened.step }, version);
  }

  async function wrap(): Promise<void> {
    const m = await meeting();
    const wrapKey = await aesKey(bytes('K_wrap'));
    const hash = await sha256(bytes('key'));
    const recipient = number('B_index');
    const counter = 0n;
    const sealed = await sealWrap(wrapKey, recipient, counter, hash, bytes('base_key'));
    sameBytes('wrap', sealed.subarray(12), bytes('wrap'));
    const opened = { ...version, commit: bytes('commit'), roster: bytes('roster'), hash };
    const { baseKey } = await openWrap(wrapKey, recipient, -1n, opened, sealed);
    await checkCommit(m, bytes('annA_id'), opened, baseKey);
    sameBytes('base key', baseKey, bytes('base_key'));
  }

  async function frame(): Promise<void> {
    const kid = encodeKid(number('A_index'), number('slot'), version.gen, version.step);
    same('KID', kid, Number(text('kid')));
    const frameKey = await deriveKey(await frameSecret(bytes('base_key')), kid);
    const metadata = bytes('frame_metadata');
    const sealed = await sealFrame(frameKey, kid, number('frame_ctr'), metadata, bytes('frame_plaintext'));
    sameBytes('frame', sealed, bytes('frame'));
    sameBytes('plaintext', await openFrame(frameKey, decodeHeader(sealed), metadata, sealed), bytes('frame_plaintext'));
  }

  return [
    { name: 'meeting', run: meetingKeys },
    { name: 'announcement A', run: () => announcement('A') },
    { name: 'announcement B', run: () => announcement('B') },
    { name: 'channel', run: channel },
    { name: 'key', run: key },
    { name: 'wrap', run: wrap },
    {
      name: 'ratchet',
      run: async () => sameBytes('next base key', await ratchet(bytes('base_key')), bytes('next_base')),
    },
    { name: 'frame', run: frame },
    {
      name: 'safety code',
      run: async () => {
        const keys = [bytes('A_ik_seed'), bytes('B_ik_seed')].map(async (s) => (await identityFromSeed(s)).publicKey);
        same('safety code', await safetyCode(bytes('mid'), await Promise.all(keys)), text('safety'));
      },
    },
  ];
}
