import { vi } from 'vitest';
import { CapabilitiesSchema, SetMutedSchema } from '../../wire/gen/confab/v1/control_pb.js';
import { create } from '../../wire/protobuf/create.js';
import type { LinkEnvironment } from '../environment.js';
import { Link } from '../link.js';
import type { ClientKind, LinkOptions, OutgoingObject, ServerKind } from '../types.js';
import { message, SimulatedNode } from './simulated-node.js';

/** Every link made here, for the test's end. */
export const links: Link[] = [];

/** A link to a simulated node, and what its handlers were told. */
export interface Harness {
  readonly node: SimulatedNode;
  readonly link: Link;
  readonly events: string[];
  readonly messages: ServerKind[];
  readonly objects: number[];
  readonly tokens: { count: number };
}

export function harness(options: Partial<LinkOptions> = {}, environment: Partial<LinkEnvironment> = {}): Harness {
  const node = new SimulatedNode();
  const events: string[] = [];
  const messages: ServerKind[] = [];
  const objects: number[] = [];
  const tokens = { count: 0 };
  const link = new Link(
    {
      origin: 'https://node.test',
      room: 'room',
      transport: 'auto',
      capabilities: create(CapabilitiesSchema, { decode: ['opus'] }),
      guestSecret: new Uint8Array(16),
      token: () => Promise.resolve(`token-${++tokens.count}`),
      announcement: () => Promise.resolve(new Uint8Array([1])),
      ...options,
    },
    {
      welcome: (_, kind) => events.push(`welcome ${kind}`),
      resumed: (kind) => events.push(`resumed ${kind}`),
      interrupted: () => events.push('interrupted'),
      message: (message) => messages.push(message),
      object: (alias) => objects.push(alias),
      groupAbandoned: () => undefined,
      closed: (code) => events.push(`closed ${code}`),
    },
    node.environment(environment),
  );
  links.push(link);
  return { node, link, events, messages, objects, tokens };
}

/** Connects and lets the timers run until it is done. */
export async function joined(link: Link, ms = 1000): Promise<void> {
  const connecting = link.connect();
  await vi.advanceTimersByTimeAsync(ms);
  await connecting;
}

export function mute(number: number): ClientKind {
  return { case: 'setMuted', value: create(SetMutedSchema, { number }) };
}

export function left(session: string): ServerKind {
  return message('participantLeft', { session });
}

export const numbersOf = (kinds: readonly { value?: unknown }[]): number[] =>
  kinds.map((kind) => (kind.value as { number: number }).number);
export const sessionsOf = (kinds: readonly ServerKind[]): string[] =>
  kinds.map((kind) => (kind.value as { session: string }).session);

export function frame(group: number, object: number): OutgoingObject {
  return {
    alias: 1,
    kind: 'video',
    group,
    object,
    last: false,
    header: new Uint8Array(3),
    payload: new Uint8Array(10),
    priority: 128,
  };
}
