import type { ClientKind } from '../transport/types.js';
import {
  GrantsSchema,
  ModerateSchema,
  Source as WireSource,
  type Grants,
  type Moderate,
} from '../wire/gen/confab/v1/control_pb.js';
import { create, type Init } from '../wire/protobuf/create.js';
import { Failure } from './failure.js';
import type { Command } from './protocol.js';
import { toWireSource } from './sources.js';

/** Finds somebody in the room, oneself too. */
export type Lookup = (
  identity: string,
) => { readonly session: string; readonly grants?: Grants | undefined } | undefined;

/** What the node has a part in: who is let in to the keys alone is not its business. */
export type NodeCommand = Exclude<Command, { do: 'letIn' }>;

/** A host's command as the node takes it. Throws `closed` when it is about somebody who is not there. Spec: wire.md §9.4. */
export function moderate(command: NodeCommand, lookup: Lookup): ClientKind {
  const value = create(ModerateSchema, { command: wireCommand(command, lookup) });
  return { case: 'moderate', value };
}

type WireCommand = NonNullable<Init<Moderate>['command']>;

function wireCommand(command: NodeCommand, lookup: Lookup): WireCommand {
  switch (command.do) {
    case 'admit':
      return { case: 'admit', value: { session: command.session } };
    case 'admitAll':
      return { case: 'admit', value: {} };
    case 'reject':
      return { case: 'reject', value: { session: command.session, block: command.block } };
    case 'mute':
    case 'stop':
      return {
        case: command.do,
        value: { session: memberOf(lookup, command.identity).session, source: toWireSource(command.source) },
      };
    case 'muteAll':
      return { case: 'mute', value: { source: WireSource.MICROPHONE } };
    case 'remove':
      return {
        case: 'remove',
        value: { session: memberOf(lookup, command.identity).session, block: command.block },
      };
    case 'setPermissions': {
      const { session, grants } = memberOf(lookup, command.identity);
      return { case: 'setGrants', value: { session, grants: granted(grants, command.permissions) } };
    }
    case 'setHost': {
      const { session, grants } = memberOf(lookup, command.identity);
      return { case: 'setGrants', value: { session, grants: granted(grants, { admin: command.on }) } };
    }
    case 'setLocked':
      return { case: 'setLocked', value: { locked: command.locked } };
    case 'setWaitingRoom':
      return { case: 'setWaitingRoom', value: { on: command.on } };
    case 'lowerHand':
      return { case: 'lowerHands', value: { session: memberOf(lookup, command.identity).session } };
    case 'lowerAll':
      return { case: 'lowerHands', value: {} };
    case 'end':
      return { case: 'end', value: {} };
  }
}

function memberOf(lookup: Lookup, identity: string): NonNullable<ReturnType<Lookup>> {
  const member = lookup(identity);
  if (!member) throw new Failure('closed', 'That person is not in the meeting any more.');
  return member;
}

function granted(
  grants: Grants | undefined,
  { publish, ...rest }: Extract<Command, { do: 'setPermissions' }>['permissions'],
): Grants {
  const { join = true, hidden = false, subscribe = false, data = false, admin = false } = grants ?? {};
  return create(GrantsSchema, {
    ...{ join, hidden, subscribe, data, admin },
    ...rest,
    publish: publish?.map(toWireSource) ?? grants?.publish ?? [],
  });
}
