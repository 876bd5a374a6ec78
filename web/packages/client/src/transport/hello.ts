import { encodeClientMessage } from '../wire/control.js';
import { HelloSchema, ResumeSchema } from '../wire/gen/confab/v1/control_pb.js';
import { create } from '../wire/protobuf/create.js';
import { encode } from '../wire/protobuf/encode.js';
import { LinkError } from './errors.js';
import type { Session } from './session.js';
import { within } from './timing.js';
import type { LinkOptions } from './types.js';

/** The version of the protocol this client speaks. */
export const protocolVersion = 1;

const tokenMs = 15_000;

/** What a fresh join is made with, and what of it a resume repeats. */
export interface Credentials {
  readonly token: string;
  readonly announcement: Uint8Array;
}

/** Gets a token and an announcement for a fresh join. Rejects with a LinkError. */
export async function freshCredentials(
  options: Pick<LinkOptions, 'token' | 'announcement'>,
  signal: AbortSignal,
): Promise<Credentials> {
  const asked = within(tokenMs, 'the token source', signal, (bounded) => options.token(bounded)).catch(
    (cause: unknown) => {
      if (cause instanceof LinkError || signal.aborted) throw cause;
      throw new LinkError('unauthorized', `the token source failed: ${String(cause)}`, { cause, retryable: true });
    },
  );
  const [token, announcement] = await Promise.all([asked, options.announcement()]);
  return { token, announcement };
}

/** Encodes what ends a session over HTTP. */
export function encodeFarewell({ id, ticket }: Session): Uint8Array<ArrayBuffer> {
  return encode(ResumeSchema, create(ResumeSchema, { session: id, ticket }));
}

/** Encodes Hello, which resumes `session` if there is one. */
export function encodeHello(
  options: Pick<LinkOptions, 'room' | 'capabilities' | 'guestSecret'>,
  { token, announcement }: Credentials,
  session: Session | undefined,
  userAgent: string,
): Uint8Array {
  const resume = session && { session: session.id, ticket: session.ticket, received: BigInt(session.processed) };
  const value = create(HelloSchema, {
    versions: [protocolVersion],
    room: options.room,
    token,
    announcement,
    capabilities: options.capabilities,
    guestSecret: options.guestSecret,
    userAgent,
    ...(resume ? { resume } : {}),
  });
  return encodeClientMessage({ case: 'hello', value });
}
