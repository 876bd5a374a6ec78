import { describe, expect, it } from 'vitest';
import { ParticipantInfoSchema } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { Door } from './door.js';
import { HostKeys } from './host-keys.js';
import type { Command } from './protocol.js';
import { Roster } from './roster.js';
import type { Security } from './security.js';
import { Unencrypted } from './unencrypted.js';

/** The part of a host's client that decides about keys; what it decides is written down. */
function desk(hosting: 'unguarded' | 'guarded' | undefined, fails = false) {
  const decisions: string[] = [];
  const log: unknown[] = [];
  let state = hosting;
  const decide = (what: string) => {
    decisions.push(what);
    return fails ? Promise.reject(new Error(what)) : Promise.resolve();
  };
  const roster = new Roster(() => {});
  const security: Security = Object.assign(
    new Unencrypted({
      send() {},
      identity: () => '',
      member() {},
      state() {},
      hostingChanged() {},
      async keep() {},
      gone() {},
      rotated() {},
      keyframeWanted() {},
      rejoin() {},
      warn() {},
    }),
    {
      hosting: () => state,
      setGuard: (on: boolean) => {
        if (state) state = on ? 'guarded' : 'unguarded';
        return decide(`guard ${on}`);
      },
      admit: (announcement: Uint8Array) => decide(`admit ${announcement.join()}`),
      remove: (session: string) => decide(`remove ${session}`),
      setHost: (session: string, on: boolean) => decide(`host ${session} ${on}`),
    },
  );
  const door = new Door(
    () => {},
    async () => ({ name: '', refused: false }),
  );
  const keys = new HostKeys(security, roster, door, (error) => log.push(error));
  roster.joined(person('ann', 1));
  door.welcome([person('ben', 2), person('cleo', 3)]);
  return { keys, decisions, log };
}

function person(identity: string, announcement: number) {
  const session = `session of ${identity}`;
  return create(ParticipantInfoSchema, { session, identity, announcement: Uint8Array.of(announcement) });
}

describe('HostKeys', () => {
  it.each<[Command, string[]]>([
    [{ do: 'admit', session: 'session of cleo' }, ['admit 3']],
    [{ do: 'admit', session: 'session of nobody' }, []],
    [{ do: 'admitAll' }, ['admit 2', 'admit 3']],
    [{ do: 'letIn', identity: 'ann' }, ['admit 1']],
    [{ do: 'remove', identity: 'ann', block: false }, ['remove session of ann']],
    [{ do: 'remove', identity: 'gone', block: false }, []],
    [{ do: 'setHost', identity: 'ann', on: true }, ['host session of ann true']],
    [{ do: 'setLocked', locked: true }, ['guard true']],
    [{ do: 'setWaitingRoom', on: true }, ['guard true']],
    [{ do: 'setLocked', locked: false }, ['guard false']],
    [{ do: 'muteAll' }, []],
  ])('decides what %j says', async (command, decisions) => {
    const d = desk('unguarded');
    await d.keys.prepare(command);
    expect(d.decisions).toEqual(decisions);
  });

  it('leaves all but letting in to the node when it is no host to encryption', async () => {
    const d = desk(undefined);
    d.keys.update({ waitingRoom: true, locked: true });
    await d.keys.prepare({ do: 'admitAll' });
    await d.keys.prepare({ do: 'remove', identity: 'ann', block: true });
    await d.keys.prepare({ do: 'setLocked', locked: true });
    expect(d.decisions).toEqual([]);
    await expect(d.keys.prepare({ do: 'letIn', identity: 'ann' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('guards the keys when the node says so, and never loosens them for that', () => {
    const d = desk('unguarded');
    d.keys.update({ waitingRoom: false, locked: false });
    expect(d.decisions).toEqual([]);
    d.keys.update({ waitingRoom: false, locked: true });
    d.keys.update({ waitingRoom: true, locked: true });
    d.keys.update({ waitingRoom: false, locked: false });
    expect(d.decisions).toEqual(['guard true']);
  });

  it('loosens them at the wish of its user, when neither lock nor waiting room is left', async () => {
    const d = desk('unguarded');
    d.keys.update({ waitingRoom: true, locked: true });
    await d.keys.prepare({ do: 'setLocked', locked: false });
    await d.keys.prepare({ do: 'setWaitingRoom', on: false });
    expect(d.decisions).toEqual(['guard true', 'guard true', 'guard false']);
  });

  it('has the node do its part when encryption fails, and keeps that for the log', async () => {
    const d = desk('guarded', true);
    await d.keys.prepare({ do: 'admitAll' });
    await d.keys.prepare({ do: 'remove', identity: 'ann', block: false });
    expect(d.log).toHaveLength(3);
    await expect(d.keys.prepare({ do: 'letIn', identity: 'ann' })).rejects.toThrow('admit 1');
    await expect(d.keys.prepare({ do: 'letIn', identity: 'gone' })).rejects.toMatchObject({ code: 'closed' });
  });
});
