// A session of the TypeScript implementation that does what interop_test.go tells it, one JSON line for each command.
import { createInterface } from 'node:readline';

import { E2eeError } from '../../web/packages/client/src/e2ee/errors.js';
import { E2eeSession } from '../../web/packages/client/src/e2ee/session.js';

interface Command {
  op: string;
  now: number;
  text: string;
  session: string;
  source: number;
  layer: number;
  roles: number;
  flag: boolean;
  a: string | null;
  b: string | null;
}

const bytes = (text: string | null) => new Uint8Array(Buffer.from(text ?? '', 'base64'));
const text = (data: Uint8Array) => Buffer.from(data).toString('base64');

let now = 0;
let session: E2eeSession;
let sent: object[] = [];
const waiting: Promise<object>[] = [];

/** What becomes of opening a frame. One that has to wait for its key is kept for the command `waited`. */
async function outcome(opening: Promise<Uint8Array>, waits: boolean) {
  const result = opening.then(
    (plaintext) => ({ plaintext: text(plaintext), code: '' }),
    (error: unknown) => ({ plaintext: '', code: error instanceof E2eeError ? error.code : String(error) }),
  );
  if (!waits) return result;
  waiting.push(result);
  return { plaintext: '', code: 'key-missing' };
}

const operations: Record<string, (c: Command) => unknown> = {
  create: async (c) => {
    session = await E2eeSession.create({
      secret: bytes(c.a),
      room: c.text,
      name: c.session,
      roles: c.roles,
      now: () => now,
      onSend: ({ common, parts }) =>
        sent.push({ common: text(common), parts: parts.map(({ to, payload }) => ({ to, payload: text(payload) })) }),
      onEvent: () => {},
    });
    return text(session.announcement());
  },
  joined: async (c) => (await session.memberJoined(c.session, bytes(c.a))) ?? '',
  left: (c) => session.memberLeft(c.session, c.flag),
  receive: async (c) => (await session.receive(c.session, bytes(c.a), bytes(c.b))) ?? '',
  advance: () => session.advance(),
  seal: async (c) => text(await session.seal(c.source * 8 + c.layer, bytes(c.a), bytes(c.b))),
  open: (c) => outcome(session.open(c.session, c.source, bytes(c.a), bytes(c.b)), c.flag),
  sealData: async (c) => text(await session.sealData(c.text, bytes(c.b))),
  openData: (c) => outcome(session.openData(c.session, c.text, bytes(c.b)), false),
  waited: () => Promise.all(waiting.splice(0)),
  safetyCode: () => session.safetyCode(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  now = command.now;
  const result = await operations[command.op](command);
  await session.idle();
  const answer = { result: result ?? null, wake: session.nextWake() ?? null, sent };
  sent = [];
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
