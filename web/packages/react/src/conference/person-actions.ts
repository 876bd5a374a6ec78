import type { ParticipantSnapshot } from '@confab/client';
import { useEncryption } from '../hooks/use-encryption.js';
import { useModeration } from '../hooks/use-moderation.js';
import { attempt } from '../parts/attempt.js';
import { useRoom } from '../room-context.js';
import { useStrings } from '../strings/index.js';
import { track } from './stage.js';
import { useComparing } from './verification.js';

/** One thing that can be done about a participant. */
export interface PersonAction {
  readonly name: string;
  readonly label: string;
  act(): void;
}

/** What this person can do about another right now. Nobody can turn another's microphone or camera on. */
export function usePersonActions(p: ParticipantSnapshot): readonly PersonAction[] {
  const t = useStrings();
  const host = useModeration();
  const comparing = useComparing();
  const { localParticipant } = useRoom();
  const { named, founder } = useEncryption();
  const { identity } = p;
  const microphone = track(p, 'microphone');
  const { isHost: moderates } = host;
  const { admin } = p.permissions;
  const hears = p.encryption === 'active' || p.encryption === 'failing';
  const member = hears || p.encryption === 'disabled';

  const handOver = async (): Promise<void> => {
    await host.setHost(identity, true);
    await host.setPermissions(localParticipant.identity, { admin: false });
  };
  const all: [name: string, label: string, applies: boolean, act: () => Promise<unknown> | undefined][] = [
    [
      'compare',
      t.verification.compare,
      comparing !== undefined && hears && p.verification.state !== 'matched',
      () => void comparing?.compare(identity),
    ],
    ['mute', t.host.mute, moderates && microphone?.muted === false, () => host.mute(identity)],
    ['stop-camera', t.host.stopCamera, moderates && has(p, 'camera'), () => host.stop(identity, 'camera')],
    ['stop-screen', t.host.stopScreen, moderates && has(p, 'screen'), () => host.stop(identity, 'screen')],
    ['lower-hand', t.host.lowerHand, moderates && p.handMs > 0, () => host.lowerHand(identity)],
    [
      'host',
      admin ? t.host.dismiss : named && !founder ? t.host.appointServer : t.host.appoint,
      moderates && (admin || member),
      () => host.setHost(identity, !admin),
    ],
    ['hand-over', t.host.transfer, moderates && member && (founder || !named), handOver],
    ['remove', t.host.remove, moderates, () => host.remove(identity)],
    ['block', t.host.block, moderates, () => host.remove(identity, { block: true })],
  ];
  return all
    .filter(([, , applies]) => applies)
    .map(([name, label, , act]) => ({
      name,
      label,
      act: () => attempt(act()),
    }));
}

function has(p: ParticipantSnapshot, source: 'camera' | 'screen'): boolean {
  return track(p, source) !== undefined;
}
