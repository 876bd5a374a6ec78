import type { Command } from '../engine/protocol.js';
import { runningEngine, type RoomContext } from './context.js';
import { RoomError } from './errors.js';
import type { Moderation } from './types.js';

/** A host's commands, handed to the engine. */
export function moderation(room: RoomContext): Moderation {
  const command = async (wanted: Command): Promise<void> => {
    await runningEngine(room).request<'moderate'>({ method: 'moderate', command: wanted });
  };
  return {
    admit: (session) => command({ do: 'admit', session }),
    admitAll: () => command({ do: 'admitAll' }),
    reject: (session, { block = false } = {}) => command({ do: 'reject', session, block }),
    mute: (identity, source = 'microphone') => command({ do: 'mute', identity, source }),
    muteAll: () => command({ do: 'muteAll' }),
    stop: (identity, source) => command({ do: 'stop', identity, source }),
    remove: (identity, { block = false } = {}) => command({ do: 'remove', identity, block }),
    setPermissions: (identity, permissions) => command({ do: 'setPermissions', identity, permissions }),
    letIn: (identity) => command({ do: 'letIn', identity }),
    setHost: (identity, on) => command({ do: 'setHost', identity, on }),
    setLocked: (locked) => command({ do: 'setLocked', locked }),
    setWaitingRoom: (on) => command({ do: 'setWaitingRoom', on }),
    lowerHand: (identity) => command(identity === undefined ? { do: 'lowerAll' } : { do: 'lowerHand', identity }),
    end: () => command({ do: 'end' }).catch(unlessEnded),
  };
}

/** Who ends the meeting is told of the end before it is told that it was done. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof RoomError && error.code === 'ended')) throw error;
}
