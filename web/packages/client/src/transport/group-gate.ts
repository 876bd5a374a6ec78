import type { OutgoingObject } from './types.js';

/**
 * Decides which video objects may go out on a connection: a group from its first object on, until a newer group of the
 * same alias begins or it is given up. A group whose beginning went out elsewhere is of no use to anybody.
 */
export class GroupGate {
  #groups = new Map<number, { group: number; abandoned: boolean }>();

  /** `opens` a new group, `continues` the one that is open, or `refuse` the object. */
  admit(object: OutgoingObject): 'opens' | 'continues' | 'refuse' {
    const open = this.#groups.get(object.alias);
    if (open && object.group < open.group) return 'refuse';
    if (open && object.group === open.group) return open.abandoned ? 'refuse' : 'continues';
    this.#groups.set(object.alias, { group: object.group, abandoned: object.object !== 0 });
    return object.object === 0 ? 'opens' : 'refuse';
  }

  /** Refuses the rest of the group that is open. */
  abandon(alias: number): void {
    const open = this.#groups.get(alias);
    if (open) open.abandoned = true;
  }
}
