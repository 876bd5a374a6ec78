'use client';

import { createMeetingLink } from '@confab/client';
import { useRouter } from 'next/navigation';
import { useActionState } from 'react';
import { startVisit } from './actions';

export function StartButton() {
  const router = useRouter();
  const [problem, start, starting] = useActionState(async () => {
    try {
      const { id, node } = await startVisit();
      // The secret is made here, with a key that stays in this browser and makes it the host. It is behind the #, which browsers
      // send nowhere: neither the node nor this application's server can listen, or let somebody in.
      const { url } = await createMeetingLink({ origin: node, room: id });
      router.push(`/room/${id}${new URL(url).hash}`);
    } catch {
      return 'The call cannot be reached now. Try again.';
    }
  }, undefined);
  return (
    <form action={start}>
      <button disabled={starting}>Start a consultation</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
