'use server';

import { node, post } from '@/lib/confab';
import { visitor } from '@/lib/visitor';

/** Makes a meeting, of which who asks is the host. Others wait until the host lets them in. */
export async function startVisit(): Promise<{ id: string; node: string }> {
  const { id } = await post<{ id: string }>('/v1/meetings', {
    title: 'Consultation',
    settings: { waitingRoom: true },
  });
  // The node remembers who is host.
  await post(`/v1/meetings/${id}/join`, { identity: await visitor(), role: 'host' });
  return { id, node };
}
