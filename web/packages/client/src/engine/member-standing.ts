import { Role } from '../e2ee/announcement.js';
import type { E2eeErrorCode } from '../e2ee/errors.js';
import type { EncryptionAlert, Verification } from '../room/encryption-types.js';
import type { ParticipantEncryption } from '../room/types.js';
import { NOT_COMPARED } from './protocol.js';
import type { MemberEncryption } from './roster.js';

/** What is known to encryption of somebody in the room. */
export interface MemberStanding {
  readonly identity: string;
  /** It was in the room before us. */
  readonly earlier: boolean;
  name: string;
  roles: MemberEncryption['roles'];
  standing: 'pending' | 'verified' | 'refused' | 'apart';
  /** Why it is refused or set apart. */
  code: E2eeErrorCode | undefined;
  host: boolean;
  verification: Verification;
  /** It gives its keys to others than we do. */
  differs: boolean;
  /** It did something that no accident explains. */
  flagged: boolean;
  /** Its frames do not open. */
  undecryptable: boolean;
}

/** Of one that has just come. */
export function newcomer(identity: string, earlier: boolean): MemberStanding {
  return {
    identity,
    earlier,
    name: '',
    roles: rolesOf(0),
    standing: 'pending',
    code: undefined,
    host: false,
    verification: NOT_COMPARED,
    differs: false,
    flagged: false,
    undecryptable: false,
  };
}

/** roles: bits of Role. */
export function rolesOf(roles: number): MemberEncryption['roles'] {
  return { recorder: (roles & Role.recorder) !== 0, operator: (roles & Role.operator) !== 0 };
}

/** What people must be told of a member. */
export function alertsOf({ identity, code, differs, flagged }: MemberStanding): EncryptionAlert[] {
  const alerts: EncryptionAlert[] = [];
  if (code === 'not-admitted' || code === 'removed-by-host' || code === 'silent') alerts.push({ code, identity });
  if (differs) alerts.push({ code: 'roster-differs', identity });
  // No accident makes these, unlike a link that was copied without its end.
  const forged = code === 'announcement-replayed' || code === 'signature-invalid';
  if (flagged || forged) alerts.push({ code: 'misbehaved', identity });
  return alerts;
}

export function encryptionOf({ standing, flagged, undecryptable }: MemberStanding): ParticipantEncryption {
  if (standing !== 'verified') return standing;
  return flagged || undecryptable ? 'failing' : 'active';
}
